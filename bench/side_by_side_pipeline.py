#!/usr/bin/env python3
"""docre from plain text, from given mentions, and the usual PyTorch pipeline, in turn.

    python3 bench/side_by_side_pipeline.py --model MODEL --encoder .encoders/minilm --data dev.json \\
        --peer-python PATH/bin/python [--docre target/release/docre] [--rounds 3] [--precision bf16]

MODEL is a model of docre with a finder, on the encoder. Each round prints the documents a second of
each, without the time that a run on one document takes (loading), and the ratios; the last lines
are medians and peaks of memory.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


def timed(command):
    """Seconds and peak megabytes of a process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {status}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def rate(command, whole, one, count):
    """Documents a second and peak megabytes; what one document takes is taken off as loading."""
    loading, _ = timed([*command, one])
    seconds, peak = timed([*command, whole])
    return (count - 1) / (seconds - loading), peak


def write(folder, name, documents):
    (folder / f"{name}.json").write_text(json.dumps(documents))
    texts = folder / name
    texts.mkdir()
    for number, document in enumerate(documents):
        text = " ".join(" ".join(sentence) for sentence in document["sents"])
        (texts / f"{number:05}.txt").write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "encoder", "data", "peer-python"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--docre", default="target/release/docre")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="bf16", choices=["bf16", "f32"])
    options = parser.parse_args()
    documents = json.load(open(options.data))
    folder = pathlib.Path(tempfile.mkdtemp())
    write(folder, "all", documents)
    write(folder, "one", documents[:1])
    extract = [options.docre, "extract", "--model", options.model, "--precision", options.precision, "--json"]
    peer = [options.peer_python, "bench/text_pipeline_peer.py", "--encoder", options.encoder, "--data", options.data]
    peer += ["--bf16"] if options.precision == "bf16" else []
    rows = []
    for number in range(options.rounds):
        given, _ = rate(extract, folder / "all.json", folder / "one.json", len(documents))
        text, peak = rate(extract, folder / "all", folder / "one", len(documents))
        found = json.loads(subprocess.run(peer, check=True, capture_output=True, text=True).stdout)
        row = {
            "given": given, "text": text, "mb": peak,
            "peer": found["documents_per_second"], "peer_mb": found["peak_mb"],
        }
        rows.append(row)
        print(f"round {number + 1}: " + json.dumps({key: round(value, 1) for key, value in row.items()}))
    ratio = lambda of, to: [round(row[of] / row[to], 2) for row in rows]
    for name, of, to in [
        ("time from text by that from mentions", "given", "text"),
        ("documents a second by the peer's", "text", "peer"),
        ("memory by the peer's", "mb", "peer_mb"),
    ]:
        ratios = ratio(of, to)
        print(f"{name}: {statistics.median(ratios)} {ratios}")


if __name__ == "__main__":
    main()
