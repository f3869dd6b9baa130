"""What a document speaks of: mentions, entities, relations, facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text that names an entity.

    Attributes:
        text: What stands there.
        sentence: The sentence, from 0.
        start: The first character in the document's text, where the text is known:
            ``document.text[mention.start:mention.end] == mention.text``.
        end: The character behind the last.
    """

    text: str
    sentence: int
    start: int | None = None
    end: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that a document speaks of, once or more often.

    Attributes:
        index: Its place among the document's entities.
        name: The name of its first mention.
        type: Its type (``PER``, ``LOC`` ...), empty where it has none.
        mentions: Where it is mentioned.
        id: What a knowledge base calls it, where that is known.
    """

    index: int
    name: str
    type: str
    mentions: tuple[Mention, ...]
    id: str | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.type})" if self.type else self.name

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict, with its mentions as dicts."""
        return {
            "index": self.index,
            "name": self.name,
            "type": self.type,
            "id": self.id,
            "mentions": [mention.to_dict() for mention in self.mentions],
        }


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation by its identifier (``P27``) and its name (``country of citizenship``)."""

    id: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Fact:
    """A relation that holds, or is said to hold, between two entities.

    Attributes:
        head: The entity that it starts from.
        relation: What holds.
        tail: The entity that it leads to.
        score: How sure the model is, between 0 and 1; None for a labelled fact.
        evidence: The sentences that it rests on, from 0.
    """

    head: Entity
    relation: Relation
    tail: Entity
    score: float | None = None
    evidence: tuple[int, ...] = ()

    def __str__(self) -> str:
        score = "" if self.score is None else f"{self.score:.2f}  "
        return f"{score}{self.head.name} - {self.relation} - {self.tail.name}"

    def __repr__(self) -> str:
        return f"<Fact {self}>"

    def to_dict(self) -> dict[str, Any]:
        """The same as a flat dict, a row of a table."""
        return {
            "head_entity": self.head.index,
            "head": self.head.name,
            "head_type": self.head.type,
            "head_id": self.head.id,
            "relation": self.relation.id,
            "relation_name": self.relation.name,
            "tail_entity": self.tail.index,
            "tail": self.tail.name,
            "tail_type": self.tail.type,
            "tail_id": self.tail.id,
            "score": self.score,
            "evidence": list(self.evidence),
        }


def _entities(named: dict[str, Any]) -> tuple[Entity, ...]:
    return tuple(_entity(index, entity) for index, entity in enumerate(named["entities"]))


def _entity(index: int, entity: dict[str, Any]) -> Entity:
    mentions = tuple(_mention(mention) for mention in entity["mentions"])
    return Entity(index, entity["name"], entity["type"], mentions, entity.get("id"))


def _mention(mention: dict[str, Any]) -> Mention:
    start, end = mention.get("span") or (None, None)
    return Mention(mention["text"], mention["sentence"], start, end)


def _facts(named: dict[str, Any], entities: tuple[Entity, ...]) -> tuple[Fact, ...]:
    return tuple(_fact(fact, entities) for fact in named["facts"])


def _fact(fact: dict[str, Any], entities: tuple[Entity, ...]) -> Fact:
    head, tail = entities[fact["head"]["index"]], entities[fact["tail"]["index"]]
    relation = Relation(fact["relation"]["id"], fact["relation"]["name"])
    return Fact(head, relation, tail, fact["score"], tuple(fact["evidence"]))
