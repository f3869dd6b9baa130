"""Writes `jerex.json` and `jerex.safetensors`.

    python make_jerex.py GOLDEN

Needs numpy and safetensors.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import jerex

HIDDEN, EMBEDDING, CLASSES, TYPES = 6, 3, 4, 3
TOKEN_DISTANCES, SENTENCE_DISTANCES, EDIT_DISTANCES, WIDTHS = 700, 50, 300, 5
SEED = 20261

# Mentions that touch, that overlap, and that are far from each other; the last entity has none.
DOCUMENT = {
    "tokens": 24,
    "mentions": [
        {"pieces": [1, 3], "words": [0, 1], "sentence": 0},
        {"pieces": [3, 4], "words": [1, 2], "sentence": 0},
        {"pieces": [6, 10], "words": [3, 6], "sentence": 0},
        {"pieces": [8, 10], "words": [5, 6], "sentence": 0},
        {"pieces": [17, 20], "words": [12, 14], "sentence": 2},
        {"pieces": [21, 22], "words": [15, 16], "sentence": 2},
    ],
    "entities": [[0, 4], [1], [2, 5], [3], []],
    "types": [0, 1, 0, 2, 1],
}


class Drawn:
    """Random numbers of 32 bits."""

    def __init__(self):
        self.random = np.random.default_rng(SEED)

    def normal(self, *shape, scale=0.5):
        return self.random.normal(0.0, scale, shape).astype(np.float32).astype(np.float64)

    def layer(self, name, inputs, outputs):
        return {f"{name}.weight": self.normal(outputs, inputs), f"{name}.bias": self.normal(outputs)}


def relation_case(name, logits_of, weights, drawn):
    """Logits, and the gradients of their sum with random factors."""
    hidden = drawn.normal(DOCUMENT["tokens"], HIDDEN, scale=1.0)
    logits = logits_of(hidden, DOCUMENT, weights)
    factors = drawn.normal(*logits.shape)
    used = {"hidden": hidden} | {n: w for n, w in weights.items() if "distances" not in n}
    gradients = jerex.differences(
        lambda: np.sum(logits_of(hidden, DOCUMENT, weights) * factors), used
    )
    return tensors(name, weights | {"hidden": hidden, "factors": factors}, {"logits": logits}, gradients)


def finder_case(name, value_of, weights, inputs):
    """Logits and a loss of them, with its gradients."""
    logits, loss = value_of()
    tables = ("widths", "distances")
    used = inputs | {n: w for n, w in weights.items() if n not in tables}
    gradients = jerex.differences(lambda: value_of()[1], used)
    return tensors(name, weights | inputs, {"logits": logits, "loss": np.array([loss])}, gradients)


def tensors(name, inputs, outputs, gradients):
    found = {f"{name}/{key}": x.astype(np.float32) for key, x in inputs.items()}
    found |= {f"{name}/{key}": x for key, x in outputs.items()}
    return found | {f"{name}/grad/{key}": x for key, x in gradients.items()}


def main(golden: Path) -> None:
    drawn = Drawn()
    types = {"types": drawn.normal(TYPES + 1, EMBEDDING)}
    output = drawn.layer("output", HIDDEN, CLASSES)
    values = relation_case(
        "global",
        jerex.global_logits,
        types | output | drawn.layer("entity_pair", 2 * HIDDEN + 2 * EMBEDDING, HIDDEN),
        drawn,
    )
    values |= relation_case(
        "multi_instance",
        jerex.multi_instance_logits,
        types
        | output
        | {
            "token_distances": drawn.normal(TOKEN_DISTANCES, EMBEDDING),
            "sentence_distances": drawn.normal(SENTENCE_DISTANCES, EMBEDDING),
        }
        | drawn.layer("mention_pair", 5 * HIDDEN + 2 * EMBEDDING, HIDDEN)
        | drawn.layer("entity_pair", HIDDEN + 2 * EMBEDDING, HIDDEN),
        drawn,
    )
    values |= finder_values(drawn)
    cases = {
        "document": DOCUMENT,
        "widths": FINDER["widths"],
        "is_mention": FINDER["is_mention"],
        "pairs": FINDER["pairs"],
        "edit_distances": FINDER["distances"],
        "same": FINDER["same"],
        "entity_types": FINDER["types"],
    }
    (golden / "jerex.json").write_text(json.dumps(cases, indent=1) + "\n")
    save_file(values, golden / "jerex.safetensors")


FINDER = {
    "widths": [1, 2, 5, 3, 1],
    "is_mention": [1, 1, 0, 0, 1],
    "pairs": [(0, 1), (1, 4), (0, 3), (2, 3)],
    "distances": [0, 7, 299, 3],
    "same": [1, 0, 0, 1],
    "types": [2, 0, 1, 2, 2],
}


def finder_values(drawn):
    states = drawn.normal(len(FINDER["widths"]), HIDDEN, scale=1.0)
    inputs = {"states": states}
    spans = {"widths": drawn.normal(WIDTHS, EMBEDDING)}
    spans |= drawn.layer("span", HIDDEN + EMBEDDING, HIDDEN + 1) | drawn.layer("score", HIDDEN + 1, 1)

    def of_spans():
        logits = jerex.span_logits(states, FINDER["widths"], spans)
        return logits, jerex.binary_loss(logits, np.array(FINDER["is_mention"]))

    pairs = {"distances": drawn.normal(EDIT_DISTANCES, EMBEDDING)}
    pairs |= drawn.layer("pair", 2 * HIDDEN + EMBEDDING, HIDDEN + 1) | drawn.layer("score", HIDDEN + 1, 1)

    def of_pairs():
        logits = jerex.coreference_logits(states, FINDER["pairs"], FINDER["distances"], pairs)
        return logits, jerex.binary_loss(logits, np.array(FINDER["same"]))

    types = drawn.layer("entity", HIDDEN, HIDDEN + 1) | drawn.layer("output", HIDDEN + 1, TYPES)

    def of_types():
        logits = jerex.type_logits(states, types)
        return logits, jerex.type_loss(logits, np.array(FINDER["types"]))

    values = finder_case("mentions", of_spans, spans, inputs)
    values |= finder_case("coreference", of_pairs, pairs, inputs)
    return values | finder_case("entity_types", of_types, types, inputs)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
