"""The blocks of an input: what is done once, and done again where a worker was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import FileError, MissingFileError

TEXTS = (".txt", ".md")


@dataclass(frozen=True)
class Block:
    """Some documents of an input.

    Attributes:
        number: Its place among all blocks.
        files: The files that it reads: texts, or one of Parquet.
        row_group: The row group of a Parquet file; None for texts.
        start: The first row of the group.
        rows: How many rows.
    """

    number: int
    files: tuple[str, ...]
    row_group: int | None
    start: int
    rows: int

    @property
    def file(self) -> str:
        """The file that its results go to."""
        return f"part-{self.number:06}.parquet"

    def to_dict(self) -> dict[str, Any]:
        """What `Block(**...)` takes."""
        return asdict(self)

    def read(self, text: str, title: str | None) -> pa.Table:
        """Its documents, with a column of texts and, if there are titles, one of these."""
        if self.row_group is None:
            texts = [Path(file).read_text(encoding="utf-8") for file in self.files]
            return pa.table({text: texts, title or "title": [Path(file).stem for file in self.files]})
        columns = [text, *([title] if title else [])]
        group = pq.ParquetFile(self.files[0]).read_row_group(self.row_group, columns=columns)
        return group.slice(self.start, self.rows)


def blocks(source: Path, rows: int) -> list[Block]:
    """The blocks of a folder of texts or of Parquet files, or of one file, in the files' order."""
    if not source.exists():
        raise MissingFileError(f"{source}: isn't there")
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    parquet = [file for file in files if file.suffix == ".parquet"]
    texts = [file for file in files if file.suffix in TEXTS]
    if parquet and texts:
        raise FileError(f"{source}: holds texts and Parquet files; name a folder of one kind")
    if not parquet and not texts:
        raise FileError(f"{source}: holds no text (.txt, .md) and no Parquet file")
    cut = _of_parquet(parquet, rows) if parquet else _of_texts(texts, rows)
    return [Block(number, *parts) for number, parts in enumerate(cut)]


def _of_texts(files: list[Path], rows: int) -> Iterator[tuple[tuple[str, ...], None, int, int]]:
    for start in range(0, len(files), rows):
        part = tuple(str(file) for file in files[start : start + rows])
        yield part, None, 0, len(part)


def _of_parquet(files: list[Path], rows: int) -> Iterator[tuple[tuple[str, ...], int, int, int]]:
    for file in files:
        try:
            about = pq.ParquetFile(file).metadata
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"{file}: can't be read as Parquet: {error}") from None
        for group in range(about.num_row_groups):
            count = about.row_group(group).num_rows
            for start in range(0, count, rows):
                yield (str(file),), group, start, min(rows, count - start)
