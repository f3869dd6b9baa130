"""Training, comparing and scoring, as the command line does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import _docre
from .errors import SettingError
from .model import Model, load
from .progress import Progress, teller


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        run: The run's folder.
        model: The folder of the model that was kept.
        dev: Its scores on the dev file, fractions: ``precision``, ``recall``, ``f1``, ``ign_f1``;
            None where the recipe has no dev file.
    """

    run: str
    model: str
    dev: dict[str, Any] | None

    def load(self, **options: Any) -> Model:
        """The model; the options are those of `docre.load`."""
        return load(self.model, **options)


@dataclass(frozen=True)
class TrainedSeeds:
    """A training that was done once with each of several seeds.

    Attributes:
        run: The folder of all.
        summary: Means and deviations over the seeds.
        runs: The runs, each with its ``seed``, ``run`` folder and ``dev`` scores.
    """

    run: str
    summary: dict[str, Any]
    runs: list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """The rows of a comparison side by side.

    Attributes:
        run: The folder of all runs.
        results: Rows, seeds, gains and their significance.
        markdown: The tables in Markdown.
    """

    run: str
    results: dict[str, Any]
    markdown: str

    def __str__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


def train(
    recipe: str | os.PathLike[str] | Mapping[str, Any],
    *,
    run: str | os.PathLike[str] | None = None,
    seeds: Iterable[int] = (),
    set: Iterable[str] = (),
    resume: bool = False,
    offline: bool = False,
    progress: Progress = None,
) -> Trained | TrainedSeeds:
    """Trains a model as a recipe says.

    Args:
        recipe: A recipe's file, the name of one that comes with docre, or its settings as a dict.
        run: The run's folder; ``runs/NAME`` where nothing else is said.
        seeds: Trains once with each of these seeds.
        set: Changes settings of the recipe, each ``"section.key=value"``.
        resume: Goes on with a run that was stopped.
        offline: Uses only encoders that are on this machine.
        progress: Who is told how it goes; see `docre.Progress`.

    Ctrl-C saves what is done and raises KeyboardInterrupt; with `resume` it goes on.

    Raises:
        SettingError: The recipe has an impossible setting.
        FileError: A file that it names is missing or wrong, or the folder holds another run.
    """
    is_table = isinstance(recipe, Mapping)
    given = _table(recipe) if isinstance(recipe, Mapping) else os.fspath(recipe)
    place = _place(run, offline, progress)
    seeds = _seeds(seeds)
    made = json.loads(_docre.train(given, is_table, _texts("set", set), seeds, bool(resume), place))
    if seeds:
        return TrainedSeeds(made["run"], made["summary"], made["runs"])
    return Trained(made["run"], made["model"], made["dev"])


def compare(
    rows: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    run: str | os.PathLike[str] | None = None,
    seeds: Iterable[int] = (),
    baseline: str | None = None,
    set: Iterable[str] = (),
    only: Iterable[str] = (),
    results_only: bool = False,
    offline: bool = False,
    progress: Progress = None,
) -> Comparison:
    """Trains the rows of a comparison, as far as they aren't done, and puts them side by side.

    Args:
        rows: A file that describes a comparison, or several recipes and models' folders.
        run: The folder of all runs; ``runs/NAME`` where nothing else is said.
        seeds: Trains every row with these seeds.
        baseline: The row that the others' gain is measured against.
        set: Changes settings of every row's recipe.
        only: Does the runs of these rows alone.
        results_only: Trains nothing.
        offline: Uses only encoders that are on this machine.
        progress: Who is told how it goes; see `docre.Progress`.
    """
    settings = _settings(seeds, baseline, set)
    place = _place(run, offline, progress)
    only = _texts("only", only)
    results, markdown = _docre.compare(_paths(rows), settings, only, bool(results_only), place)
    results = json.loads(results)
    return Comparison(results.pop("run"), results, markdown)


def evaluate(
    judged: Model | str | os.PathLike[str],
    truth: str | os.PathLike[str],
    *,
    train: str | os.PathLike[str] | None = None,
    end_to_end: bool = False,
    progress: Progress = None,
) -> dict[str, Any]:
    """Scores a model, or predictions, by labelled documents, as the official evaluation does.

    Args:
        judged: A model or its folder, or a result file (``.json``).
        truth: The labelled documents.
        train: The training documents, whose facts Ign F1 ignores.
        end_to_end: Scores also what a model finds in the documents' text alone.
        progress: Who is told how it goes; see `docre.Progress`.

    Returns:
        ``precision``, ``recall``, ``f1``, ``ign_f1`` and more, fractions, with all ``counts``.
    """
    name = judged.name if isinstance(judged, Model) else os.fspath(judged)
    seen = None if train is None else os.fspath(train)
    if os.path.isfile(name):
        if end_to_end:
            raise SettingError("end_to_end: is for models, and a result file is given")
        scores = _docre.evaluate_predictions(name, os.fspath(truth), seen)
    else:
        tell = teller(progress)
        scores = _docre.evaluate_model(name, os.fspath(truth), seen, bool(end_to_end), tell)
    told: dict[str, Any] = json.loads(scores)
    return told


def _table(recipe: Mapping[str, Any]) -> str:
    try:
        return json.dumps(_without_none(recipe), allow_nan=False, default=os.fspath)
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingError(f"recipe: can't be TOML: {error}") from None


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_none(one) for key, one in value.items() if one is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(one) for one in value]
    return value


def _place(run: object, offline: bool, progress: Progress) -> dict[str, Any]:
    folder = None if run is None else os.fspath(run)  # type: ignore[call-overload]
    return {"run": folder, "offline": bool(offline), "progress": teller(progress)}


def _settings(seeds: Iterable[int], baseline: str | None, set: Iterable[str]) -> dict[str, Any]:
    return {"seeds": _seeds(seeds), "baseline": baseline, "overrides": _texts("set", set)}


def _paths(rows: Any) -> list[str]:
    if isinstance(rows, (str, os.PathLike)):
        return [os.fspath(rows)]
    return [os.fspath(row) for row in rows]


def _texts(name: str, given: Iterable[str]) -> list[str]:
    if isinstance(given, str):
        raise TypeError(f"{name} is a list of texts, not a text")
    return list(given)


def _seeds(given: Iterable[int]) -> list[int]:
    seeds = list(given)
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"a seed is a whole number, not {type(seed).__name__}")
        if not 0 <= seed < 1 << 63:
            raise SettingError(f"seeds: {seed} should be 0 or more, and less than 2 to the 63rd")
    return seeds
