#!/usr/bin/env python3
"""Trains what the tables of emotions and dialogues show (NCRL, Tables 2 and 3, in small), one run
after another.

Call it as often as you like: a run that was stopped goes on where it stopped, and each finished
run is one line of bench/tasks.jsonl, which is then skipped. The tables of bench/TASKS.md are
written anew from these lines after every run."""

import argparse
import pathlib
import statistics

import runs

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "tasks.jsonl"
PAGE = HERE / "TASKS.md"
RECIPES = HERE.parent / "recipes"

EMOTIONS = "goemotions"
DIALOGUES = "dialogre"
LABELLED = "atlop-labelled"
LOSSES = {"BCE": "bce", "ATL": "atl", "NCRL": "ncrl"}


def rows(seeds):
    """Every run, the most telling first: (table, input, loss, seed, recipe)."""
    for seed in seeds:
        for loss in ("NCRL", "BCE", "ATL"):
            yield EMOTIONS, "text", loss, seed, f"ncrl/table3-{LOSSES[loss]}-goemotions-minilm.toml"
        for loss in ("NCRL", "BCE", "ATL"):
            yield DIALOGUES, "atlop", loss, seed, f"dialogre-atlop-{LOSSES[loss]}-minilm.toml"
        for loss in ("NCRL", "BCE", "ATL"):
            yield DIALOGUES, LABELLED, loss, seed, f"dialogre-atlop-{LOSSES[loss]}-minilm.toml"
        for loss in ("NCRL", "BCE", "ATL"):
            yield DIALOGUES, "bert-s", loss, seed, f"ncrl/table2-{LOSSES[loss]}-dialogre-minilm.toml"


def measure(table, way, loss, seed, recipe, options):
    folder = options.runs / f"{table}-{way}-{loss}-{seed}"
    suffix = "tsv" if table == EMOTIONS else "json"
    changes = {"seed": seed, "data.train": str(options.data / table / f"train.{suffix}"),
               "data.dev": str(options.data / table / f"dev.{suffix}")}
    if way == LABELLED:
        changes["data.pairs"] = "labelled"
    if options.epochs:
        changes["schedule.epochs"] = options.epochs
    if options.precision:
        changes["precision"] = options.precision
    scores, dev, minutes = runs.train(options.docre, RECIPES / recipe, folder, changes)
    row = {"table": table, "input": way, "loss": loss, "seed": seed, "recipe": recipe,
           "precision_of_products": options.precision or "f32",
           "epochs": round(dev[-1]["epoch"]), "minutes": minutes,
           "best_epoch": max(dev, key=lambda event: event["f1"])["epoch"],
           **{key: scores[key] for key in ("f1", "precision", "recall")}}
    if table == EMOTIONS:
        row["map"] = scores["map"]
    else:
        found = runs.docre(options.docre, "evaluate", "--model", folder / "model",
                           "--truth", changes["data.dev"], "--dialogues")["dialogues"]
        row |= {"f1": found["f1"], "precision": found["precision"], "recall": found["recall"],
                "f1c": found["conversational"]["f1"]}
    return row | runs.origin()


def table_of(rows, name, columns):
    kept = {}
    for row in rows:
        if row["table"] == name:
            kept.setdefault((row["input"], row["loss"]), []).append(row)
    if not kept:
        return []
    head = ["recipe", "input", "loss", "seeds", *columns, "precision", "recall", "epochs",
            "products", "minutes a run"]
    text = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    order = sorted(kept.items(), key=lambda item: (item[0][0], -statistics.mean(
        row[next(iter(columns.values()))] for row in item[1])))
    for (way, loss), found in order:
        column = lambda key: runs.mean([row[key] for row in found])
        seeds = ", ".join(str(row["seed"]) for row in found)
        cells = [f"`{found[0]['recipe'].removesuffix('.toml')}`", way, loss, seeds, *map(column, columns.values()), column("precision"),
                 column("recall"), str(found[0]["epochs"]),
                 found[0].get("precision_of_products", "f32"),
                 f"{statistics.mean(row['minutes'] for row in found):.0f}"]
        text.append("| " + " | ".join(cells) + " |")
    return text + [""]


def page(found):
    text = ["# Emotions and dialogues, measured", "",
            "Written by `bench/tasks.py` (see `bench/README.md`); every run is a line of",
            "`bench/tasks.jsonl`. MiniLM, the recipes named, trained on train, scored on dev, by which the",
            "best epoch (F1) is kept. Percent; ± is the standard deviation over seeds. Minutes are those",
            "of the clock, whatever else the machine did.", ""]
    emotions = table_of(found, EMOTIONS, {"mAP": "map", "F1": "f1"})
    if emotions:
        text += ["## GoEmotions (NCRL, Table 3)", "",
                 "mAP is the mean over the 27 emotions; texts with Neutral and an emotion are left out.", "",
                 *emotions]
    dialogues = table_of(found, DIALOGUES, {"F1": "f1", "F1c": "f1c"})
    if dialogues:
        text += ["## DialogRE v2 (NCRL, Table 2)", "",
                 "`atlop` reads a dialogue once, with all pairs of its arguments, and takes those that aren't",
                 "labelled for unrelated; `atlop-labelled` leaves them out (`data.pairs = \"labelled\"`);",
                 "`bert-s` reads it for each argument pair. F1 and F1c are those of the official evaluation,",
                 "over the labelled pairs.", "",
                 *dialogues]
    PAGE.write_text("\n".join(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="the folder that holds goemotions and dialogre")
    parser.add_argument("--docre", default="target/release/docre")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/tasks"))
    parser.add_argument("--seeds", type=int, nargs="*", default=[66, 67, 68])
    parser.add_argument("--epochs", type=int, help="in place of the recipe's")
    parser.add_argument("--precision", help="of matrix products, such as bf16")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="such as dialogre/atlop/BCE/66")
    parser.add_argument("--list", action="store_true", help="show what is done and what is left")
    options = parser.parse_args()
    key_of = lambda row: (row["table"], row["input"], row["loss"], row["seed"])
    for *key, recipe in rows(options.seeds):
        if options.only and "/".join(map(str, key)) not in options.only:
            continue
        finished = {key_of(row) for row in runs.lines(ROWS)}
        if options.list:
            print("done" if tuple(key) in finished else "left", *key, sep="\t")
        elif tuple(key) not in finished:
            row = measure(*key, recipe, options)
            runs.append(ROWS, row)
            page(runs.lines(ROWS))
            first = ("map" if key[0] == EMOTIONS else "f1c")
            print(f"{', '.join(map(str, key))}: F1 {100 * row['f1']:.2f}, "
                  f"{first} {100 * row[first]:.2f}", flush=True)
    if not options.list:
        page(runs.lines(ROWS))


main()
