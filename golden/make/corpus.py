"""docre's own corpus in DocRED's form, as `docre convert` writes it."""

import json
from pathlib import Path

KEYS = ("title", "sents", "vertexSet", "labels")


def read(folder: Path) -> dict[str, dict]:
    """The documents of all files in a folder, by title, in the order of the files' names."""
    documents = {}
    for path in sorted(folder.rglob("*.json")):
        for document in json.loads(path.read_text()):
            documents[document["title"]] = {key: document[key] for key in KEYS}
    return documents


def joined(documents: list[dict]) -> dict:
    """One document of several."""
    whole = {
        "title": "joined: " + ", ".join(document["title"] for document in documents),
        "sents": [],
        "vertexSet": [],
        "labels": [],
    }
    for document in documents:
        sentences, entities = len(whole["sents"]), len(whole["vertexSet"])
        whole["sents"] += document["sents"]
        for entity in document["vertexSet"]:
            moved = [mention | {"sent_id": mention["sent_id"] + sentences} for mention in entity]
            whole["vertexSet"].append(moved)
        for fact in document["labels"]:
            evidence = [sentence + sentences for sentence in fact["evidence"]]
            ends = {"h": fact["h"] + entities, "t": fact["t"] + entities}
            whole["labels"].append(fact | ends | {"evidence": evidence})
    return whole


def write(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
