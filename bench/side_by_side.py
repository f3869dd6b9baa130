#!/usr/bin/env python3
"""docre beside the PyTorch peer: the same documents, one after the other, in one go.

Each round runs docre and the peer in turn for every row of the table; the ratios are taken
within a round, and their median is printed with the medians of the numbers. Only the
standard library is needed; the peer brings its own Python with torch, transformers and
safetensors.

    python3 bench/side_by_side.py --peer PATH/peer_atlop.py --peer-python PATH/bin/python
"""

import argparse
import json
import statistics
import sys

import runs

ROWS = [
    (mode, encoder, precision)
    for encoder in ("minilm", "base")
    for mode in ("train", "infer")
    for precision in ("f32", "bf16")
]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="the peer's script")
    parser.add_argument("--peer-python", default="python3", help="a Python with its packages")
    parser.add_argument("--docre", default="target/release/docre")
    parser.add_argument("--minilm", default=".encoders/minilm", help="the encoder's folder")
    parser.add_argument("--data", default="data/re-docred/dev.json")
    parser.add_argument("--rel", default="data/meta/rel2id.json")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--docs", type=int, default=24, help="documents of a measurement")
    parser.add_argument("--base-docs", type=int, default=12, help="the same for BERT-base")
    parser.add_argument("--only", nargs="*", default=[], metavar="ROW",
                        choices=["/".join(row) for row in ROWS], help="such as train/minilm/f32")
    return parser.parse_args()


def commands(args, mode, encoder, precision):
    docs = args.docs if encoder == "minilm" else args.base_docs
    shared = ["--data", args.data, "--rel", args.rel, "--docs", str(docs), "--mode", mode]
    which = ["--encoder", args.minilm]
    if encoder == "base":
        which = ["--encoder", "random-base", "--tokenizer", args.minilm]
    docre = [args.docre, "bench", *which, *shared, "--precision", precision, "--json"]
    peer = [args.peer_python, args.peer, "speed", *which, *shared]
    return docre, peer + (["--bf16"] if precision == "bf16" else [])


def main():
    args = options()
    rows = [row for row in ROWS if not args.only or "/".join(row) in args.only]
    measured = {row: [] for row in rows}
    for number in range(args.rounds):
        for row in rows:
            docre, peer = commands(args, *row)
            pair = json.loads(runs.output(docre)), json.loads(runs.output(peer))
            if pair[0]["products"] == "f32" and row[2] == "bf16":
                print("this CPU has no bfloat16 products: docre used float32", file=sys.stderr)
            measured[row].append(pair)
            rates = " / ".join(f"{one['docs_per_s']:.2f}" for one in pair)
            print(f"round {number + 1}, {'/'.join(row)}: {rates}", file=sys.stderr)
    print("| work | products of docre | docre, documents/s | peer, documents/s | ratio (each round) "
          "| docre, MB | peer, MB | memory | of the product rate |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row, pairs in measured.items():
        median = lambda key, which: statistics.median(pair[which][key] for pair in pairs)
        ratios = [ours["docs_per_s"] / theirs["docs_per_s"] for ours, theirs in pairs]
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        ours, theirs = median("peak_mb", 0), median("peak_mb", 1)
        share = 100 * median("matmul_share", 0)
        print(f"| {' '.join(row)} | {pairs[0][0]['products']} | {median('docs_per_s', 0):.2f} | {median('docs_per_s', 1):.2f} "
              f"| **{statistics.median(ratios):.2f}** ({each}) | {ours:.0f} | {theirs:.0f} "
              f"| {ours / theirs:.2f} | {share:.0f} % |")


if __name__ == "__main__":
    main()
