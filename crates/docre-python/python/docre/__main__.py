"""The command line: ``python -m docre`` is ``docre``."""

from __future__ import annotations

import signal
import sys

from . import _docre


def main() -> None:
    """Runs the command line with what was typed, and ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # long commands listen by themselves
    sys.exit(_docre.run_command(["docre", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
