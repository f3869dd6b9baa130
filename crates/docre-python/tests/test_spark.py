"""The function for Spark's mapInArrow, and Spark itself where it is installed."""

import os
import shutil

import pytest

import docre
from conftest import LIGHTHOUSE

pa = pytest.importorskip("pyarrow")

import docre.spark  # noqa: E402

PARTS = [part for part in LIGHTHOUSE.split("\n\n") if part.strip()]


def test_batches_go_in_and_out(model):
    batches = pa.table({"body": PARTS, "id": [str(at) for at in range(len(PARTS))]}).to_batches(3)
    found = list(docre.spark.extract(text="body", title="id")(iter(batches)))
    table = pa.Table.from_batches(found)
    assert table.schema == docre.arrow.SCHEMA
    assert table["title"].to_pylist() == [str(at) for at in range(len(PARTS))]
    ours = [len(result) for result in model.extract(PARTS)]
    assert [len(row) for row in table["facts"].to_pylist()] == ours


def test_a_column_that_is_not_there():
    batches = pa.table({"body": PARTS}).to_batches()
    with pytest.raises(docre.SettingError, match="the column 'text' isn't there; there are body"):
        list(docre.spark.extract()(iter(batches)))


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_a_data_frame_of_spark(model, monkeypatch):
    sql = pytest.importorskip("pyspark.sql")
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")
    monkeypatch.setenv("PYSPARK_PYTHON", os.sys.executable)
    spark = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = spark.getOrCreate()
    try:
        frame = spark.createDataFrame([(str(at), part) for at, part in enumerate(PARTS)], "id string, body string")
        found = frame.mapInArrow(docre.spark.extract(text="body", title="id"), docre.spark.SCHEMA)
        counts = {row.title: len(row.facts) for row in found.collect()}
    finally:
        spark.stop()
    assert counts == {str(at): len(result) for at, result in enumerate(model.extract(PARTS))}
