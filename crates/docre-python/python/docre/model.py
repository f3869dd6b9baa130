"""Models that read documents."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterable, Iterator
from typing import Any, cast, overload

from . import _docre
from .document import Document, DocumentLike, as_document, is_one, several
from .errors import Error, SettingError, short
from .results import Result, Results
from .types import Relation

BUILT_IN = "docre-small"
"""The name of the model that comes with docre."""

BATCH = 256
"""How many documents are given to the model at a time, where nothing else is said."""


class Model:
    """A model that finds facts in documents. `docre.load` gives one.

    It may be used from several threads at once, and pickled: it is loaded again from its folder.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] = BUILT_IN,
        *,
        device: str = "cpu",
        precision: str = "f32",
        any_types: bool = False,
    ) -> None:
        self.name = os.fspath(folder)
        self._asked = {"device": device, "precision": precision, "any_types": any_types}
        self._native = _docre.Model(self.name, device, precision, any_types)
        self._about: dict[str, Any] = json.loads(self._native.about_json())

    @property
    def relations(self) -> list[Relation]:
        """The relations that it knows."""
        return [Relation(**relation) for relation in self._about["relations"]]

    @property
    def finds_entities(self) -> bool:
        """Whether it reads plain text; otherwise entities have to be marked."""
        return bool(self._about["finds_entities"])

    # A text is an iterable of texts, too, but is taken as one document.
    @overload
    def extract(  # type: ignore[overload-overlap]
        self,
        documents: DocumentLike,
        *,
        min_score: float | None = ...,
        batch: int = ...,
        find_entities: bool = ...,
        on_error: str = ...,
    ) -> Result: ...

    @overload
    def extract(
        self,
        documents: Iterable[DocumentLike],
        *,
        min_score: float | None = ...,
        batch: int = ...,
        find_entities: bool = ...,
        on_error: str = ...,
    ) -> Results: ...

    def extract(
        self,
        documents: DocumentLike | Iterable[DocumentLike],
        *,
        min_score: float | None = None,
        batch: int = BATCH,
        find_entities: bool = False,
        on_error: str = "raise",
    ) -> Result | Results:
        """What the model finds in a document, or in each of several.

        Args:
            documents: A text, a `docre.Document` or a dict; or several of them.
            min_score: Leaves out facts with a lower score, from 0 to 1.
            batch: How many documents are given to the model at a time.
            find_entities: Finds the entities anew in documents that come with theirs.
            on_error: ``"raise"`` refuses all with the first bad document; ``"skip"`` leaves bad ones
                out, and `Results.errors` names them.

        Raises:
            DocumentError: A document is wrong.
            SettingError: An argument has an impossible value.
        """
        check(min_score, batch, on_error)
        one = is_one(documents)
        if one:
            documents, on_error = [cast(DocumentLike, documents)], "raise"
        parts, errors = [], []
        for part, refused in self._parts(documents, min_score, batch, find_entities, on_error):
            parts.append(part)
            errors.extend(refused)
        results = Results(_docre.Results.concat(parts), self.name, errors)
        return results[0] if one else results

    def stream(
        self,
        documents: Iterable[DocumentLike],
        *,
        min_score: float | None = None,
        batch: int = BATCH,
        find_entities: bool = False,
        on_error: str = "raise",
    ) -> Iterator[Result]:
        """The result of each document as it comes, so that neither documents nor results need fit in
        memory. The arguments are those of `extract`.
        """
        check(min_score, batch, on_error)
        parts = self._parts(several(documents), min_score, batch, find_entities, on_error)
        return (result for part, _ in parts for result in Results(part, self.name))

    def _parts(
        self,
        documents: object,
        min_score: float | None,
        batch: int,
        find_entities: bool,
        on_error: str,
    ) -> Iterator[tuple[_docre.Results, list[tuple[int, Error]]]]:
        numbered = enumerate(several(documents))
        while chunk := list(itertools.islice(numbered, batch)):
            read, refused = self._read(chunk, on_error)
            natives = [document._native for _, document in read]
            part, errors = self._native.extract(natives, min_score, bool(find_entities))
            refused += [(read[at][0], error) for at, error in errors]
            if refused and on_error == "raise":
                raise refused[0][1]
            yield part, sorted(refused, key=lambda one: one[0])

    @staticmethod
    def _read(
        chunk: list[tuple[int, Any]], on_error: str
    ) -> tuple[list[tuple[int, Document]], list[tuple[int, Error]]]:
        read, refused = [], []
        for index, given in chunk:
            try:
                read.append((index, as_document(given, index)))
            except Error as error:
                if on_error == "raise":
                    raise
                refused.append((index, error))
        return read, refused

    def __reduce__(self) -> tuple[Any, ...]:
        return _loaded, (self.name, self._asked)

    def __repr__(self) -> str:
        return f"<Model {self.name}: {len(self._about['relations'])} relations>"


def load(
    model: str | os.PathLike[str] = BUILT_IN,
    *,
    device: str = "cpu",
    precision: str = "f32",
    any_types: bool = False,
) -> Model:
    """Loads a model: the one that comes with docre, or that of a folder.

    Args:
        model: A model's folder, such as ``runs/mine/model``.
        device: Where to compute: ``cpu``; ``cuda`` or ``wgpu`` in a docre that was built for them.
        precision: Of matrix products: ``f32``, ``bf16``, or ``int8`` on a CPU.
        any_types: Lets facts hold between any types of entities that the model finds, and not only
            between those that it has learned.

    Raises:
        FileError: The folder holds no model.
        SettingError: There is no such device or precision.
    """
    return Model(model, device=device, precision=precision, any_types=any_types)


def _loaded(name: str, asked: dict[str, Any]) -> Model:
    return Model(name, **asked)


def check(min_score: float | None, batch: int, on_error: str) -> None:
    """Refuses what can't be asked of an extraction."""
    if min_score is not None:
        if isinstance(min_score, bool) or not isinstance(min_score, (int, float)):
            raise TypeError(f"min_score is a number, not {type(min_score).__name__}")
        if math.isnan(min_score) or not 0 <= min_score <= 1:
            raise SettingError(f"min_score: is {min_score}, but scores lie between 0 and 1")
    if isinstance(batch, bool) or not isinstance(batch, int):
        raise TypeError(f"batch is a whole number, not {type(batch).__name__}")
    if not 1 <= batch <= 1_000_000:
        raise SettingError(f"batch: is {batch}, but should be 1 to 1,000,000")
    if on_error not in ("raise", "skip"):
        raise SettingError(f'on_error: is {short(on_error)}, but should be "raise" or "skip"')
