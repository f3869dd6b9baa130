#!/usr/bin/env python3
"""Trains what the tables of losses and relational encoders show, one run after another.

Call it as often as you like: a run that was stopped goes on where it stopped, and each
finished run is one line of bench/tables.jsonl, which is then skipped. The tables of
bench/TABLES.md are written anew from these lines after every run."""

import argparse
import functools
import pathlib
import statistics

import runs as shared

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "tables.jsonl"
PAGE = HERE / "TABLES.md"
RECIPE = "recipes/atlop-atl-minilm.toml"

GOLD = "gold"
NOISY = "noisy"
TITLES = {
    GOLD: "Gold labels: 400 training documents of Re-DocRED, 8 epochs",
    NOISY: "Noisy labels: 250 training documents with DocRED's labels, 8 epochs, gold dev",
}

CAP = {"rule": "threshold-class", "cap": 4}
ZERO = {"rule": "zero-threshold", "cap": 4}
LOSSES = {
    "ATL": ({"kind": "atl"}, CAP),
    "BCE": ({"kind": "bce"}, {"rule": "global-probability"}),
    "BCE, per-label thresholds": ({"kind": "bce"}, {"rule": "per-label-probability"}),
    "BCE, shifted": ({"kind": "bce", "shift": 0.05}, {"rule": "global-probability"}),
    "balanced softmax": ({"kind": "balanced-softmax"}, ZERO),
    "AML": ({"kind": "aml"}, CAP),
    "AFL": ({"kind": "afl"}, CAP),
    "NCRL": ({"kind": "ncrl"}, CAP),
    "PEMSCL": ({"kind": "pemscl"}, CAP),
    "SAT": ({"kind": "sat"}, CAP),
    "MeanSAT": ({"kind": "mean-sat"}, CAP),
    "HingeABL": ({"kind": "hinge-abl"}, CAP),
    "CMM": ({"kind": "cmm"}, CAP),
    "ARPDL": ({"kind": "arpdl"}, CAP),
}
SAMPLED = {"ratio": 0.1}
# Of what COMM searches (gamma 1 to 2, m 0.1 to 0.4), beside our defaults 1 and 0.1.
SEARCHED = {"CMM, m 0.4": {"m": 0.4}, "CMM, gamma 2": {"gamma": 2.0},
            "CMM, gamma 2, m 0.2": {"gamma": 2.0, "m": 0.2}}
PRIOR = {"level": "type-pair", "alpha": 1.2}


def loss(name, **terms):
    settings, decision = LOSSES[name]
    return {"loss": {**settings, **terms}, "decision": decision}


def rows():
    """Every run, the most telling first: (table, name, seed, settings)."""
    sampled = loss("PEMSCL", negative_sampling=SAMPLED)
    first = [(NOISY, "ATL", loss("ATL")), (NOISY, "PEMSCL, sampling 0.1", sampled),
             (NOISY, "CMM", loss("CMM"))]
    yield from ((table, name, 66, settings) for table, name, settings in first)
    for name, settings in SEARCHED.items():
        yield NOISY, name, 66, loss("CMM", **settings)
    for name in ["ATL", "CMM", "HingeABL", "ARPDL"]:
        yield GOLD, name, 66, loss(name)
    for name in LOSSES:
        for table in [GOLD, NOISY]:
            yield table, name, 66, loss(name)
    for name in ["AML", "AFL", "NCRL", "HingeABL"]:
        yield GOLD, f"{name} with prior", 66, loss(name, prior=PRIOR)
    for source in ["uniform", "random"]:
        yield GOLD, f"ATL, {source} prior", 66, loss("ATL", prior={**PRIOR, "source": source})
    adjusted = {**PRIOR, "form": "logit-adjusted"}
    yield GOLD, "ATL, logit-adjusted prior", 66, loss("ATL", prior=adjusted)
    for kind in ["docunet", "axial"]:
        for name in ["ATL", "CMM"]:
            yield GOLD, f"{name} on {kind}", 66, {**loss(name), "relation": {"kind": kind}}
    noisy = {"ATL": loss("ATL"), "PEMSCL, sampling 0.1": sampled,
             "CMM, gamma 2": loss("CMM", **SEARCHED["CMM, gamma 2"])}
    for seed in [67, 68]:
        for name, settings in noisy.items():
            yield NOISY, name, seed, settings
        for name in ["ATL", "HingeABL", "CMM", "ARPDL"]:
            yield GOLD, name, seed, loss(name)


def done(precision):
    """The rows of runs with products of one precision: a table doesn't mix them."""
    rows = (row for row in shared.lines(ROWS) if row["precision_of_products"] == precision)
    return {(row["table"], row["name"], row["seed"]): row for row in rows}


def train(table, name, seed, settings, options):
    """One run, begun or gone on with; its line. None if another call has added it meanwhile."""
    if (table, name, seed) in done(options.precision or "f32"):
        return None
    folder = options.runs / f"{table}-{name}-{seed}".replace(" ", "-").replace(",", "")
    changes = {"seed": seed, **settings, **({"precision": options.precision} if options.precision else {})}
    if table == NOISY:
        changes["data.train"] = str(options.original)
    scores, dev, minutes = shared.train(options.docre, RECIPE, folder, changes)
    return {
        "table": table, "name": name, "seed": seed,
        "f1": scores["f1"], "ign_f1": scores["ign_f1"], "precision": scores["precision"],
        "recall": scores["recall"], "ncre": scores["ncre"],
        "best_epoch": max(dev, key=lambda event: event["f1"])["epoch"], "last_f1": dev[-1]["f1"],
        "minutes": minutes, **shared.origin(), "precision_of_products": options.precision or "f32",
    }


def page(results, precision):
    text = ["# Losses and relational encoders, measured", "",
            "Written by `bench/tables.py` (see `bench/README.md`); every run is a line of",
            f"`bench/tables.jsonl`. MiniLM, batch 4, rates 5e-5 / 1e-4, products in {precision}; dev is",
            "the 100 documents of `data/re-docred/dev.json`, by which the best epoch is kept. Percent;",
            "± is the standard deviation over seeds; the gain is over ATL with the same seeds.", ""]
    for table, title in TITLES.items():
        kept = {}
        for (where, name, seed), row in results.items():
            if where == table:
                kept.setdefault(name, {})[seed] = row
        if not kept:
            continue
        text += [f"## {title}", "", "| loss | seeds | F1 | gain | Ign F1 | precision | recall | NCRE | best epoch |",
                 "|---|---|---|---|---|---|---|---|---|"]
        base = kept.get("ATL", {})
        for name, by_seed in sorted(kept.items(), key=lambda item: -mean_of(item[1], "f1")):
            seeds = sorted(by_seed)
            column = lambda key: shared.mean([by_seed[seed][key] for seed in seeds])
            common = [seed for seed in seeds if seed in base]
            gain = "" if not common or name == "ATL" else "{:+.2f}".format(100 * statistics.mean(
                by_seed[seed]["f1"] - base[seed]["f1"] for seed in common))
            ncre = [by_seed[seed]["ncre"] for seed in seeds]
            ncre = "" if None in ncre else f"{statistics.mean(ncre):.4f}"
            epochs = ", ".join(f"{by_seed[seed]['best_epoch']:g}" for seed in seeds)
            text.append(f"| {name} | {', '.join(map(str, seeds))} | {column('f1')} | {gain} | {column('ign_f1')} | "
                        f"{column('precision')} | {column('recall')} | {ncre} | {epochs} |")
        text.append("")
    PAGE.write_text("\n".join(text))


def mean_of(by_seed, key):
    return statistics.mean(row[key] for row in by_seed.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original", type=pathlib.Path, required=True,
                        help="the training file with DocRED's own labels")
    parser.add_argument("--docre", default="target/release/docre")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/tables"))
    parser.add_argument("--precision", help="precision of matrix products, such as bf16")
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at the same time")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="such as 'noisy/CMM/66'")
    parser.add_argument("--list", action="store_true", help="show what is done and what is left")
    options = parser.parse_args()
    precision = options.precision or "f32"
    results = done(precision)
    runs = {(table, name, seed): settings for table, name, seed, settings in rows()}
    if options.only:
        runs = {key: runs[key] for key in runs if "/".join(map(str, key)) in options.only}
    if options.list:
        for key in runs:
            print("done" if key in results else "left", *key, sep="\t")
        return
    page(results, precision)
    calls = [functools.partial(train, *key, settings, options)
             for key, settings in runs.items() if key not in results]
    for row in filter(None, shared.in_turn(calls, options.jobs)):
        shared.append(ROWS, row)
        page(done(precision), precision)
        print(f"{row['table']}, {row['name']}, {row['seed']}: F1 {100 * row['f1']:.2f}", flush=True)


main()
