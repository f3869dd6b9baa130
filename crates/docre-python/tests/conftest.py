"""What the tests share: the model of the package, and the project's own documents."""

import os
from pathlib import Path

import pytest

import docre

PROJECT = Path(__file__).resolve().parents[3]
CORPUS = PROJECT / "corpus"

LIGHTHOUSE = (CORPUS / "texts" / "lighthouse.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def model():
    return docre.load()


@pytest.fixture
def project(monkeypatch):
    """The project's folder as the current one, in which recipes name their data."""
    monkeypatch.chdir(PROJECT)
    return PROJECT


@pytest.fixture(scope="session")
def ray_cluster():
    ray = pytest.importorskip("ray")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()
