"""Files of documents."""

import json

import pytest

import docre
from conftest import CORPUS


def test_documents_are_read_and_written(tmp_path):
    documents = docre.read(CORPUS / "work" / "dev")
    assert len(documents) == 15
    assert all(document.facts is not None for document in documents)
    for name in ("all.json", "all.jsonl"):
        docre.write(tmp_path / name, documents)
        assert docre.read(tmp_path / name) == documents
    first = documents[0]
    assert docre.Document.from_dict(first.to_dict()) == first
    assert docre.Document.from_dict(json.loads(json.dumps(first.to_dict()))) == first


def test_labelled_facts_name_their_entities():
    document = docre.read(CORPUS / "work" / "dev")[0]
    for fact in document.facts:
        assert fact.score is None and fact.head in document.entities
    assert docre.Document("Anna sings.").facts is None


def test_formats_are_converted(tmp_path):
    done = docre.convert(CORPUS / "work" / "dev", tmp_path / "dev.jsonl")
    assert done["documents"] == 15 and done["to"] == "docred"
    assert len(docre.read(tmp_path / "dev.jsonl")) == 15
    with pytest.raises(docre.SettingError, match="no format is called"):
        docre.convert(CORPUS / "work" / "dev", tmp_path / "x", to_format="word")


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(docre.MissingFileError, match="nowhere.json: cannot read") as raised:
        docre.read("nowhere.json")
    assert isinstance(raised.value, (docre.Error, FileNotFoundError))
    bad = tmp_path / "bad.jsonl"
    good = {"title": "A", "sents": [["a", "b"]], "vertexSet": [[{"pos": [0, 1], "sent_id": 0}]]}
    wrong = good | {"title": "B", "vertexSet": [[{"pos": [0, 9], "sent_id": 0}]]}
    bad.write_text("".join(json.dumps(one) + "\n" for one in (good, wrong)))
    with pytest.raises(docre.DocumentError, match='document 1 "B"'):
        docre.read(bad)
    assert len(docre.read(bad, lenient=True)) == 2


def test_nothing_is_half_written(tmp_path):
    target = tmp_path / "out.jsonl"
    with pytest.raises(docre.Error):
        docre.write(target, ["a text", {"title": ""}])
    assert list(tmp_path.iterdir()) == []
