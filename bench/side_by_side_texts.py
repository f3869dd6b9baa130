#!/usr/bin/env python3
"""docre beside the usual PyTorch loop on GoEmotions: the same texts, one after the other, in one
go. Both train one epoch in batches of 16; the time of training alone is compared, as ratio
within each round.

    python3 bench/side_by_side_texts.py --data PATH/goemotions/train.tsv --peer-python PATH/python
"""

import argparse
import json
import pathlib
import statistics
import sys
import tempfile

import runs

HERE = pathlib.Path(__file__).resolve().parent


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="GoEmotions' train.tsv, labels.txt beside it")
    parser.add_argument("--peer-python", default="python3", help="a Python with torch, transformers")
    parser.add_argument("--docre", default="target/release/docre")
    parser.add_argument("--minilm", default=".encoders/minilm", help="the encoder's folder")
    parser.add_argument("--texts", type=int, default=3200)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def docre(args):
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "data.train": json.dumps(args.data), "data.limit": args.texts,
            "encoder.from": json.dumps(args.minilm), "schedule.epochs": 1, "schedule.batch": 16,
        }
        changes = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        recipe = HERE / "goemotions-speed.toml"
        runs.output([args.docre, "train", str(recipe), "--run", f"{folder}/run", *changes])
        cost = json.loads(pathlib.Path(folder, "run", "cost.json").read_text())
    return {"texts_per_s": cost["documents"] / cost["training_seconds"],
            "peak_mb": cost["peak_megabytes"]}


def peer(args):
    command = [args.peer_python, str(HERE / "peer_texts.py"), "--encoder", args.minilm,
               "--data", args.data, "--texts", str(args.texts)]
    return json.loads(runs.output(command))


def main():
    args = options()
    pairs = []
    for number in range(args.rounds):
        pairs.append((docre(args), peer(args)))
        rates = " / ".join(f"{one['texts_per_s']:.1f}" for one in pairs[-1])
        print(f"round {number + 1}: {rates} texts/s", file=sys.stderr)
    ratios = [ours["texts_per_s"] / theirs["texts_per_s"] for ours, theirs in pairs]
    median = lambda key, which: statistics.median(pair[which][key] for pair in pairs)
    print("| docre, texts/s | peer, texts/s | ratio (each round) | docre, MB | peer, MB |")
    print("|---|---|---|---|---|")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"| {median('texts_per_s', 0):.1f} | {median('texts_per_s', 1):.1f} "
          f"| **{statistics.median(ratios):.2f}** ({each}) "
          f"| {median('peak_mb', 0):.0f} | {median('peak_mb', 1):.0f} |")


if __name__ == "__main__":
    main()
