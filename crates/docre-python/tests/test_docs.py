"""The examples of docs/python.md run, one after another as they stand there."""

import re
import shutil

import pytest

from conftest import CORPUS, PROJECT

PAGE = (PROJECT / "docs" / "python.md").read_text(encoding="utf-8")


def examples(section):
    """The examples of a section, by its heading."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(names, *sections):
    for section in sections:
        found = examples(section)
        assert found, section
        for example in found:
            exec(compile(example, section, "exec"), names)


def test_the_main_part_of_the_page(tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CORPUS, tmp_path / "corpus")
    sections = ["Facts from text", "Tables", "Files", "Train, score, compare", "What can be wrong"]
    run({}, *sections)


def test_spacy():
    pytest.importorskip("spacy")
    run({}, "spaCy")


def test_ray(ray_cluster):
    run({}, "Ray and Spark")


def test_no_example_is_left_out():
    sections = re.findall(r"^## (.*)\n", PAGE, re.MULTILINE)
    run_ones = {"Facts from text", "Tables", "Files", "Train, score, compare", "What can be wrong",
                "spaCy", "Ray and Spark"}
    assert {section for section in sections if examples(section)} == run_ones
