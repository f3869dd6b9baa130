"""What is shown while long work goes."""

import io
import json
import sys

import pytest

from docre import progress

STEP = {
    "event": "step", "step": 3, "total_steps": 9, "epoch": 0.5, "loss": 0.25,
    "documents_per_second": 12.0, "seconds_left": 4.4,
}
SCORED = STEP | {"event": "scored", "f1": 0.5, "best": True}


def test_a_line_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    tell = progress.teller(None)
    tell(json.dumps(STEP))
    tell(json.dumps(SCORED))
    shown = sys.stderr.getvalue()
    assert "step 3 of 9  loss 0.2500  12.0 documents/s  4 s left" in shown
    assert shown.endswith("step 3 of 9: dev F1 50.00, the best so far\n")


def test_quiet_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress.teller(None) is None and progress.teller(False) is None
    assert progress.teller(True) is not None


def test_a_notebook_has_one_line_that_changes(monkeypatch):
    shown, updated = [], []

    class Handle:
        def update(self, data, raw):
            updated.append(data["text/plain"])

    def display(data, raw, display_id=False):
        shown.append(data["text/plain"])
        return Handle()

    class Shell:
        kernel = object()

    ipython = type(sys)("IPython")
    ipython.get_ipython = Shell
    ipython.display = type(sys)("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    tell = progress.teller(None)
    tell(json.dumps(STEP))
    tell(json.dumps(SCORED))
    assert shown == ["", progress.in_words(SCORED)]
    assert updated == [progress.in_words(STEP), progress.in_words(SCORED)]


def test_what_cannot_be_told():
    with pytest.raises(TypeError, match="progress is True, False, None or a function"):
        progress.teller("loud")
