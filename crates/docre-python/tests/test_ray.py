"""docre on a local Ray with two workers, some of them killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import docre
from conftest import LIGHTHOUSE

ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")

import pyarrow.parquet as pq  # noqa: E402

import docre.ray  # noqa: E402

PARTS = [part for part in LIGHTHOUSE.split("\n\n") if part.strip()]
TEXTS = [f"{part}\nNote {number}." for number in range(12) for part in PARTS]


def write_texts(folder, texts=TEXTS):
    table = pa.table({"id": [f"t{at}" for at in range(len(texts))], "body": texts})
    folder.mkdir()
    half = len(texts) // 2
    pq.write_table(table.slice(0, half), folder / "a.parquet", row_group_size=7)
    pq.write_table(table.slice(half), folder / "b.parquet")
    return table


def read_parts(folder):
    parts = sorted(folder.glob("part-*.parquet"))
    return pa.concat_tables([pq.read_table(part) for part in parts])


def expected(model, texts=TEXTS):
    """The facts of each text by entity, relation and entity, in order."""
    found = model.extract(docre.Document(text, title=f"t{at}") for at, text in enumerate(texts))
    return [sorted((f.head.index, f.relation.id, f.tail.index) for f in one) for one in found]


def in_order(row):
    return sorted((f["head_entity"], f["relation"], f["tail_entity"]) for f in row)


def facts(table):
    return [in_order(row) for row in table["facts"].to_pylist()]


def test_batches_of_a_data_set(ray_cluster, model):
    texts = [*TEXTS[:20], "", None]
    data = ray.data.from_arrow(pa.table({"body": texts, "id": [f"t{at}" for at in range(22)]}))
    found = data.map_batches(
        docre.ray.Extract, fn_constructor_kwargs={"text": "body", "title": "id"},
        batch_format="pyarrow", batch_size=5, concurrency=2, num_cpus=1,
    )
    rows = {row["title"]: row for row in found.take_all()}
    assert len(rows) == 22
    for at, ours in enumerate(expected(model, TEXTS[:20])):
        assert in_order(rows[f"t{at}"]["facts"]) == ours
    first = model.extract(TEXTS[0])
    entities = rows["t0"]["entities"]
    assert [entity["name"] for entity in entities] == [entity.name for entity in first.entities]
    assert entities[0]["mentions"][0]["start"] == first.entities[0].mentions[0].start
    assert rows["t20"]["error"] is None and rows["t20"]["facts"] == []
    assert "not a string" in rows["t21"]["error"] and rows["t21"]["facts"] == []


def test_a_folder_goes_on_where_it_was(ray_cluster, model, tmp_path):
    write_texts(tmp_path / "texts")
    ask = {"text": "body", "title": "id", "workers": 2, "block": 5}
    done = docre.ray.extract_files(tmp_path / "texts", tmp_path / "facts", **ask)
    assert done.documents == len(TEXTS) and done.skipped == 0 and done.before == 0
    table = read_parts(tmp_path / "facts")
    assert table["title"].to_pylist() == [f"t{at}" for at in range(len(TEXTS))]
    assert facts(table) == expected(model)
    lost = sorted((tmp_path / "facts").glob("part-*"))[1:4]
    kept = {part: part.stat().st_mtime_ns for part in (tmp_path / "facts").glob("part-*")}
    for part in lost:
        part.unlink()
    again = docre.ray.extract_files(tmp_path / "texts", tmp_path / "facts", **ask)
    assert (again.blocks, again.before) == (3, done.blocks - 3)
    assert read_parts(tmp_path / "facts").equals(table)
    assert all(part.stat().st_mtime_ns == time for part, time in kept.items() if part not in lost)
    with pytest.raises(docre.SettingError, match="was begun with block 5, not 6"):
        docre.ray.extract_files(tmp_path / "texts", tmp_path / "facts", **ask | {"block": 6})


def workers():
    """The processes that extract blocks."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True).stdout
    lines = [line.split(None, 1) for line in listed.splitlines()]
    return [int(pid) for pid, name in lines if "ray::" in name and "MapWorker" in name]


def test_killed_workers_lose_nothing(ray_cluster, model, tmp_path):
    texts = TEXTS * 4
    write_texts(tmp_path / "texts", texts)
    killed = []

    def kill():
        """Ends a worker each time that some more blocks are done."""
        while len(killed) < 2 and time.monotonic() < begun + 240:
            done = len(list((tmp_path / "facts").glob("part-*")))
            found = [pid for pid in workers() if pid not in killed]
            if found and done > 3 * len(killed) + 1:
                killed.append(found[0])
                os.kill(found[0], signal.SIGKILL)
            time.sleep(0.02)

    begun = time.monotonic()
    killer = threading.Thread(target=kill)
    killer.start()
    ask = {"text": "body", "title": "id", "workers": 2, "block": 3}
    done = docre.ray.extract_files(tmp_path / "texts", tmp_path / "facts", **ask)
    killer.join()
    assert len(killed) == 2, "both workers were to be killed"
    assert done.documents == len(texts)
    table = read_parts(tmp_path / "facts")
    assert table["title"].to_pylist() == [f"t{at}" for at in range(len(texts))]
    assert facts(table) == expected(model, texts)
    beside = [path for path in (tmp_path / "facts").iterdir() if path.name.startswith(".part")]
    assert len(beside) <= len(killed)


def test_the_script(ray_cluster, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    for at, part in enumerate(PARTS):
        (texts / f"{at}.txt").write_text(part, encoding="utf-8")
    address = ray.get_runtime_context().gcs_address
    command = [sys.executable, "-m", "docre.ray", str(texts), str(tmp_path / "out"), "--json"]
    environment = os.environ | {"RAY_ADDRESS": address}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["documents"] == len(PARTS)
    assert read_parts(tmp_path / "out")["title"].to_pylist() == [str(at) for at in range(len(PARTS))]
    wrong = subprocess.run(
        [sys.executable, "-m", "docre.ray", "nowhere", str(tmp_path / "x")],
        capture_output=True, text=True, env=environment,
    )
    assert wrong.returncode == 2 and "nowhere: isn't there" in wrong.stderr


def test_rows_and_seeds_are_tasks(ray_cluster, tmp_path, monkeypatch):
    from test_runs import recipe, toml_lines

    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text("".join(toml_lines(recipe(tmp_path, epochs=1))))
    (tmp_path / "losses.toml").write_text(
        'name = "losses"\nbase = "base.toml"\nseeds = [66, 67]\nbaseline = "ATL"\n'
        '[[rows]]\nname = "ATL"\n[[rows]]\nname = "CMM"\nset.loss = { kind = "cmm" }\n'
    )
    on_ray = docre.ray.compare("losses.toml", run="on-ray")
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")
    code = "import docre; print(docre.compare('losses.toml', run='alone', progress=False).markdown)"
    alone = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert scores(on_ray.markdown) == scores(alone.stdout)
    assert on_ray.markdown.count("ATL") and len(on_ray.results["rows"]) == 2


def scores(markdown):
    """The tables without what a run costs."""
    return [line for line in markdown.splitlines() if line.startswith("|") and "±" in line]
