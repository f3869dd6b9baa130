"""What the scripts that fill tables share: a training run that goes on where it stopped, and a
file with a line for each finished one."""

import concurrent.futures
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import threading
import time


def toml(value):
    """A value as `--set` reads it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def output(command):
    """What a command prints; ends with what it complains about."""
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"error: {' '.join(command)} ended with {ended.returncode}:\n{ended.stderr}")
    return ended.stdout


def docre(binary, *arguments):
    """What a docre command prints as JSON."""
    ended = subprocess.run([str(part) for part in (binary, *arguments, "--json")],
                           stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        sys.exit(f"docre {arguments[0]} ended with code {ended.returncode}; call again to go on")
    return json.loads(ended.stdout)


def train(binary, recipe, folder, changes):
    """A run, begun or gone on with: its scores, its dev scores by epoch, and its minutes."""
    command = ["train", recipe, "--run", folder]
    for key, value in changes.items():
        command += ["--set", f"{key}={toml(value)}"]
    begun = (pathlib.Path(folder) / "recipe.toml").exists()
    scores = docre(binary, *command, *(["--resume"] if begun else []))["scores"]
    events = map(json.loads, (pathlib.Path(folder) / "metrics.jsonl").read_text().splitlines())
    dev = [event for event in events if event["event"] == "dev"]
    cost = json.loads((pathlib.Path(folder) / "cost.json").read_text())
    minutes = (cost["training_seconds"] + cost["evaluation_seconds"]) / 60
    return scores, dev, round(minutes, 1)


def in_turn(calls, jobs):
    """What each call gives, in the order in which they end; at most `jobs` run at the same time,
    each with its share of the cores. Several runs of one thread each get more done than one run
    of all threads, since none waits for another. After one that fails none begins."""
    failed = threading.Event()

    def begin(call):
        if failed.is_set():
            return None
        try:
            return call()
        except BaseException:
            failed.set()
            raise

    if jobs > 1:
        os.environ["RAYON_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // jobs))
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for ended in concurrent.futures.as_completed([pool.submit(begin, call) for call in calls]):
            yield ended.result()
    finally:
        pool.shutdown(cancel_futures=True)


def origin():
    """Where and when a row was measured."""
    version = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {"date": time.strftime("%Y-%m-%d"), "commit": version.stdout.strip(),
            "machine": platform.machine()}


def lines(path):
    """The finished rows of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append(path, row):
    """Adds a finished row to a file."""
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


def mean(fractions):
    """Fractions of several seeds in percent, with their standard deviation."""
    mean = f"{100 * statistics.mean(fractions):.2f}"
    return mean if len(fractions) == 1 else f"{mean} ± {100 * statistics.stdev(fractions):.2f}"
