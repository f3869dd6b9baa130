"""Writes `preprocess.json`, `encoder.safetensors`, `atlop.safetensors` and `atlop.json`.

    python make_model.py CORPUS ENCODER GOLDEN

CORPUS is a folder with the corpus in DocRED's form, GOLDEN the folder to write to; it has
`metrics/rel2id.json`.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import corpus
from encoder import step_of
from model_values import Model
from preprocess import MARKER, load_tokenizer, preprocess

SHORT = "Halvorsen to run Ostara Seeds"
MEDIUM = "Phở in a paper cone"
LONG = "Down the Oulanga by raft"
JOINED = [
    "On the air: Game Five as Radio Cibao heard it",
    "The coal islands that belong to everyone a little",
]
WHOLE = 1024
WIDTH, BLOCK = 128, 32
SEED = 20260
CHECKED = (
    "the values of an earlier copy, which check_model.py gives too and which were checked against "
    "wzhouad/ATLOP (DocREModel, process_long_input and read_docred run in float64)"
)

# Which of the attention's rows are stored, and how.
ATTENTION = {
    "doc0": ("attention", torch.float32),
    "doc1": ("attention_every_4th_query", torch.float32),
    "doc2": ("attention_every_16th_query", torch.float16),
    "doc3": ("attention_every_16th_query", torch.float16),
    "doc4": ("attention_every_16th_query", torch.float16),
    "doc5": ("attention_every_4th_query", torch.float32),
}
WITH_NORMS = ("doc0", "doc1", "doc2")
WITH_STEPS = ("doc0",)


def cut_at_a_mention(document: dict, tokenizer) -> int:
    """The smallest length of two windows at which a mention starts exactly at the cut, and
    another entity has fallen out whole."""
    spans = preprocess(document, WHOLE, tokenizer)["entity_pos"]
    starts = sorted(span[0] for entity in spans for span in entity)
    for start in starts:
        length = start + 2
        out = [entity for entity in spans if all(span[0] + 1 >= length for span in entity)]
        if length > 512 and out:
            return length
    raise ValueError("no such cut")


def cut_inside_a_mention(document: dict, tokenizer) -> int:
    """The length at which the text ends inside the mention in the middle of all."""
    spans = preprocess(document, WHOLE, tokenizer)["entity_pos"]
    ordered = sorted(span for entity in spans for span in entity)
    start, end = ordered[len(ordered) // 2]
    return (start + end) // 2 + 2


def documents(folder: Path, tokenizer) -> list[dict]:
    texts = corpus.read(folder)
    both = corpus.joined([texts[title] for title in JOINED])
    chosen = [
        (SHORT, texts[SHORT], WHOLE),
        (MEDIUM, texts[MEDIUM], WHOLE),
        (LONG, texts[LONG], WHOLE),
        ("two documents joined", both, WHOLE),
        ("the same, cut", both, cut_at_a_mention(both, tokenizer)),
        ("the first, cut", texts[SHORT], cut_inside_a_mention(texts[SHORT], tokenizer)),
    ]
    return [
        {"name": f"doc{number}", "source": source} | preprocess(document, length, tokenizer)
        for number, (source, document, length) in enumerate(chosen)
    ]


def random_weights(hidden: int, classes: int) -> dict[str, torch.Tensor]:
    """Weights of 16 bits, wide enough for logits that differ."""
    generator = torch.Generator().manual_seed(SEED)

    def normal(scale: float, *shape: int) -> torch.Tensor:
        return (torch.randn(shape, generator=generator) * scale).half()

    weights = {}
    for side in ("head", "tail"):
        weights[f"{side}_extractor.weight"] = normal(0.04, WIDTH, 2 * hidden)
        weights[f"{side}_extractor.bias"] = normal(0.02, WIDTH)
    weights["bilinear.weight"] = normal(0.05, classes, WIDTH * BLOCK)
    weights["bilinear.bias"] = normal(0.02, classes)
    return weights


def stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    types = {"labels": torch.uint8, "atl_per_pair": torch.float64}
    return tensor.to(types.get(name, torch.float32)).contiguous()


def main(folder: Path, encoder: Path, golden: Path) -> None:
    tokenizer = load_tokenizer(encoder)
    prepared = documents(folder, tokenizer)
    special = {"marker": MARKER, "cls": "[CLS]", "sep": "[SEP]"}
    ids = {f"{key}_id": tokenizer.token_to_id(token) for key, token in special.items()}
    corpus.write(golden / "preprocess.json", {"marker": MARKER} | ids | {"documents": prepared})

    columns = json.loads((golden / "metrics/rel2id.json").read_text())
    hidden_size = json.loads((encoder / "config.json").read_text())["hidden_size"]
    weights = random_weights(hidden_size, len(columns))
    model = Model(encoder, weights, BLOCK, columns)
    outputs, values, entries = {}, {f"weights/{key}": weight for key, weight in weights.items()}, []
    for document in prepared:
        name = document["name"]
        found = model.values(document, name in WITH_NORMS, name in WITH_STEPS)
        hidden, attention, tensors, entry = found
        rows, kind = ATTENTION[name]
        outputs[f"{name}/last_hidden_state"] = hidden.float()
        outputs[f"{name}/{rows}"] = attention[:, :: step_of(rows)].to(kind).contiguous()
        values |= {f"{name}/{key}": stored(key, tensor) for key, tensor in tensors.items()}
        entries.append({"name": name} | entry)
    save_file(outputs, golden / "encoder.safetensors")
    save_file(values, golden / "atlop.safetensors")
    head = {
        "emb_size": WIDTH,
        "block_size": BLOCK,
        "num_classes": len(columns),
        "pair_order": "h-major: for h in 0..n, for t in 0..n, t != h",
        "checked_against": CHECKED,
        "documents": entries,
    }
    (golden / "atlop.json").write_text(json.dumps(head, indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
