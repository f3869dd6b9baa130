"""docre on Spark: a function for `DataFrame.mapInArrow`.

>>> found = frame.mapInArrow(docre.spark.extract(text="body", title="id"), docre.spark.SCHEMA)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from . import arrow
from .model import BUILT_IN, Model, load

SCHEMA = (
    "title string, "
    "entities array<struct<name: string, type: string, id: string, mentions: array<struct<"
    "text: string, sentence: bigint, start: bigint, end: bigint>>>>, "
    "facts array<struct<head_entity: bigint, head: string, head_type: string, relation: string, "
    "relation_name: string, tail_entity: bigint, tail: string, tail_type: string, score: float, "
    "evidence: array<bigint>>>, "
    "error string"
)
"""The columns of what was found, a row a document, as `mapInArrow` takes them."""

_loaded: dict[tuple[str, str], Model] = {}


def extract(
    model: str = BUILT_IN,
    *,
    text: str = "text",
    title: str | None = None,
    min_score: float | None = None,
    precision: str = "f32",
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function that finds facts in a column of texts.

    Each Python worker loads the model once. Spark starts as many workers as it has cores, so set
    ``spark.executorEnv.RAYON_NUM_THREADS`` to 1.

    Args:
        model: A model's folder, which each machine must have, or the name of the one in the package.
        text: The column with the texts.
        title: The column with their titles.
        min_score: Leaves out facts with a lower score.
        precision: Of matrix products: ``f32``, ``bf16`` or ``int8``.
    """

    def extract_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        key = (model, precision)
        if key not in _loaded:
            _loaded[key] = load(model, precision=precision)
        for batch in batches:
            found = arrow.extract(
                _loaded[key], batch, text=text, title=title, min_score=min_score
            )
            yield from found.to_batches()

    return extract_batches
