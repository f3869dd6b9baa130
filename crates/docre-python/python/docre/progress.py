"""Shows how long work goes: a line that changes, on a terminal or in a notebook."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Union

Progress = Union[bool, None, Callable[[dict[str, Any]], object]]
"""Who is told how long work goes. None shows a line on a terminal and in a notebook, True always,
False never; a function is called with each event, a dict whose ``event`` says what it is: ``note``,
``warning``, ``part``, ``step``, ``documents`` or ``scored``."""


def teller(progress: Progress) -> Callable[[str], object] | None:
    """What the library calls with each event, as JSON."""
    if callable(progress):
        return lambda event: progress(json.loads(event))
    if progress not in (None, True, False):
        raise TypeError("progress is True, False, None or a function that takes a dict")
    display = _notebook()
    if progress is False or (progress is None and display is None and not sys.stderr.isatty()):
        return None
    line = Line(display or _terminal)
    return lambda event: line.tell(json.loads(event))


class Line:
    """A line that says what goes on now. Evaluations and notes stay."""

    def __init__(self, show: Callable[[str, bool], object]) -> None:
        self._show = show

    def tell(self, event: dict[str, Any]) -> None:
        """Shows an event."""
        text = in_words(event)
        self._show(text, event["event"] not in ("step", "documents"))


def in_words(event: dict[str, Any]) -> str:
    """An event for people."""
    match event["event"]:
        case "step":
            rate = f"{event['documents_per_second']:.1f} documents/s"
            left = f"{round(event['seconds_left'])} s left"
            return f"{_step(event)}  loss {event['loss']:.4f}  {rate}  {left}"
        case "documents":
            return f"{event['what']}: {event['done']} of {event['all']}"
        case "scored":
            best = ", the best so far" if event["best"] else ""
            return f"{_step(event)}: dev F1 {100 * event['f1']:.2f}{best}"
        case _:
            return str(event["text"])


def _step(event: dict[str, Any]) -> str:
    return f"step {event['step']} of {event['total_steps']}"


def _terminal(text: str, stays: bool) -> None:
    print(f"\r\033[K{text}", end="\n" if stays else "", file=sys.stderr, flush=True)


def _notebook() -> Callable[[str, bool], object] | None:
    """Shows a line in the output of a notebook's cell, if this is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    handle = display({"text/plain": ""}, raw=True, display_id=True)

    def show(text: str, stays: bool) -> None:
        if stays:
            display({"text/plain": text}, raw=True)
        handle.update({"text/plain": text}, raw=True)

    return show
