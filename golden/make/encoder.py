"""MiniLM's output for a document, also for one of more than 512 word pieces."""

from pathlib import Path

import torch
from transformers import BertModel

LONGEST = 512


def load_encoder(folder: Path, dtype=torch.float64) -> BertModel:
    encoder = BertModel.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", add_pooling_layer=False
    )
    return encoder.eval()


def encode(encoder: BertModel, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """The last hidden state [L, H] and the last layer's attention [heads, L, L]."""
    if len(ids) <= LONGEST:
        return run(encoder, ids)
    return two_windows(encoder, ids)


def run(encoder: BertModel, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    output = encoder(input_ids=torch.tensor([ids]), output_attentions=True)
    return output.last_hidden_state[0], output.attentions[-1][0]


def two_windows(encoder: BertModel, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """The first 511 ids and [SEP], [CLS] and the last 511 ids, put together again."""
    inside, length = LONGEST - 1, len(ids)
    first_hidden, first_attention = run(encoder, ids[:inside] + ids[-1:])
    last_hidden, last_attention = run(encoder, ids[:1] + ids[-inside:])
    front, back = slice(0, inside), slice(length - inside, length)

    hidden = first_hidden.new_zeros(length, first_hidden.shape[1])
    covered = first_hidden.new_zeros(length, 1)
    hidden[front] += first_hidden[:-1]
    hidden[back] += last_hidden[1:]
    covered[front] += 1
    covered[back] += 1

    attention = first_attention.new_zeros(first_attention.shape[0], length, length)
    attention[:, front, front] += first_attention[:, :-1, :-1]
    attention[:, back, back] += last_attention[:, 1:, 1:]
    sums = attention.sum(-1, keepdim=True)
    return hidden / (covered + 1e-10), attention / (sums + 1e-10)


def step_of(name: str) -> int:
    """Every how many queries a tensor's rows stand: `attention_every_4th_query`."""
    part = name.split("/")[-1]
    return 1 if part == "attention" else int(part.split("_")[2].removesuffix("th"))
