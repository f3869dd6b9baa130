"""The rows and seeds of a comparison as tasks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ray

from .. import _docre, runs

TRIES = 3
"""How often a run goes on where a lost worker left it."""


def compare(
    rows: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    run: str | os.PathLike[str] | None = None,
    seeds: Iterable[int] = (),
    baseline: str | None = None,
    set: Iterable[str] = (),
    threads: int = 1,
    offline: bool = False,
) -> runs.Comparison:
    """`docre.compare`, each row and seed a task of its own.

    The machines must share the current folder, in which recipes, data and runs lie. A run of a lost
    worker goes on from its last checkpoint. The arguments are those of `docre.compare`; a task has so
    many `threads`.
    """
    paths, settings = runs._paths(rows), runs._settings(seeds, baseline, set)
    place = runs._place(run, offline, False)
    listed = json.loads(_docre.compare_list(paths, settings, place))
    left = [one for one in listed if one["state"] != "done"]
    asked: dict[str, Any] = {"run": run, "baseline": baseline, "set": list(settings["overrides"]), "offline": offline}
    task = ray.remote(num_cpus=threads, max_retries=TRIES)(_one)
    here = str(Path.cwd())
    ray.get([task.remote(here, paths, one, settings["seeds"], asked, threads) for one in left])
    return runs.compare(
        paths, run=run, seeds=settings["seeds"], baseline=baseline, set=asked["set"],
        results_only=True, offline=offline, progress=False,
    )


def _one(
    folder: str, rows: list[str], one: dict[str, Any], seeds: list[int], asked: dict[str, Any],
    threads: int,
) -> None:
    """Does the run of a row and a seed."""
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    os.chdir(folder)
    seeds = seeds if one["seed"] is None else [one["seed"]]
    runs.compare(rows, only=[one["row"]], seeds=seeds, progress=False, **asked)
