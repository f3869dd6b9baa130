"""Scores an existing copy of `metrics/` again and says where `expected.json` has other values.

    python check_metrics.py GOLDEN
"""

import json
import sys
from pathlib import Path

from facts import Predictions, Train, Truth
from metrics import evaluate


def read(golden: Path) -> dict:
    """The scores of the files that a folder holds."""
    load = lambda name: json.loads((golden / f"metrics/{name}.json").read_text())
    truth, columns = Truth(load("truth")), load("rel2id")
    relations = sorted((name for name in columns if columns[name] > 0), key=columns.get)
    predictions = Predictions(load("predictions"), truth)
    return evaluate(truth, predictions, Train(load("train")), relations)


def differences(found, expected, path: str = "") -> list[str]:
    if isinstance(expected, dict) and expected.keys() == found.keys():
        pairs = ((key, (found[key], expected[key])) for key in expected)
        return [d for key, (f, e) in pairs for d in differences(f, e, f"{path}/{key}")]
    if isinstance(expected, list) and len(expected) == len(found):
        pairs = enumerate(zip(found, expected))
        return [d for place, (f, e) in pairs for d in differences(f, e, f"{path}/{place}")]
    return [] if found == expected else [f"{path}: {found}, expected {expected}"]


if __name__ == "__main__":
    golden = Path(sys.argv[1])
    expected = json.loads((golden / "metrics/expected.json").read_text())
    found = differences(read(golden), expected)
    print("\n".join(found) or "the same values")
