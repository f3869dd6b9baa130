"""Scores of a prediction file, after the definitions in the README of the folder above."""

from facts import Predictions, Train, Truth, pairs_of_relation
from groups import groups, ranking

EPSILON = 1e-5
LONG_DISTANCE = 5


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def f1(precision: float, recall: float) -> float:
    return ratio(2 * precision * recall, precision + recall)


def scores(correct: int, predicted: int, gold: int) -> dict:
    precision, recall = ratio(correct, predicted), ratio(correct, gold)
    counts = {"correct": correct, "predicted": predicted, "gold": gold}
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)} | counts


def of_sets(predicted: set, gold: set) -> dict:
    return scores(len(predicted & gold), len(predicted), len(gold))


def ignoring(truth: Truth, predictions: Predictions, train: Train, epsilon: float) -> dict:
    """Precision without the correct facts that training tells; recall is the plain one."""
    correct = predictions.facts & truth.facts
    seen = sum(train.has_seen(truth, fact) for fact in correct)
    precision = ratio(len(correct) - seen, len(predictions.facts) - seen + epsilon)
    recall = ratio(len(correct), len(truth.facts))
    found = {"precision": precision, "recall": recall, "f1": f1(precision, recall)}
    return found | ({"correct_in_train": seen, "epsilon": epsilon} if epsilon else {})


def evidence(truth: Truth, predictions: Predictions, gold_from: int = 0) -> dict:
    predicted = sum(len(predictions.evidence[fact]) for fact in predictions.known)
    gold = gold_from + sum(len(sentences) for sentences in truth.evidence.values())
    both = predictions.known & truth.facts
    correct = sum(len(predictions.evidence[fact] & truth.evidence[fact]) for fact in both)
    return scores(correct, predicted, gold)


def by_distance(truth: Truth, predictions: Predictions, keep) -> dict:
    """The scores of facts whose pair's closest mentions are so many sentences apart."""
    near = lambda facts: {fact for fact in facts if keep(truth.distance(fact))}
    return of_sets(near(predictions.known), near(truth.facts))


def sides(facts: set, only_conclusions: bool = False) -> set:
    """The facts that are a side of a triangle of these facts: h to o, o to t, h to t."""
    pairs = pairs_of_relation(facts)
    tails = {}
    for title, head, tail in pairs:
        tails.setdefault((title, head), set()).add(tail)
    found = set()
    for title, head, middle in pairs:
        for tail in tails.get((title, middle), ()):
            if len({head, middle, tail}) == 3 and (title, head, tail) in pairs:
                two_hops = {(title, head, middle), (title, middle, tail)}
                found |= {(title, head, tail)} | (set() if only_conclusions else two_hops)
    return {fact for fact in facts if fact[:3] in found}


def infer(truth: Truth, predictions: Predictions, only_conclusions: bool) -> dict:
    gold = sides(truth.facts, only_conclusions)
    predicted = predictions.known
    counted = (predicted & gold) | sides(predicted, only_conclusions)
    return of_sets(counted, gold)


def errors_of_kinds(truth: Truth, predictions: Predictions) -> dict:
    predicted, gold = predictions.known, truth.facts
    predicted_pairs, gold_pairs = pairs_of_relation(predicted), pairs_of_relation(gold)
    correct = len(predicted & gold)
    wrong = sum(fact[:3] in gold_pairs for fact in predicted - gold)
    more = len(predicted - gold) - wrong
    missed = sum(fact[:3] not in predicted_pairs for fact in gold - predicted)
    kinds = {"correct": correct, "wrong": wrong, "missed": missed, "more": more}
    total = sum(kinds.values())
    shares = {f"{kind}_pct": ratio(100 * count, total) for kind, count in kinds.items()}
    return kinds | shares | {
        "gold_missed_on_pair_with_prediction": len(gold - predicted) - missed,
        "pairs_without_relation_in_both": truth.pairs - len(predicted_pairs | gold_pairs),
        "pairs": truth.pairs,
    }


def false_predictions(truth: Truth, predictions: Predictions) -> dict:
    predicted, gold = predictions.known, truth.facts
    missed = gold - predicted
    predicted_pairs = pairs_of_relation(predicted)
    pairs_with_wrong = pairs_of_relation(predicted - gold)
    fp, fn = len(predicted - gold), len(missed)
    fn_na = sum(fact[:3] not in predicted_pairs for fact in missed)
    return {
        "fp": fp,
        "fn": fn,
        "fn_na": fn_na,
        "fn_rel": fn - fn_na,
        "fn_na_ratio_pct": ratio(100 * fn_na, fp + fn),
        "fn_ratio_pct": ratio(100 * fn, fp + fn),
        "fn_rel_only_when_a_wrong_label_is_predicted": sum(
            fact[:3] in pairs_with_wrong for fact in missed
        ),
    }


def counts(truth: Truth, predictions: Predictions, train: Train) -> dict:
    return {
        "truth_documents": len(truth.documents),
        "train_documents": train.documents,
        "predictions_in_file": predictions.entries,
        "predictions_distinct": len(predictions.facts),
        "predictions_distinct_known_titles": len(predictions.known),
        "train_facts": len(train.seen),
    }


def evaluate(truth: Truth, predictions: Predictions, train: Train, relations: list[str]) -> dict:
    """All scores of `expected.json`."""
    without_epsilon = ignoring(truth, predictions, train, 0.0)
    conclusions = infer(truth, predictions, only_conclusions=True)
    triangles = sides(truth.facts)
    correct_sides = len(predictions.facts & triangles)
    ranked = ranking(train, relations)
    return {
        "re": of_sets(predictions.facts, truth.facts),
        "ign": ignoring(truth, predictions, train, EPSILON),
        "ign_without_epsilon": without_epsilon,
        "evidence": evidence(truth, predictions),
        "evidence_revised_script": evidence(truth, predictions, gold_from=1),
        "intra": by_distance(truth, predictions, lambda apart: apart == 0),
        "inter": by_distance(truth, predictions, lambda apart: apart >= 1),
        "inter_long": by_distance(truth, predictions, lambda apart: apart > LONG_DISTANCE),
        "infer_all_predictions": scores(correct_sides, len(predictions.facts), len(triangles)),
        "infer": infer(truth, predictions, only_conclusions=False),
        "infer_conclusions": conclusions,
        "groups": groups(truth, predictions, train, ranked, of_sets),
        "relation_ranking": [{"r": r, "train_count": train.counts[r]} for r in ranked],
        "errors_kd_table7": errors_of_kinds(truth, predictions),
        "errors_arpdl_table5": false_predictions(truth, predictions),
        "binary_kd_table8": of_sets(
            pairs_of_relation(predictions.known), pairs_of_relation(truth.facts)
        ),
        "binary_kd_table8_original": of_sets(predictions.known, truth.facts),
        "counts": counts(truth, predictions, train),
    }
