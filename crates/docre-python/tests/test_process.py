"""How the package behaves in a process: import, threads, signals, the command line."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import docre
from conftest import LIGHTHOUSE


def test_import_is_quick():
    code = "import time; t = time.perf_counter(); import docre; print(time.perf_counter() - t)"
    run = lambda: float(subprocess.check_output([sys.executable, "-c", code]))  # noqa: E731
    run()  # from the disk
    assert min(run() for _ in range(5)) < 0.3


def test_nothing_heavy_is_imported():
    code = "import sys, docre; print([m for m in ('numpy', 'pandas', 'pyarrow', 'ray', 'spacy') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_other_threads_run_meanwhile(model):
    """A thread that holds Python's lock for a millisecond at a time gets on while the model reads."""
    stop, turns = threading.Event(), []

    def count():
        while not stop.is_set():
            turns.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    begun = time.perf_counter()
    model.extract([LIGHTHOUSE] * 8)
    seconds = time.perf_counter() - begun
    stop.set()
    thread.join()
    turns = [turn for turn in turns if begun <= turn <= begun + seconds]
    assert len(turns) > 10 and max(b - a for a, b in zip(turns, turns[1:])) < max(0.5, seconds / 2)


def test_several_threads_use_one_model(model):
    expected = model.extract(LIGHTHOUSE).to_dict()
    found = []
    work = lambda: found.append(model.extract(LIGHTHOUSE).to_dict())  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


ENDLESS = """
import docre
model = docre.load()
text = open(__import__("sys").argv[1], encoding="utf-8").read()
print("ready", flush=True)
try:
    model.extract([text] * 100_000, batch=64)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_an_extraction(tmp_path):
    (tmp_path / "text.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    arguments = [sys.executable, "-c", ENDLESS, str(tmp_path / "text.txt")]
    running = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=60)
    assert rest == "stopped\n" and running.returncode == 0


def command(*arguments, **options):
    arguments = [sys.executable, "-m", "docre", *arguments]
    return subprocess.run(arguments, capture_output=True, text=True, **options)


def test_the_command_line():
    version = command("--version")
    assert version.returncode == 0 and version.stdout.strip() == f"docre {docre.__version__}"
    text = command("extract", "-", input="Anna Berg was born in Oslo.")
    assert text.returncode == 0 and "Oslo" in text.stdout
    wrong = command("stats", "nowhere.json")
    assert wrong.returncode == 2 and wrong.stderr.startswith("error: nowhere.json: cannot read")
    mistyped = command("extrct")
    assert mistyped.returncode == 2 and "extract" in mistyped.stderr
    option = command("extract", "x.txt", "--precision", "int9")
    assert option.returncode == 2


def test_the_script_is_there():
    script = os.path.join(os.path.dirname(sys.executable), "docre")
    if not os.path.exists(script):
        pytest.skip("the package isn't installed from a wheel")
    assert subprocess.run([script, "--version"], capture_output=True).returncode == 0
