"""A whole folder, block by block, that goes on where it was stopped."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import ray

from ..errors import SettingError
from ..model import BUILT_IN
from .blocks import Block, blocks
from .extract import Extract

ABOUT = "about.json"
"""The file of an output folder that says what was asked."""


@dataclass(frozen=True)
class Done:
    """What became of an input.

    Attributes:
        blocks: How many blocks were done now.
        before: How many were done before.
        documents: The documents of those done now.
        skipped: Those of them that were refused; their rows have an ``error``.
        facts: The facts that were found in them.
        seconds: The time that it took.
    """

    blocks: int
    before: int
    documents: int
    skipped: int
    facts: int
    seconds: float


class ExtractBlock:
    """An actor that reads blocks, finds facts in them, and writes a Parquet file for each."""

    def __init__(self, into: str, text: str, title: str | None, **asked: Any) -> None:
        self._into, self._text, self._title = Path(into), text, title
        self._extract = Extract(text=text, title=title or "title", **asked)

    def __call__(self, rows: pa.Table) -> pa.Table:
        told = [self._block(Block(**json.loads(row))) for row in rows["block"].to_pylist()]
        return pa.Table.from_pylist(told)

    def _block(self, block: Block) -> dict[str, int]:
        table = block.read(self._text, self._title)
        if self._title is None and "title" not in table.column_names:
            names = [f"{Path(block.files[0]).stem} {block.row_group}.{block.start + at}"
                     for at in range(table.num_rows)]
            table = table.append_column("title", pa.array(names))
        found = self._extract(table)
        # Under another name until it is whole: a worker may be lost at any time.
        beside = self._into / f".{block.file}.{os.getpid()}"
        pq.write_table(found, beside)
        os.replace(beside, self._into / block.file)
        return {
            "documents": found.num_rows,
            "skipped": found.num_rows - found["error"].null_count,
            "facts": sum(len(facts) for facts in found["facts"]),
        }


def extract_files(
    source: str | os.PathLike[str],
    into: str | os.PathLike[str],
    *,
    model: str = BUILT_IN,
    text: str = "text",
    title: str | None = None,
    min_score: float | None = None,
    precision: str = "f32",
    workers: int = 1,
    threads: int = 1,
    block: int = 256,
) -> Done:
    """Finds the facts of a folder of texts or Parquet files, and writes a Parquet file for each block
    of them into a folder, a row a document (`docre.arrow.SCHEMA`).

    A block whose file is there isn't done again, so a stopped run goes on with the same call, and what
    a lost worker had in hand is done by another.

    Args:
        source: A folder of ``.txt`` and ``.md`` files or of Parquet files, or one of these. Each machine
            must see it, as it must see `into`.
        into: The folder that results go to.
        model: A model's folder, or the name of the one in the package.
        text: The column with the texts.
        title: The column with their titles.
        min_score: Leaves out facts with a lower score.
        precision: Of matrix products: ``f32``, ``bf16`` or ``int8``.
        workers: How many actors, each with a model.
        threads: The threads of each.
        block: The most documents of a block.
    """
    for name, value in (("workers", workers), ("threads", threads), ("block", block)):
        if value < 1:
            raise SettingError(f"{name}: is {value}, but should be 1 or more")
    begun = time.monotonic()
    source, into = Path(source).resolve(), Path(into).resolve()
    all_ = blocks(source, block)
    asked = {"model": model, "min_score": min_score, "precision": precision}
    into.mkdir(parents=True, exist_ok=True)
    _check_same(into, asked | {"source": str(source), "text": text, "title": title, "block": block,
                               "blocks": len(all_)})
    left = [one for one in all_ if not (into / one.file).exists()]
    told = _work(left, {"into": str(into), "text": text, "title": title, "threads": threads} | asked,
                 workers, threads)
    sums = {key: sum(one[key] for one in told) for key in ("documents", "skipped", "facts")}
    seconds = time.monotonic() - begun
    return Done(blocks=len(left), before=len(all_) - len(left), seconds=seconds, **sums)


def _work(
    left: list[Block], constructor: dict[str, Any], workers: int, threads: int
) -> list[dict[str, int]]:
    if not left:
        return []
    rows = [{"block": json.dumps(asdict(one))} for one in left]
    data = ray.data.from_items(rows, override_num_blocks=len(rows))
    done = data.map_batches(
        ExtractBlock,
        fn_constructor_kwargs=constructor,
        batch_format="pyarrow",
        batch_size=1,
        concurrency=min(workers, len(rows)),
        num_cpus=threads,
    )
    return list(done.iter_rows())


def _check_same(into: Path, asked: dict[str, Any]) -> None:
    """Refuses a folder in which something else was begun."""
    about = into / ABOUT
    if about.exists():
        before = json.loads(about.read_text(encoding="utf-8"))
        other = [key for key in asked if before.get(key) != asked[key]]
        if other:
            was = ", ".join(f"{key} {before.get(key)!r}, not {asked[key]!r}" for key in other)
            raise SettingError(f"{into}: was begun with {was}; name another folder")
        return
    beside = into / f".{ABOUT}.{os.getpid()}"
    beside.write_text(json.dumps(asked, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, about)
