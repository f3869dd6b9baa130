"""Documents, from text, from dicts and from files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Union

from . import _docre
from .errors import DocumentError, SettingError, short
from .types import Entity, Fact, _entities, _facts


class Document:
    """A text, and what is known of it: its entities, and facts that somebody has labelled.

    ``Document(text)`` is a plain text, whose entities a model finds. `Document.from_dict` takes a
    document in DocRED's form, or another that docre reads, and `docre.read` the documents of a file.

    >>> note = docre.Document("Anna sings. Otto reads.", title="Note")
    >>> note.sentences[1]
    ['Otto', 'reads', '.']
    """

    _native: _docre.Document

    def __init__(self, text: str, title: str = "text") -> None:
        if not isinstance(text, str) or not isinstance(title, str):
            raise TypeError("a document's text and title are strings")
        check_characters(text, f'document "{shown(title)}"')
        check_characters(title, "a document's title")
        self._native = _docre.Document.from_text(text, title)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], index: int = 0) -> Document:
        """The document of a dict: in DocRED's form (``title``, ``sents``, ``vertexSet``, and
        ``labels`` if it is labelled), with a ``text`` alone, or in another form that docre reads
        from JSON. `index` is its place among others, which messages name.

        Raises:
            DocumentError: It isn't a document; the message says which part of it is wrong.
        """
        if not isinstance(document, Mapping):
            raise TypeError(f"a document is a dict, not {type(document).__name__}")
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(f"index is a whole number, not {type(index).__name__}")
        if not 0 <= index < 1 << 63:
            raise SettingError(f"index: is {short(index)}, but should be 0 or more")
        try:
            text = json.dumps(dict(document), allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise DocumentError(f"input: document {index} can't be JSON: {error}") from None
        return cls._of(_docre.Document.from_json(text, index))

    @classmethod
    def _of(cls, native: _docre.Document) -> Document:
        document = cls.__new__(cls)
        document._native = native
        return document

    @property
    def title(self) -> str:
        """Its title, by which result files name it."""
        return self._native.title

    @property
    def text(self) -> str | None:
        """The text as it was written; None where only tokens are known."""
        return self._native.text

    @cached_property
    def sentences(self) -> list[list[str]]:
        """The sentences, each a list of tokens."""
        return self._native.sentences

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities that it came with, or that a model found in it."""
        return _entities(self._named)

    @cached_property
    def facts(self) -> tuple[Fact, ...] | None:
        """The labelled facts; None where nobody has labelled it."""
        return _facts(self._named, self.entities) if self._native.is_labelled else None

    @cached_property
    def _named(self) -> dict[str, Any]:
        named: dict[str, Any] = json.loads(self._native.named_json())
        return named

    def to_dict(self) -> dict[str, Any]:
        """The document in DocRED's form; `Document.from_dict` makes the same of it."""
        document: dict[str, Any] = json.loads(self._native.json())
        return document

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return self._native == other._native

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        if self.text is not None and not self.sentences:
            return Document, (self.text, self.title)  # DocRED's form has no empty document
        return Document.from_dict, (self.to_dict(),)

    def __repr__(self) -> str:
        sentences, entities = len(self.sentences), len(self.entities)
        return f'<Document "{shown(self.title)}": {sentences} sentences, {entities} entities>'


DocumentLike = Union[str, Document, Mapping[str, Any]]
"""What is taken for a document: a text, a `Document`, or a dict (`Document.from_dict`)."""


def as_document(given: DocumentLike, index: int = 0) -> Document:
    """The document that is meant."""
    if isinstance(given, Document):
        return given
    if isinstance(given, str):
        return Document(given, "text" if index == 0 else f"text {index}")
    if isinstance(given, Mapping):
        return Document.from_dict(given, index)
    raise TypeError(
        f"document {index} is {type(given).__name__}; take a text, a docre.Document or a dict"
    )


def is_one(given: object) -> bool:
    """Whether one document is given, and not several."""
    return isinstance(given, (str, Document, Mapping))


def several(given: object) -> Iterable[Any]:
    """The documents of an iterable."""
    if isinstance(given, Iterable) and not isinstance(given, (bytes, bytearray, memoryview)):
        return given
    raise TypeError(
        f"{type(given).__name__} is no document; take a text, a docre.Document, a dict, or a list"
        " of them"
    )


def check_characters(text: str, place: str) -> None:
    """Refuses what is no text: half of a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        problem = f"has half a character ({half}) at {error.start}; decode its source anew"
        raise DocumentError(f"{place}: {problem}") from None


def shown(title: str) -> str:
    """A title for a message."""
    short = title if len(title) <= 60 else title[:60] + "…"
    return short.encode(errors="replace").decode()
