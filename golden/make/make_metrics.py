"""Writes `truth`, `train`, `predictions` and `expected` of `metrics/`.

    python make_metrics.py DEV TRAIN GOLDEN

DEV and TRAIN are folders with the two halves of the corpus in DocRED's form.
"""

import json
import random
import sys
from pathlib import Path

import check_metrics
import corpus

SEED = 66
EVERY = 2  # of the training documents
WITHOUT_EVIDENCE = 0.4  # of the gold facts
DROPPED, WRONG, REPEATED = 0.3, 0.2, 0.015
UNKNOWN = "A title that no document has"


def without_some_evidence(documents: list[dict], draw: random.Random) -> list[dict]:
    """Annotators of other sets often gave none, so here too some facts have none."""
    for document in documents:
        for label in document["labels"]:
            if draw.random() < WITHOUT_EVIDENCE:
                label["evidence"] = []
    return documents


def entry(title: str, fact: tuple, evidence: list[int] | None) -> dict:
    head, tail, relation = fact
    found = {"title": title, "h_idx": head, "t_idx": tail, "r": relation}
    return found if evidence is None else found | {"evidence": evidence}


def some_evidence(document: dict, gold: list[int], draw: random.Random) -> list[int] | None:
    """Most of the gold sentences and now and then another; a quarter of the entries has none."""
    if draw.random() < 0.25:
        return None
    sentences = [sentence for sentence in gold if draw.random() < 0.8]
    if draw.random() < 0.3:
        sentences.append(draw.randrange(len(document["sents"])))
    return list(dict.fromkeys(sentences))


def wrong_facts(document: dict, relations: list[str], draw: random.Random) -> list[tuple]:
    """Facts that don't hold: half of them on pairs that have another relation."""
    gold = [(label["h"], label["t"], label["r"]) for label in document["labels"]]
    wrong = []
    while len(wrong) < round(WRONG * len(gold)):
        pair = draw.sample(range(len(document["vertexSet"])), 2)
        if draw.random() < 0.5:
            pair = draw.choice(gold)[:2]
        fact = (*pair, draw.choice(relations))
        if fact not in gold and fact not in wrong:
            wrong.append(fact)
    return wrong


def predictions(documents: list[dict], relations: list[str], draw: random.Random) -> list[dict]:
    entries = []
    for document in documents:
        for label in document["labels"]:
            if draw.random() >= DROPPED:
                evidence = some_evidence(document, label["evidence"], draw)
                fact = (label["h"], label["t"], label["r"])
                entries.append(entry(document["title"], fact, evidence))
        for fact in wrong_facts(document, relations, draw):
            entries.append(entry(document["title"], fact, some_evidence(document, [], draw)))
    for repeated in draw.sample(entries, round(REPEATED * len(entries))):
        entries.append(repeated | ({"evidence": [0]} if draw.random() < 0.6 else {}))
    for number in range(5):
        fact = (number, (number + 1) % 6, relations[7 * number])
        entries.append(entry(UNKNOWN, fact, [0]))
    draw.shuffle(entries)
    return entries


def main(dev: Path, train: Path, golden: Path) -> None:
    draw = random.Random(SEED)
    columns = json.loads((golden / "metrics/rel2id.json").read_text())
    relations = sorted((name for name in columns if columns[name] > 0), key=columns.get)
    truth = without_some_evidence(list(corpus.read(dev).values()), draw)
    seen = list(corpus.read(train).values())[::EVERY]
    corpus.write(golden / "metrics/truth.json", truth)
    corpus.write(golden / "metrics/train.json", seen)
    corpus.write(golden / "metrics/predictions.json", predictions(truth, relations, draw))
    expected = check_metrics.read(golden)
    (golden / "metrics/expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
