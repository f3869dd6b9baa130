"""Facts of a truth, a training set and a prediction file: (title, head, tail, relation)."""

from collections import Counter


def pairs_of_relation(facts: set) -> set:
    """The (title, head, tail) of facts."""
    return {fact[:3] for fact in facts}


def facts_of(document: dict) -> list[tuple]:
    return [(document["title"], fact["h"], fact["t"], fact["r"]) for fact in document["labels"]]


class Truth:
    """Documents with their facts."""

    def __init__(self, documents: list[dict]):
        self.documents = {document["title"]: document for document in documents}
        self.facts = {fact for document in documents for fact in facts_of(document)}
        self.evidence = {}
        for document in documents:
            for fact, label in zip(facts_of(document), document["labels"]):
                self.evidence.setdefault(fact, set()).update(label["evidence"])
        sizes = [len(document["vertexSet"]) for document in documents]
        self.pairs = sum(size * (size - 1) for size in sizes)

    def names(self, title: str, entity: int) -> set[str]:
        return {mention["name"] for mention in self.documents[title]["vertexSet"][entity]}

    def distance(self, fact: tuple) -> int:
        """How many sentences apart the closest mentions of the fact's entities are."""
        title, head, tail, _ = fact
        entities = self.documents[title]["vertexSet"]
        sentences = [{m["sent_id"] for m in entities[entity]} for entity in (head, tail)]
        return min(abs(one - other) for one in sentences[0] for other in sentences[1])


class Train:
    """What a training set tells."""

    def __init__(self, documents: list[dict]):
        own = Truth(documents)
        self.documents = len(documents)
        self.facts = own.facts
        self.counts = Counter(fact[3] for fact in own.facts)
        self.seen = {
            (head, tail, relation)
            for title, h, t, relation in own.facts
            for head in own.names(title, h)
            for tail in own.names(title, t)
        }

    def has_seen(self, truth: Truth, fact: tuple) -> bool:
        """Whether some pair of names of the fact's entities has the relation in training."""
        title, h, t, relation = fact
        heads, tails = truth.names(title, h), truth.names(title, t)
        return any((head, tail, relation) in self.seen for head in heads for tail in tails)


class Predictions:
    """The distinct facts of a prediction file; an entry's first evidence counts."""

    def __init__(self, entries: list[dict], truth: Truth):
        self.entries = len(entries)
        self.evidence = {}
        for entry in entries:
            fact = (entry["title"], entry["h_idx"], entry["t_idx"], entry["r"])
            self.evidence.setdefault(fact, set(entry.get("evidence", ())))
        self.facts = set(self.evidence)
        self.known = {fact for fact in self.facts if fact[0] in truth.documents}
