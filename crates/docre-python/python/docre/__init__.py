"""Document-level relation extraction: from plain text, or documents whose entities are marked, to
facts with scores, evidence and places.

>>> import docre
>>> model = docre.load()
>>> result = model.extract("Anna Berg was born in Oslo. She led the Coastal Museum in Bergen.")
>>> for fact in result.facts:
...     print(fact)

Its parts for spaCy, Ray and Spark are `docre.spacy`, `docre.ray` and `docre.spark`.
"""

from ._docre import version as __version__
from .document import Document
from .errors import (
    DocumentError,
    Error,
    FileError,
    LimitError,
    MissingFileError,
    NotSupportedError,
    SettingError,
)
from .files import convert, read, write
from .model import Model, load
from .progress import Progress
from .results import Result, Results, Table
from .runs import Comparison, Trained, TrainedSeeds, compare, evaluate, train
from .types import Entity, Fact, Mention, Relation

__all__ = [
    "Comparison",
    "Document",
    "DocumentError",
    "Entity",
    "Error",
    "Fact",
    "FileError",
    "LimitError",
    "Mention",
    "MissingFileError",
    "Model",
    "NotSupportedError",
    "Progress",
    "Relation",
    "Result",
    "Results",
    "SettingError",
    "Table",
    "Trained",
    "TrainedSeeds",
    "__version__",
    "compare",
    "convert",
    "evaluate",
    "load",
    "read",
    "train",
    "write",
]
