"""What a model found in documents."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from . import _docre
from .document import Document, shown
from .errors import Error, SettingError, short
from .types import Entity, Fact, _entities, _facts

if TYPE_CHECKING:
    import pandas

PAGE_HEIGHT = 480
"""How high the page of a result is in a notebook, in pixels."""


class Table:
    """Facts or mentions as columns, which Arrow's libraries take without copying them.

    >>> pyarrow.table(results.table("mentions"))   # or polars.DataFrame(...), duckdb
    """

    def __init__(self, native: _docre.Results, name: str) -> None:
        self._native, self._name = native, name

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.stream(self._name)

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame. Needs pandas and pyarrow."""
        try:
            import pyarrow
        except ImportError:
            raise ImportError("data frames need pyarrow and pandas: pip install pyarrow pandas") from None
        return pyarrow.table(self).to_pandas()

    def __repr__(self) -> str:
        return f"<Table of {self._name}>"


class _Tables:
    """What one result and several have in common."""

    _native: _docre.Results

    def table(self, name: str = "facts") -> Table:
        """The ``facts`` (a row a fact) or the ``mentions`` (a row a mention of an entity)."""
        if name not in ("facts", "mentions"):
            raise SettingError(f"table: should be facts or mentions, not {short(name)}")
        return Table(self._native, name)

    def to_pandas(self) -> pandas.DataFrame:
        """The facts as a data frame, a row a fact. Needs pandas and pyarrow."""
        return self.table().to_pandas()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.stream("facts")


class Result(_Tables):
    """What a model found in a document.

    Iterating gives the facts, the surest first.
    """

    def __init__(self, native: _docre.Results, model: str) -> None:
        self._native, self._model = native, model

    @cached_property
    def document(self) -> Document:
        """The document, with the entities that were found where it came with none."""
        return Document._of(self._native.document())

    @property
    def title(self) -> str:
        """The document's title."""
        return self.document.title

    @property
    def text(self) -> str | None:
        """The document's text, where it is known."""
        return self.document.text

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities."""
        return _entities(self._named)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts, the surest first."""
        facts = _facts(self._named, self.entities)
        return tuple(sorted(facts, key=lambda fact: -(fact.score or 0.0)))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What was left out of the document because the model can't read it."""
        return tuple(self._native.warnings())

    @cached_property
    def _named(self) -> dict[str, Any]:
        named: dict[str, Any] = json.loads(self._native.named_json())
        return named

    def to_dict(self) -> dict[str, Any]:
        """The result as the command line writes it with ``--json``, but for the facts' order."""
        named: dict[str, Any] = json.loads(self._native.named_json())
        return named

    def to_html(self) -> str:
        """A page that shows the text with its entities and facts, and needs nothing else."""
        return self._native.page(self._model)

    def _repr_html_(self) -> str:
        page = html.escape(self.to_html(), quote=True)
        style = f"width:100%;height:{PAGE_HEIGHT}px;border:0"
        return f'<iframe srcdoc="{page}" style="{style}"></iframe>'

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def __len__(self) -> int:
        return self._native.fact_count()

    def __bool__(self) -> bool:
        return True  # also without facts

    def __repr__(self) -> str:
        entities, facts = len(self.entities), len(self)
        return f'<Result "{shown(self.title)}": {entities} entities, {facts} facts>'

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {fact}" for fact in self.facts)])


class Results(_Tables, Sequence[Result]):
    """What a model found in several documents, in their order.

    Attributes:
        errors: The documents that were refused, where they were to be skipped: their places among
            those given, and why.
    """

    def __init__(
        self, native: _docre.Results, model: str, errors: Sequence[tuple[int, Error]] = ()
    ) -> None:
        self._native, self._model = native, model
        self.errors = list(errors)

    @property
    def facts(self) -> list[Fact]:
        """The facts of all documents."""
        return [fact for result in self for fact in result.facts]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each result as a dict."""
        return [result.to_dict() for result in self]

    def __len__(self) -> int:
        return len(self._native)

    @overload
    def __getitem__(self, place: int) -> Result: ...

    @overload
    def __getitem__(self, place: slice) -> list[Result]: ...

    def __getitem__(self, place: int | slice) -> Result | list[Result]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(f"there is no result {place} among {len(self)}")
        return Result(self._native.one(at), self._model)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(result.title)}</td><td>{len(result.entities)}</td>"
            f"<td>{len(result)}</td></tr>"
            for result in self
        )
        head = "<tr><th>document</th><th>entities</th><th>facts</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        skipped = f", {len(self.errors)} skipped" if self.errors else ""
        return f"<Results: {len(self)} documents, {self._native.fact_count()} facts{skipped}>"
