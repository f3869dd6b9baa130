"""Computes an existing copy of the model's values again and says how far they are apart.

    python check_model.py GOLDEN ENCODER
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from encoder import step_of
from model_values import Model
from preprocess import load_tokenizer, preprocess

NAMES = ("name", "source")


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    assert one.shape == other.shape, (one.shape, other.shape)
    return (one.double() - other.double()).abs().max().item()


def numbers_apart(one: dict, other: dict) -> float:
    """The largest relative difference of two objects of numbers, of those above 1e-12."""
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    large = [key for key in one if abs(other[key]) > 1e-12]
    return max(abs(one[key] - other[key]) / abs(other[key]) for key in large)


def check_document(name: str, stored: dict, found, files: dict) -> None:
    hidden, attention, tensors, entry = found
    want = files["encoder"][f"{name}/last_hidden_state"]
    print(f"{name}: hidden state {apart(hidden, want):.1e}")
    for key, want in files["encoder"].items():
        if key.startswith(f"{name}/attention"):
            print(f"  {key}: {apart(attention[:, :: step_of(key)], want):.1e}")
    for key, want in files["atlop"].items():
        if key.startswith(f"{name}/"):
            print(f"  {key}: {apart(tensors.pop(key.removeprefix(f'{name}/')), want):.1e}")
    assert not tensors, f"not stored: {list(tensors)}"
    for key in ("atl_loss", "logit_std", "predicted_labels_threshold_rule", "pairs"):
        print(f"  {key}: {abs(entry[key] - stored[key]):.1e}")
    for key in ("grad_l2_norms", "encoder_grad_l2_norms"):
        assert (entry[key] is None) == (stored[key] is None), key
        if stored[key]:
            print(f"  {key}: {numbers_apart(entry[key], stored[key]):.1e} (relative)")
    print(f"  a run in 32 bits: {entry['float32_run_max_abs_difference']}")
    print(f"  stored:           {stored['float32_run_max_abs_difference']}")


def main(golden: Path, folder: Path) -> None:
    documents = json.loads((golden / "preprocess.json").read_text())["documents"]
    head = json.loads((golden / "atlop.json").read_text())
    columns = json.loads((golden / "metrics/rel2id.json").read_text())
    files = {name: load_file(golden / f"{name}.safetensors") for name in ("encoder", "atlop")}
    weights = {
        key.removeprefix("weights/"): value
        for key, value in files["atlop"].items()
        if key.startswith("weights/")
    }
    model = Model(folder, weights, head["block_size"], columns)
    tokenizer = load_tokenizer(folder)
    for stored, entry in zip(documents, head["documents"]):
        prepared = preprocess(stored["document"], stored["max_seq_length"], tokenizer)
        expected = {key: value for key, value in stored.items() if key not in NAMES}
        assert prepared == expected, f"{stored['name']} isn't preprocessed so"
        steps = entry["encoder_grad_l2_norms"] is not None
        found = model.values(prepared, entry["grad_l2_norms"] is not None, steps)
        check_document(stored["name"], entry, found, files)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
