"""Scores of frequent and rare relations."""

from facts import Predictions, Train, Truth

# The ten relations that public code counts as frequent.
FIXED = ["P17", "P131", "P27", "P150", "P175", "P577", "P463", "P527", "P495", "P361"]


def ranking(train: Train, relations: list[str]) -> list[str]:
    """The relations by their number of training facts, most first, equal ones by number."""
    place = {relation: number for number, relation in enumerate(relations)}
    return sorted(relations, key=lambda relation: (-train.counts[relation], place[relation]))


def groups(truth: Truth, predictions: Predictions, train: Train, ranked: list, score) -> dict:
    """Each group's scores; `score` compares two sets of facts."""
    others = [relation for relation in ranked if relation not in FIXED]
    members = {
        "head_10": ranked[:10],
        "mid_76_ranks_11_86": ranked[10:86],
        "mid_66_ranks_11_76": ranked[10:76],
        "tail_20": ranked[76:],
        "tail_10": ranked[86:],
        "frequent_10": ranked[:10],
        "long_tail_86": ranked[10:],
        "frequent_10_fixed_list": FIXED,
        "long_tail_86_fixed_list": others,
    }

    def of_group(relations: list) -> dict:
        inside = lambda facts: {fact for fact in facts if fact[3] in relations}
        share = sum(train.counts[relation] for relation in relations) / len(train.facts)
        return score(inside(predictions.facts), inside(truth.facts)) | {"train_share": share}

    return {name: of_group(relations) for name, relations in members.items()}
