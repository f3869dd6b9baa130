"""Splits the words of an existing copy of `encoders/*/tokenization.json` again.

    python check_words.py GOLDEN
"""

import json
import sys
from pathlib import Path

from words import token_lists


def main(golden: Path) -> None:
    for path in sorted(golden.glob("encoders/*/tokenization.json")):
        stored = json.loads(path.read_text())["lists"]
        found = token_lists(path.parent, [entry["words"] for entry in stored])
        for one, other in zip(found, stored):
            assert one.keys() == other.keys(), (path, one.keys() ^ other.keys())
        apart = {
            (key, word)
            for one, other in zip(found, stored)
            for key in one
            for word, a, b in zip(one["words"], one[key], other[key])
            if a != b
        }
        print(path.parent.name, len(stored), "lists,", sorted(apart) or "the same")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
