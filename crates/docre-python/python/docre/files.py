"""Files of documents."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from . import _docre
from .document import Document, DocumentLike, as_document, is_one, several


def read(path: str | os.PathLike[str], *, lenient: bool = False) -> list[Document]:
    """The documents of a file or folder, whose format is told by what is in it.

    A bad document refuses the file; `lenient` leaves out what is wrong.

    Raises:
        MissingFileError: There is no such file.
        DocumentError: Documents of it are wrong; the message lists them.
        FileError: It holds no documents.
    """
    return [Document._of(native) for native in _docre.read(os.fspath(path), bool(lenient))]


def write(path: str | os.PathLike[str], documents: DocumentLike | Iterable[DocumentLike]) -> None:
    """Writes documents in DocRED's form: JSON lines where the name ends in ``.jsonl``, else one
    list. The file is whole or not there."""
    given = [documents] if is_one(documents) else several(documents)
    natives = [as_document(one, index)._native for index, one in enumerate(given)]
    _docre.write(os.fspath(path), natives)


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    from_format: str | None = None,
    to_format: str | None = None,
    lenient: bool = False,
) -> dict[str, Any]:
    """Converts a file or folder of documents to another format (docs/formats.md has them all), and
    tells what was written, left out and lost.

    >>> docre.convert("notes/", "notes.jsonl")["documents"]
    """
    done = _docre.convert(os.fspath(source), os.fspath(target), from_format, to_format, bool(lenient))
    told: dict[str, Any] = json.loads(done)
    return told
