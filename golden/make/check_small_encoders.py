"""Runs the small encoders of an existing copy of `encoders/` again.

    python check_small_encoders.py GOLDEN
"""

import json
import sys
from pathlib import Path

from safetensors.torch import load_file

from small_encoders import load, run

BY_TOKEN = ("last_hidden_state", "hidden_states")
BY_QUERY = ("attention_last", "attention_local")


def apart(name: str, one, other, mask) -> float:
    """How far two tensors are apart where there is a token."""
    assert one.shape == other.shape, (name, one.shape, other.shape)
    difference = (one.double() - other.double()).abs()
    if name in BY_TOKEN:
        difference = difference * mask.unsqueeze(-1)
    if name in BY_QUERY:
        difference = difference * mask[:, None, :, None]
    return difference.max().item()


def norms_apart(one: dict, other: dict) -> float:
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    none = [name for name in one if (one[name] is None) != (other[name] is None)]
    assert not none, none
    return max(abs(one[n] - other[n]) / (1 + other[n]) for n in one if one[n] is not None)


def main(golden: Path) -> None:
    for path in sorted(golden.glob("encoders/*/expected.safetensors")):
        stored = load_file(path)
        norms = json.loads((path.parent / "gradnorms.json").read_text())
        model, worst, seen = load(path.parent), {}, set()
        for batch in ("a", "b"):
            mask = stored[f"{batch}.attention_mask"]
            tensors, gradients = run(model, stored[f"{batch}.input_ids"], mask)
            for name, tensor in tensors.items():
                key = f"{batch}.{name}"
                if key in stored:
                    seen.add(key)
                    difference = apart(name, tensor, stored[key], mask)
                    worst[name] = max(worst.get(name, 0.0), difference)
            difference = norms_apart(gradients["grad_norms"], norms[batch]["grad_norms"])
            worst["norms"] = max(worst.get("norms", 0.0), difference)
        assert seen == stored.keys(), stored.keys() - seen
        shown = (f"{name} {value:.0e}" for name, value in worst.items() if value)
        print(path.parent.name, ", ".join(shown) or "the same")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
