"""What a model finds, as objects."""

import json
import pickle
import subprocess
import sys

import pytest

import docre
from conftest import CORPUS, LIGHTHOUSE

EMOJI = "😀 Anna Berg 👩‍🔬 was born in Oslo 🇳🇴. She led the “Coastal Museum” in Bergen\u2009🏛️."


def command_line(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "docre", *arguments], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_text_gives_facts_between_its_entities(model):
    result = model.extract(LIGHTHOUSE)
    assert isinstance(result, docre.Result)
    assert len(result) == len(result.facts) > 20
    scores = [fact.score for fact in result]
    assert scores == sorted(scores, reverse=True) and all(0 < score < 1 for score in scores)
    names = {entity.name for entity in result.entities}
    assert {"Hestoy", "Norway"} <= names
    for fact in result.facts:
        assert fact.head is result.entities[fact.head.index]
        assert fact.relation in model.relations
        assert all(0 <= sentence < len(result.document.sentences) for sentence in fact.evidence)


def test_it_is_what_the_command_line_finds(model):
    (theirs,) = command_line("extract", str(CORPUS / "texts" / "lighthouse.txt"), "--json")
    ours = model.extract(docre.Document(LIGHTHOUSE, title="lighthouse")).to_dict()
    assert ours == {key: theirs[key] for key in ours}


def test_spans_are_those_of_python_strings(model):
    for text in (LIGHTHOUSE, EMOJI):
        result = model.extract(text)
        assert result.text == text
        mentions = [mention for entity in result.entities for mention in entity.mentions]
        assert mentions
        for mention in mentions:
            assert text[mention.start : mention.end] == mention.text
    assert "Oslo" in {mention.text for mention in mentions}


def test_several_documents_of_several_kinds(model):
    labelled = docre.read(CORPUS / "work" / "dev")[0]
    text = {"title": "Note", "text": "Otto Lind lives in Bergen."}
    results = model.extract([LIGHTHOUSE, labelled, text, docre.Document("", title="Empty")])
    assert isinstance(results, docre.Results) and len(results) == 4
    assert [result.title for result in results][1:] == [labelled.title, "Note", "Empty"]
    assert results[0].facts == model.extract(LIGHTHOUSE).facts
    assert len(results[-1].facts) == 0 and results[-1].entities == ()
    assert len(results[1].entities) == len(labelled.entities)
    assert results[1:3][0].title == labelled.title
    with pytest.raises(IndexError, match="no result 4"):
        results[4]


def test_batches_and_streams_give_the_same(model):
    texts = LIGHTHOUSE.split("\n\n") * 2
    whole = model.extract(texts).to_dicts()
    assert model.extract(iter(texts), batch=3).to_dicts() == whole
    assert [result.to_dict() for result in model.stream(iter(texts), batch=2)] == whole


def test_a_stream_takes_no_more_than_a_batch(model):
    taken = []

    def texts():
        for number in range(10):
            taken.append(number)
            yield f"Anna Berg lives in Oslo, house {number}."

    stream = model.stream(texts(), batch=2)
    next(stream)
    assert taken == [0, 1]


def test_facts_that_are_not_sure_are_left_out(model):
    all_ = model.extract(LIGHTHOUSE)
    sure = model.extract(LIGHTHOUSE, min_score=0.8)
    assert 0 < len(sure) < len(all_)
    assert list(sure) == [fact for fact in all_ if fact.score >= 0.8]


def test_bad_documents_are_refused_or_skipped(model):
    bad = {"title": "B", "sents": [["a"]], "vertexSet": [[{"pos": [0, 2], "sent_id": 0}]]}
    texts = [LIGHTHOUSE[:200], bad, "Anna lives in Oslo."]
    with pytest.raises(docre.DocumentError, match='document 1 "B".*sentence 0 has 1 token'):
        model.extract(texts)
    results = model.extract(texts, on_error="skip")
    assert len(results) == 2
    ((place, error),) = results.errors
    assert place == 1 and isinstance(error, docre.DocumentError)
    assert "1 skipped" in repr(results)


def test_half_a_character_is_named(model):
    with pytest.raises(docre.DocumentError, match=r"U\+D83D\) at 3"):
        model.extract("abc\ud83d")


def test_entities_can_be_found_anew(model):
    labelled = docre.read(CORPUS / "world" / "dev")[0]
    given = model.extract(labelled)
    found = model.extract([labelled], find_entities=True)[0]
    assert given.entities == labelled.entities
    assert found.entities != labelled.entities


def test_what_is_shown(model):
    result = model.extract("Anna Berg was born in Oslo.")
    assert repr(result).startswith('<Result "text": 2 entities, ')
    assert str(result).count("\n") == len(result)
    fact = model.extract(LIGHTHOUSE).facts[0]
    assert repr(fact) == f"<Fact {fact.score:.2f}  {fact.head.name} - {fact.relation.name} - {fact.tail.name}>"
    assert repr(model).startswith("<Model docre-small: 96 relations")
    page = result._repr_html_()
    assert page.startswith("<iframe srcdoc=") and "Anna Berg" in page and "<script>" not in page
    assert "&lt;!doctype html&gt;" in page.lower()
    assert "<td>text</td>" in model.extract(["Anna lives in Oslo."])._repr_html_()


def test_models_and_documents_are_pickled(model):
    again = pickle.loads(pickle.dumps(model))
    assert again.extract(EMOJI).facts == model.extract(EMOJI).facts
    for document in [model.extract(EMOJI).document, docre.Document(""), docre.Document(" a b ")]:
        assert pickle.loads(pickle.dumps(document)).to_dict() == document.to_dict()
    facts = model.extract(EMOJI).facts
    assert pickle.loads(pickle.dumps(facts)) == facts


def test_precision_and_device_are_settings():
    assert len(docre.load(precision="int8").extract(LIGHTHOUSE)) > 20
    with pytest.raises(docre.SettingError, match="precision"):
        docre.load(precision="f64")
    with pytest.raises(docre.SettingError, match="device"):
        docre.load(device="cuda:0")
    with pytest.raises(docre.FileError, match="isn't there|is not a docre model"):
        docre.load("nowhere")
