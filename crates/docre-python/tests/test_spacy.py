"""The component for spaCy, with spaCy itself."""

import pytest

import docre
from conftest import LIGHTHOUSE

spacy = pytest.importorskip("spacy")


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("docre")
    return nlp


def test_facts_and_coreference(nlp, model):
    doc = nlp(LIGHTHOUSE)
    expected = model.extract(LIGHTHOUSE)
    assert [str(fact) for fact in doc._.facts] == [
        str(fact).split("  ", 1)[1] for fact in expected.facts
    ]
    assert len(doc.spans) == len(expected.entities)
    for entity in expected.entities:
        group = doc.spans[f"coref_clusters_{entity.index}"]
        assert group.attrs["type"] == entity.type
        for span, mention in zip(group, entity.mentions, strict=True):
            assert span.start_char <= mention.start and mention.end <= span.end_char
            assert span.label_ == entity.type
    fact, ours = doc._.facts[0], expected.facts[0]
    assert fact.score == ours.score and fact.relation == ours.relation
    assert len(fact.evidence) == len(ours.evidence) and fact.head[0].text == ours.head.name
    assert {ent.text for ent in doc.ents} >= {"Hestoy", "Norway"}


def test_many_docs_at_once(nlp):
    texts = [part for part in LIGHTHOUSE.split("\n\n") if part] + ["", "😀 Anna Berg lives in Oslo 🇳🇴."]
    together = list(nlp.pipe(texts))
    assert [[str(f) for f in doc._.facts] for doc in together] == [
        [str(f) for f in nlp(text)._.facts] for text in texts
    ]
    assert "Oslo" in {ent.text for ent in together[-1].ents}


def test_a_docs_own_entities(model):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Ingrid Solheim"},
            {"label": "GPE", "pattern": "Norway"},
            {"label": "GPE", "pattern": "Bergen", "id": "Q26793"},
        ]
    )
    nlp.add_pipe("docre", config={"entities": "doc", "min_score": 0.1})
    text = "Ingrid Solheim lives in Bergen.\n\nBergen is a city of Norway. Norway is cold."
    doc = nlp(text)
    groups = {tuple(span.text for span in group) for group in doc.spans.values()}
    assert groups == {("Ingrid Solheim",), ("Bergen", "Bergen"), ("Norway", "Norway")}
    assert {group.attrs["type"] for group in doc.spans.values()} == {"PER", "LOC"}
    assert [ent.label_ for ent in doc.ents][0] == "PERSON"  # the Doc's own stay
    facts = {str(fact) for fact in doc._.facts}
    assert "Bergen - country - Norway" in facts
    assert all(sentence.text in text for fact in doc._.facts for sentence in fact.evidence)


def test_a_docs_own_groups_join_mentions():
    nlp = spacy.blank("en")
    doc = nlp.make_doc("Anna Berg lives in Oslo. She works in Oslo.")
    doc.spans["coref_clusters_1"] = [doc[0:2], doc[6:7]]
    doc.ents = [doc.char_span(0, 9, label="PERSON"), doc.char_span(19, 23, label="GPE")]
    nlp.add_pipe("docre", config={"entities": "doc"})
    doc = nlp(doc)
    groups = [[span.text for span in group] for group in doc.spans.values()]
    assert ["Anna Berg", "She"] in groups and ["Oslo"] in groups


def test_docs_can_be_stored(nlp):
    doc = nlp(LIGHTHOUSE)
    again = spacy.tokens.Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert [str(f) for f in again._.facts] == [str(f) for f in doc._.facts]
    (restored,) = spacy.tokens.DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
    assert [str(f) for f in restored._.facts] == [str(f) for f in doc._.facts]


def test_settings_are_checked(tmp_path):
    nlp = spacy.blank("en")
    with pytest.raises(docre.SettingError, match="entities"):
        nlp.add_pipe("docre", config={"entities": "mine"})
    with pytest.raises(docre.FileError):
        nlp.add_pipe("docre", config={"model": str(tmp_path)})
    nlp = spacy.blank("en")
    nlp.add_pipe("docre", config={"min_score": 0.5})
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert len(again(LIGHTHOUSE)._.facts) == len(nlp(LIGHTHOUSE)._.facts)
