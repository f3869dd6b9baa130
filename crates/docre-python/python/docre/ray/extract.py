"""A model in an actor."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa

from .. import arrow
from ..model import BUILT_IN, load


class Extract:
    """Finds facts in the batches of a data set, Arrow in and out: a row a document
    (`docre.arrow.SCHEMA`). Each actor holds one model.

    >>> found = texts.map_batches(
    ...     docre.ray.Extract, fn_constructor_kwargs={"text": "body"}, batch_format="pyarrow",
    ...     batch_size=64, concurrency=8, num_cpus=1)

    Args:
        model: A model's folder, which each machine must have, or the name of the one in the package.
        text: The column with the texts.
        title: The column with their titles.
        min_score: Leaves out facts with a lower score.
        precision: Of matrix products: ``f32``, ``bf16`` or ``int8``.
        threads: The threads of an actor: as many as the ``num_cpus`` that it is given.
    """

    def __init__(
        self,
        model: str = BUILT_IN,
        *,
        text: str = "text",
        title: str | None = None,
        min_score: float | None = None,
        precision: str = "f32",
        threads: int = 1,
    ) -> None:
        # Before anything is computed: then the number of threads is set for the process.
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        self._model = load(model, precision=precision)
        self._asked: dict[str, Any] = {"text": text, "title": title, "min_score": min_score}

    def __call__(self, batch: pa.Table) -> pa.Table:
        return arrow.extract(self._model, batch, **self._asked)
