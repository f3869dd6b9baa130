#!/usr/bin/env python3
"""The usual PyTorch loop for multi-label text classification: what docre's speed on texts is
measured against.

Hugging Face's AutoModelForSequenceClassification in float32, batches of 16 in random order
padded to their longest text, AdamW, a linear schedule, and gradients clipped at 1. Needs torch,
transformers and safetensors. Prints one JSON object; reading and tokenizing aren't counted.

    python bench/peer_texts.py --encoder .encoders/minilm --data train.tsv --texts 3200
"""

import argparse
import json
import pathlib
import random
import resource
import time

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer,
                          get_linear_schedule_with_warmup)


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True, help="a folder in Hugging Face's form")
    parser.add_argument("--data", required=True, help="a TSV in GoEmotions' form")
    parser.add_argument("--none", default="neutral", help="the label of the none class")
    parser.add_argument("--texts", type=int, default=3200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=66)
    return parser.parse_args()


def read(path, none, count):
    """Texts and labels as docre reads them: texts with the none class and another are left out."""
    names = pathlib.Path(path).with_name("labels.txt").read_text().split()
    labels = [name for name in names if name != none]
    texts, targets = [], []
    for line in pathlib.Path(path).read_text().splitlines():
        text, ids, _ = line.split("\t")
        found = {names[int(number)] for number in ids.split(",")}
        if none in found and len(found) > 1:
            continue
        texts.append(text)
        targets.append([float(label in found) for label in labels])
    return texts[:count], targets[:count]


def main():
    args = options()
    torch.manual_seed(args.seed)
    texts, targets = read(args.data, args.none, args.texts)
    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    ids = [tokenizer(text, truncation=True, max_length=512)["input_ids"] for text in texts]
    model = AutoModelForSequenceClassification.from_pretrained(
        args.encoder, num_labels=len(targets[0]), problem_type="multi_label_classification")
    model.train()
    order = list(range(len(texts)))
    random.Random(args.seed).shuffle(order)
    batches = [order[first:first + args.batch] for first in range(0, len(order), args.batch)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    schedule = get_linear_schedule_with_warmup(optimizer, len(batches) // 10, len(batches))

    begun = time.perf_counter()
    for batch in batches:
        padded = tokenizer.pad({"input_ids": [ids[place] for place in batch]}, return_tensors="pt")
        labels = torch.tensor([targets[place] for place in batch])
        loss = model(**padded, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    seconds = time.perf_counter() - begun
    print(json.dumps({
        "texts": len(texts),
        "seconds": seconds,
        "texts_per_s": len(texts) / seconds,
        "tokens_per_s": sum(map(len, ids)) / seconds,
        "loss": float(loss),
        "threads": torch.get_num_threads(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))


if __name__ == "__main__":
    main()
