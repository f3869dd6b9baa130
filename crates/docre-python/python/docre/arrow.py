"""Tables of documents in, tables of what was found out: what Ray and Spark have in common.

A row a document: its ``title``, its ``entities`` and ``facts`` as lists, and ``error``, which says why
nothing was found where the document was refused. Needs pyarrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from .document import Document
from .errors import DocumentError, SettingError
from .model import Model
from .results import Results

MENTION = pa.struct(
    [
        ("text", pa.string()),
        ("sentence", pa.int64()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)
ENTITY = pa.struct(
    [
        ("name", pa.string()),
        ("type", pa.string()),
        ("id", pa.string()),
        ("mentions", pa.list_(MENTION)),
    ]
)
FACT = pa.struct(
    [
        ("head_entity", pa.int64()),
        ("head", pa.string()),
        ("head_type", pa.string()),
        ("relation", pa.string()),
        ("relation_name", pa.string()),
        ("tail_entity", pa.int64()),
        ("tail", pa.string()),
        ("tail_type", pa.string()),
        ("score", pa.float32()),
        ("evidence", pa.list_(pa.int64())),
    ]
)
SCHEMA = pa.schema(
    [
        ("title", pa.string()),
        ("entities", pa.list_(ENTITY)),
        ("facts", pa.list_(FACT)),
        ("error", pa.string()),
    ]
)
"""The columns of what was found, a row a document."""


def extract(
    model: Model,
    table: pa.Table | pa.RecordBatch,
    *,
    text: str = "text",
    title: str | None = None,
    min_score: float | None = None,
) -> pa.Table:
    """What a model finds in the texts of a table, a row each, in their order.

    Args:
        model: The model.
        table: The documents.
        text: The column with their texts.
        title: The column with their titles; numbers where there is none.
        min_score: Leaves out facts with a lower score.
    """
    titles, documents, errors = _read(table, text, title)
    good = [document for document in documents if document is not None]
    results = model.extract(good, min_score=min_score, on_error="skip")
    places = [at for at, document in enumerate(documents) if document is not None]
    refused = {places[at]: error for at, error in results.errors}
    errors.update({at: str(error) for at, error in refused.items()})
    kept = [at for at in places if at not in refused]
    return _table(titles, errors, results, kept)


def _read(
    table: pa.Table | pa.RecordBatch, text: str, title: str | None
) -> tuple[list[str], list[Document | None], dict[int, str]]:
    columns = table.schema.names
    for column in [text, *([title] if title else [])]:
        if column not in columns:
            raise SettingError(f"the column {column!r} isn't there; there are {', '.join(columns)}")
    texts = table.column(text).to_pylist()
    titles = table.column(title).to_pylist() if title else range(len(texts))
    titles = [_title(at, given) for at, given in enumerate(titles)]
    documents: list[Document | None] = []
    errors: dict[int, str] = {}
    for at, (one, name) in enumerate(zip(texts, titles, strict=True)):
        try:
            documents.append(_document(one, name))
        except DocumentError as error:
            documents.append(None)
            errors[at] = str(error)
    return titles, documents, errors


def _title(at: int, given: Any) -> str:
    title = "" if given is None else str(given)
    return title if title.strip() else f"text {at}"


def _document(text: Any, title: str) -> Document:
    if not isinstance(text, str):
        raise DocumentError(f'document "{title}": its text is {type(text).__name__}, not a string')
    return Document(text, title)


def _table(
    titles: Sequence[str], errors: dict[int, str], results: Results, kept: Sequence[int]
) -> pa.Table:
    count = len(titles)
    facts = pa.table(results.table("facts")).combine_chunks()
    mentions = pa.table(results.table("mentions")).combine_chunks()
    columns = [
        pa.array(titles, pa.string()),
        _lists(_entities(mentions), _document_of_entity(mentions), kept, count),
        _lists(_structs(facts, FACT), facts["document"].to_pylist(), kept, count),
        pa.array([errors.get(at) for at in range(count)], pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _entities(mentions: pa.Table) -> pa.Array:
    """The entities of all documents, each with its mentions."""
    firsts = _firsts(mentions)
    offsets = pa.array([*firsts, mentions.num_rows], pa.int32())
    lists = pa.ListArray.from_arrays(offsets, _structs(mentions, MENTION))
    entities = mentions.take(pa.array(firsts, pa.int64())) if firsts else mentions.slice(0, 0)
    own = [_column(entities, name) for name in ("name", "type", "id")]
    return pa.StructArray.from_arrays([*own, lists], fields=list(ENTITY))


def _document_of_entity(mentions: pa.Table) -> list[int]:
    documents = mentions["document"].to_pylist()
    return [documents[first] for first in _firsts(mentions)]


def _firsts(mentions: pa.Table) -> list[int]:
    """The row of each entity's first mention."""
    keys = list(zip(mentions["document"].to_pylist(), mentions["entity"].to_pylist(), strict=True))
    return [at for at, key in enumerate(keys) if at == 0 or key != keys[at - 1]]


def _structs(table: pa.Table, kind: pa.StructType) -> pa.Array:
    fields = list(kind)
    columns = [_column(table, field.name).cast(field.type) for field in fields]
    return pa.StructArray.from_arrays(columns, fields=fields)


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        return pa.array([], column.type) if column.num_chunks == 0 else column.chunk(0)
    return column


def _lists(values: pa.Array, documents: list[int], kept: Sequence[int], count: int) -> pa.Array:
    """A list for each of `count` rows: those of a document where it was kept, else none."""
    counts = [0] * count
    for document in documents:
        counts[kept[document]] += 1
    offsets = [0]
    for one in counts:
        offsets.append(offsets[-1] + one)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)
