"""``python -m docre.ray FROM INTO``: the facts of a folder, on Ray."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from ..errors import Error
from ..model import BUILT_IN
from .folder import extract_files


def main() -> int:
    """Runs over what was named, and says what was done."""
    options = vars(_parser().parse_args())
    as_json = options.pop("json")
    try:
        done = extract_files(options.pop("source"), options.pop("into"), **options)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(asdict(done)))
    else:
        rate = done.documents / max(done.seconds, 1e-9)
        print(
            f"{done.documents} documents read, {done.skipped} skipped, {done.facts} facts found in "
            f"{done.seconds:.1f} s ({rate:.1f} a second); {done.before} blocks done before"
        )
    return 2 if done.skipped else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m docre.ray", description=__doc__)
    parser.add_argument("source", help="a folder of texts or Parquet files, or one of these")
    parser.add_argument("into", help="the folder that results go to; the same command goes on")
    parser.add_argument("--model", default=BUILT_IN, help="a model's folder")
    parser.add_argument("--text", default="text", help="the column with the texts")
    parser.add_argument("--title", help="the column with the titles")
    parser.add_argument("--min-score", type=float, help="leave out facts with a lower score")
    parser.add_argument("--precision", default="f32", help="f32, bf16 or int8")
    parser.add_argument("--workers", type=int, default=1, help="how many actors")
    parser.add_argument("--threads", type=int, default=1, help="the threads of each")
    parser.add_argument("--block", type=int, default=256, help="the most documents of a block")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
