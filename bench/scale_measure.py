"""What one core does, and what Ray adds: the measurements of docs/scale.md. Needs the wheel, and Ray for
its part; reads the texts of documents that docre reads.

    python bench/scale_measure.py core DATA [--precision int8]   # documents a second, words, memory
    python bench/scale_measure.py command DATA                   # the same by the command line
    python bench/scale_measure.py ray DATA                       # one and two workers of one thread
    python bench/scale_measure.py dispatch                       # Ray's time for a block, without work

Prints one JSON object a measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def texts(data: str, most: int) -> list[str]:
    """The texts of documents."""
    import docre

    documents = docre.read(data, lenient=True)[:most]
    return [one.text or " ".join(" ".join(s) for s in one.sentences) for one in documents]


def tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


def core(options: argparse.Namespace) -> None:
    """One thread, or as many as the environment says."""
    import docre

    given = texts(options.data, options.most)
    model = docre.load(precision=options.precision)
    model.extract(given[:4])
    for _ in range(options.rounds):
        begun = time.perf_counter()
        results = model.extract(given, on_error="skip")
        seconds = time.perf_counter() - begun
        tell(
            what="python", threads=os.environ.get("RAYON_NUM_THREADS"), precision=options.precision,
            documents=len(given), words=sum(len(text.split()) for text in given),
            facts=len(results.facts), seconds=round(seconds, 2),
            documents_per_second=round(len(given) / seconds, 2),
            peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )


def command(options: argparse.Namespace) -> None:
    """The command line on the same texts, without what it needs to begin and to load the model."""
    given = texts(options.data, options.most)
    with tempfile.TemporaryDirectory() as folder:
        files = {"one": given[:1], "all": given}
        for name, part in files.items():
            lines = [json.dumps({"title": f"t{at}", "text": text}) for at, text in enumerate(part)]
            Path(folder, f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

        def seconds(name: str) -> float:
            program = options.program or [sys.executable, "-m", "docre"]
            begun = time.perf_counter()
            subprocess.run(
                [*program, "extract", "--precision", options.precision, f"{folder}/{name}.jsonl",
                 "--output", f"{folder}/{name}-facts.jsonl"],
                check=True, capture_output=True,
            )
            return time.perf_counter() - begun

        for _ in range(options.rounds):
            alone, all_ = seconds("one"), seconds("all")
            tell(what="command", documents=len(given), seconds=round(all_, 2), start=round(alone, 2),
                 documents_per_second=round((len(given) - 1) / (all_ - alone), 2))


def on_ray(options: argparse.Namespace) -> None:
    """A Parquet file by `docre.ray`, with one worker and with two of one thread each."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import ray

    import docre.ray

    given = texts(options.data, options.most)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "texts.parquet")
        pq.write_table(pa.table({"text": given}), source)
        for round_ in range(options.rounds):
            for workers in (1, 2):
                into = Path(folder, f"{round_}-{workers}")
                done = docre.ray.extract_files(
                    source, into, workers=workers, block=options.block, precision=options.precision
                )
                written = sorted(part.stat().st_mtime for part in into.glob("part-*"))
                # From the first written block to the last: without the start of the workers.
                steady = written[-1] - written[0]
                tell(what="ray", workers=workers, documents=done.documents, block=options.block,
                     facts=done.facts, seconds=round(done.seconds, 2), steady=round(steady, 2),
                     steady_documents_per_second=round(
                         (done.documents - workers * options.block) / steady, 2))
    ray.shutdown()


class Nothing:
    """A worker that does nothing."""

    def __call__(self, batch: object) -> object:
        return batch


def dispatch(options: argparse.Namespace) -> None:
    """What Ray Data needs for a block."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    for count in (200, 1_000, 1_000):
        data = ray.data.from_items([{"x": at} for at in range(count)], override_num_blocks=count)
        begun = time.perf_counter()
        data.map_batches(Nothing, batch_format="pyarrow", batch_size=1, concurrency=2, num_cpus=1).count()
        tell(what="dispatch", blocks=count, seconds=round(time.perf_counter() - begun, 2))
    ray.shutdown()


def main() -> None:
    """Measures what was named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["core", "command", "ray", "dispatch"])
    parser.add_argument("data", nargs="?")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--block", type=int, default=16)
    parser.add_argument("--program", nargs="*", help="the program docre, in place of python -m docre")
    options = parser.parse_args()
    {"core": core, "command": command, "ray": on_ray, "dispatch": dispatch}[options.what](options)


if __name__ == "__main__":
    main()
