"""docre in a pipeline of spaCy: ``nlp.add_pipe("docre")``.

Facts come as ``doc._.facts``, and the mentions of each entity as a group of ``doc.spans``. The
entities are the Doc's own, or those that docre finds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans

from .document import Document
from .errors import SettingError
from .model import BUILT_IN, check, load
from .results import Result
from .types import Relation

STORED = "docre"
"""The key of `Doc.user_data` that facts are kept under, as plain lists, so that a Doc can be stored."""

TYPES = {
    "PERSON": "PER",
    "GPE": "LOC",
    "FAC": "LOC",
    "NORP": "MISC",
    "PRODUCT": "MISC",
    "EVENT": "MISC",
    "WORK_OF_ART": "MISC",
    "LAW": "MISC",
    "LANGUAGE": "MISC",
    "DATE": "TIME",
    "PERCENT": "NUM",
    "MONEY": "NUM",
    "QUANTITY": "NUM",
    "ORDINAL": "NUM",
    "CARDINAL": "NUM",
}
"""What the types of spaCy's English models are called in DocRED."""


@dataclass(frozen=True)
class DocFact:
    """A fact in a Doc.

    Attributes:
        head: The mentions of the head entity.
        relation: What holds.
        tail: The mentions of the tail entity.
        score: How sure the model is, between 0 and 1.
        evidence: The sentences that it rests on.
    """

    head: SpanGroup
    relation: Relation
    tail: SpanGroup
    score: float | None
    evidence: tuple[Span, ...]

    def __str__(self) -> str:
        return f"{self.head[0].text} - {self.relation} - {self.tail[0].text}"

    def __repr__(self) -> str:
        return f"<DocFact {self}>"


class DocrePipe:
    """The component. Its settings are those of `make_docre`."""

    def __init__(
        self,
        model: str,
        entities: str,
        min_score: float | None,
        batch: int,
        spans_prefix: str,
        types: dict[str, str],
        precision: str,
    ) -> None:
        if entities not in ("docre", "doc"):
            raise SettingError(f'entities: is {entities!r}, but should be "docre" or "doc"')
        check(min_score, batch, "raise")
        self._model = load(model, precision=precision)
        self._own = entities == "doc"
        self._min_score, self._batch = min_score, batch
        self._prefix, self._types = spans_prefix, types

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int | None = None) -> Iterator[Doc]:
        """Finds the facts of many Docs, a batch at a time."""
        docs = iter(docs)
        while batch := list(itertools.islice(docs, batch_size or self._batch)):
            read = [self._document(doc) for doc in batch]
            results = self._model.extract(read, min_score=self._min_score)
            for doc, result in zip(batch, results, strict=True):
                yield self._put(doc, result)

    def _document(self, doc: Doc) -> Document:
        if not self._own:
            return Document(doc.text, _title(doc))
        groups = _own_groups(doc, self._prefix)
        ents = [_place(span, self._types) for group in groups for span in group]
        spans = {
            f"coref_{index}": [_place(span, self._types) for span in group]
            for index, group in enumerate(groups)
        }
        words = [token for token in doc if not token.is_space]
        tokens = [{"start": word.idx, "end": word.idx + len(word)} for word in words]
        read = {"text": doc.text, "tokens": tokens, "ents": ents, "spans": spans}
        if not tokens:
            return Document(doc.text, _title(doc))
        if doc.has_annotation("SENT_START"):
            read["sents"] = _sentences(doc)
        return Document.from_dict(read | {"_": {"title": _title(doc)}})

    def _put(self, doc: Doc, result: Result) -> Doc:
        keys = [f"{self._prefix}_{entity.index}" for entity in result.entities]
        for key, entity in zip(keys, result.entities, strict=True):
            places = [(mention.start, mention.end) for mention in entity.mentions]
            spans = [_span(doc, start, end, entity.type) for start, end in places]
            doc.spans[key] = SpanGroup(doc, name=key, attrs={"type": entity.type}, spans=spans)
        if not self._own:
            doc.ents = filter_spans([span for key in keys for span in doc.spans[key]])
        sentences = _sentence_places(result)
        doc.user_data[STORED] = [
            {
                "head": keys[fact.head.index],
                "relation": [fact.relation.id, fact.relation.name],
                "tail": keys[fact.tail.index],
                "score": fact.score,
                "evidence": [sentences[sentence] for sentence in fact.evidence],
            }
            for fact in result.facts
        ]
        return doc


@Language.factory(
    "docre",
    default_config={
        "model": BUILT_IN,
        "entities": "docre",
        "min_score": None,
        "batch": 64,
        "spans_prefix": "coref_clusters",
        "types": TYPES,
        "precision": "f32",
    },
    assigns=["doc.spans", "doc._.facts"],
)
def make_docre(
    nlp: Language,
    name: str,
    model: str,
    entities: str,
    min_score: float | None,
    batch: int,
    spans_prefix: str,
    types: dict[str, str],
    precision: str,
) -> DocrePipe:
    """Makes the component.

    Args:
        nlp: The pipeline.
        name: The component's name in it.
        model: A model's folder, or the name of the one that comes with docre.
        entities: ``"docre"`` finds them in the text and sets ``doc.ents``; ``"doc"`` takes
            ``doc.ents``, joined by the groups of ``doc.spans`` whose names begin with `spans_prefix`,
            else by knowledge-base identifier, else by name and type.
        min_score: Leaves out facts with a lower score.
        batch: How many Docs are given to the model at a time by ``nlp.pipe``.
        spans_prefix: The groups of ``doc.spans`` are called ``PREFIX_0``, ``PREFIX_1`` ...
        types: What the types of ``doc.ents`` are called in the model.
        precision: Of matrix products: ``f32``, ``bf16`` or ``int8``.
    """
    return DocrePipe(model, entities, min_score, batch, spans_prefix, types, precision)


def _own_groups(doc: Doc, prefix: str) -> list[list[Span]]:
    """The Doc's entities, each with its mentions."""
    groups = [list(group) for name, group in doc.spans.items() if name.startswith(prefix)]
    places = {(span.start, span.end) for group in groups for span in group}
    labels = {(ent.start, ent.end): ent for ent in doc.ents}
    groups = [[labels.get((span.start, span.end), span) for span in group] for group in groups]
    by_name: dict[tuple[str, ...], list[Span]] = {}
    for ent in doc.ents:
        if (ent.start, ent.end) not in places:
            identifier = ent.kb_id_ or ent.ent_id_
            key = (identifier,) if identifier else (ent.text.casefold(), ent.label_)
            by_name.setdefault(key, []).append(ent)
    return [group for group in [*groups, *by_name.values()] if group]


def _place(span: Span, types: dict[str, str]) -> dict[str, Any]:
    label = types.get(span.label_, span.label_)
    place = {"start": span.start_char, "end": span.end_char, "label": label}
    return place | ({"kb_id": span.kb_id_} if span.kb_id_ else {})


def _sentences(doc: Doc) -> list[dict[str, int]]:
    """The sentences from their first to their last word."""
    words = [[token for token in sentence if not token.is_space] for sentence in doc.sents]
    places = [(all_[0].idx, all_[-1].idx + len(all_[-1])) for all_ in words if all_]
    return [{"start": start, "end": end} for start, end in places]


def _sentence_places(result: Result) -> list[tuple[int, int]]:
    return [(start, end) for start, end in result.to_dict().get("sentences") or []]


def _span(doc: Doc, start: int | None, end: int | None, label: str) -> Span:
    """The tokens of a place in the text; those that it cuts are taken whole."""
    assert start is not None and end is not None, "the text is known"
    span = doc.char_span(start, end, label=label, alignment_mode="expand")
    assert span is not None, "a mention lies in the Doc's text"
    return span


def _title(doc: Doc) -> str:
    title = doc.user_data.get("title")
    return title if isinstance(title, str) and title.strip() else "text"


def _facts(doc: Doc) -> list[DocFact]:
    def sentence(place: tuple[int, int]) -> Span:
        return _span(doc, *place, label="")

    return [
        DocFact(
            doc.spans[fact["head"]],
            Relation(*fact["relation"]),
            doc.spans[fact["tail"]],
            fact["score"],
            tuple(sentence(place) for place in fact["evidence"]),
        )
        for fact in doc.user_data.get(STORED, [])
    ]


if not Doc.has_extension("facts"):
    Doc.set_extension("facts", getter=_facts)
