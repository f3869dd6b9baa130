"""Training, scoring and comparing."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import docre
from conftest import CORPUS

DEV = str(CORPUS / "work" / "dev")


def recipe(tmp_path, **schedule):
    """A recipe that trains the package's model on two documents."""
    train = tmp_path / "train.jsonl"
    docre.write(train, docre.read(CORPUS / "work" / "train")[:2])
    return {
        "name": "two",
        "start": "docre-small",
        "data": {"train": str(train), "dev": str(train)},
        "encoder": {"from": "minilm"},
        "finder": {},
        "loss": {"kind": "atl"},
        "schedule": {"epochs": 2, "batch": 2} | schedule,
    }


def test_a_recipe_trains_a_model(tmp_path):
    events = []
    made = docre.train(recipe(tmp_path), run=tmp_path / "run", progress=events.append)
    assert made.dev["f1"] >= 0
    kinds = {event["event"] for event in events}
    assert {"step", "scored"} <= kinds
    assert [event["step"] for event in events if event["event"] == "step"][-1] == 2
    model = made.load()
    assert len(model.extract(docre.read(tmp_path / "train.jsonl"))) == 2
    scores = docre.evaluate(model, tmp_path / "train.jsonl")
    assert scores["f1"] == pytest.approx(made.dev["f1"])


def test_what_is_wrong_with_a_recipe_is_named(tmp_path):
    wrong = recipe(tmp_path) | {"loss": {"kind": "atlas"}}
    with pytest.raises(docre.SettingError, match="atlas"):
        docre.train(wrong, run=tmp_path / "run")
    with pytest.raises(docre.SettingError, match="did you mean"):
        docre.train("quickstartt", run=tmp_path / "run")
    with pytest.raises(docre.MissingFileError):
        docre.train("nowhere.toml", run=tmp_path / "run")
    with pytest.raises(docre.SettingError, match="epochs"):
        docre.train(recipe(tmp_path), run=tmp_path / "run", set=["schedule.epochs=many"])
    assert not (tmp_path / "run").exists()


def test_what_the_listener_raises_stops_the_run(tmp_path):
    def listen(event):
        if event["event"] == "step":
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        docre.train(recipe(tmp_path, epochs=50), run=tmp_path / "run", progress=listen)
    assert (tmp_path / "run" / "checkpoint.json").exists()


def test_a_model_and_predictions_are_scored(tmp_path, model):
    scores = docre.evaluate(model, DEV)
    assert set(scores) >= {"precision", "recall", "f1", "ign_f1", "counts"}
    predicted = [
        {"title": result.title, "h_idx": fact.head.index, "t_idx": fact.tail.index,
         "r": fact.relation.id, "score": fact.score, "evidence": list(fact.evidence)}
        for result in model.extract(docre.read(DEV))
        for fact in result
    ]
    (tmp_path / "result.json").write_text(json.dumps(predicted))
    again = docre.evaluate(tmp_path / "result.json", DEV)
    assert again["f1"] == pytest.approx(scores["f1"])
    with pytest.raises(docre.FileError):
        docre.evaluate("nowhere", DEV)


PROGRAM = """
import sys, docre
try:
    docre.train(sys.argv[1], run=sys.argv[2], progress=lambda e: print(e["event"], flush=True))
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_saves_and_stops_and_the_run_goes_on(tmp_path):
    lines = "".join(toml_lines(recipe(tmp_path, epochs=6)))
    (tmp_path / "recipe.toml").write_text(lines)
    arguments = [sys.executable, "-c", PROGRAM, "recipe.toml", "run"]
    running = subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        if line.startswith("step"):
            break
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=60)
    assert rest.splitlines()[-1] == "stopped" and running.returncode == 0
    assert time.monotonic() - begun < 30
    made = docre.train(tmp_path / "recipe.toml", run=tmp_path / "run", resume=True, progress=False)
    whole = docre.train(tmp_path / "recipe.toml", run=tmp_path / "whole", progress=False)
    weights = [(tmp_path / run / "model" / "model.safetensors").read_bytes() for run in ("run", "whole")]
    assert weights[0] == weights[1] and made.dev == whole.dev


def toml_lines(table):
    """A recipe as TOML; JSON's values are TOML's here."""
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{key} = {json.dumps(value)}\n"
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"[{key}]\n"
            yield from (f"{name} = {json.dumps(one)}\n" for name, one in value.items())


def test_rows_are_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text("".join(toml_lines(recipe(tmp_path, epochs=1))))
    (tmp_path / "losses.toml").write_text(
        'name = "losses"\nbase = "base.toml"\nseeds = [66]\n'
        '[[rows]]\nname = "ATL"\n[[rows]]\nname = "CMM"\nset.loss = { kind = "cmm" }\n'
    )
    compared = docre.compare("losses.toml", progress=False)
    assert [row["name"] for row in compared.results["rows"]] == ["ATL", "CMM"]
    assert "ATL" in compared.markdown and str(compared) == compared._repr_markdown_()
    assert docre.compare("losses.toml", results_only=True).markdown == compared.markdown

