"""Writes `tokenization.json`, `expected.safetensors` and `gradnorms.json` of `encoders/*`.

    python make_encoders.py CORPUS GOLDEN

The encoders, their tokenizers, the special ids, the lengths of the texts and the lists after the
first twenty stay as they are in GOLDEN.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import corpus
from sentences import COUNT, sentences
from small_encoders import load, run
from words import token_lists

# Of which sentence the texts of batch `a` and the text of batch `b` begin.
FIRST_OF_A, FIRST_OF_B = (0, 7), 18


def ids_from(lists: list[dict], first: int, length: int, special: dict) -> list[int]:
    """The special tokens and between them the ids of the sentences from one on, cut."""
    turned = lists[first:] + lists[:first]
    ids = [token for entry in turned for word in entry["ids"] for token in word]
    return [special["cls"], *ids[: length - 2], special["sep"]]


def batch(rows: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, rows))
    padded = [row + [pad] * (longest - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
    return torch.tensor(padded), torch.tensor(mask)


def outputs(folder: Path, lists: list[dict], special: dict) -> tuple[dict, dict]:
    """The tensors of both batches, those that are stored, and the gradients' norms."""
    stored = load_file(folder / "expected.safetensors")
    firsts = {"a": FIRST_OF_A, "b": (FIRST_OF_B,)}
    model, tensors, norms = load(folder), {}, {}
    for name in ("a", "b"):
        lengths = stored[f"{name}.attention_mask"].sum(1).tolist()
        rows = [ids_from(lists, *of, special) for of in zip(firsts[name], lengths)]
        found, norms[name] = run(model, *batch(rows, special["pad"]))
        tensors |= {f"{name}.{key}": tensor for key, tensor in found.items()}
    return {name: tensors[name] for name in stored}, norms


def main(folder: Path, golden: Path) -> None:
    chosen = sentences(corpus.read(folder))
    for path in sorted(golden.glob("encoders/*/tokenization.json")):
        stored = json.loads(path.read_text())
        more = [entry["words"] for entry in stored["lists"][COUNT:]]
        stored["lists"] = token_lists(path.parent, chosen + more)
        path.write_text(json.dumps(stored, ensure_ascii=False))
        own = stored["lists"][:COUNT]
        tensors, norms = outputs(path.parent, own, stored["special_ids"])
        save_file(tensors, path.parent / "expected.safetensors")
        (path.parent / "gradnorms.json").write_text(json.dumps(norms, indent=2))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
