"""Results as columns."""

import pytest

from conftest import LIGHTHOUSE

pa = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def results(model):
    return model.extract([LIGHTHOUSE, "Nothing here.", "😀 Anna Berg lives in Oslo."])


def test_facts_are_rows(results):
    table = pa.table(results)
    rows = table.to_pylist()
    assert len(rows) == len(results.facts) > 20
    for place, result in enumerate(results):
        of_document = [row for row in rows if row["document"] == place]
        ours = {(f.head.name, f.relation.id, f.tail.name): f for f in result.facts}
        assert len(of_document) == len(result.facts)
        for row in of_document:
            fact = ours[row["head"], row["relation"], row["tail"]]
            assert row["score"] == pytest.approx(fact.score, abs=1e-6)
            assert tuple(row["evidence"]) == fact.evidence
            first = fact.head.mentions[0]
            assert (row["head_start"], row["head_end"]) == (first.start, first.end)
            assert row["relation_name"] == fact.relation.name


def test_mentions_are_rows(results):
    rows = pa.table(results.table("mentions")).to_pylist()
    ours = [
        (place, entity.index, entity.name, entity.type, mention.text, mention.start, mention.end)
        for place, result in enumerate(results)
        for entity in result.entities
        for mention in entity.mentions
    ]
    keys = ("document", "entity", "name", "type", "text", "start", "end")
    assert [tuple(row[key] for key in keys) for row in rows] == ours


def test_data_frames(results):
    pandas = pytest.importorskip("pandas")
    frame = results.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == len(results.facts)
    assert list(frame[frame.score > 0.9]["title"].unique()) == ["text"]
    one = results[0].to_pandas()
    assert len(one) == len(results[0])


def test_columns_outlive_what_they_come_from(model):
    table = pa.table(model.extract([LIGHTHOUSE]))
    before = table.to_pylist()
    for _ in range(3):
        model.extract([LIGHTHOUSE])
    assert table.to_pylist() == before
    table.validate(full=True)


def test_no_result_is_an_empty_table(model):
    assert pa.table(model.extract([])).num_rows == 0
    assert pa.table(model.extract([]).table("mentions")).num_rows == 0
