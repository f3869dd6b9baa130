//! A document as an encoder reads it.

use std::ops::Range;

use super::marked::in_document;
use super::pairs::{self, ordered_place};
use super::spans::{MentionSpan, Spans};
use super::whole::whole;
use super::{EvidenceLabel, MarkedText, Markers, Ragged, Tokenizer, Warning, pairs::OrderedPair};
use crate::document::{Document, Entity, Fact, FactScope, RelationSet, near_pairs};
use crate::{Error, Result};

/// CLS and SEP.
const SPECIAL: usize = 2;

/// What the rows of an example's scores stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rows {
    /// Every ordered pair of different entities.
    #[default]
    AllPairs,
    /// Pairs of head and tail, ascending.
    Pairs(Vec<(usize, usize)>),
    /// All of the document: a text, or a text with the two entities that it is asked about. Such
    /// an example has neither entities nor sentences.
    Whole(WholeRow),
}

/// The one row of a document that is classified as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeRow {
    /// The head of its facts.
    pub head: usize,
    /// Their tail: the other entity that the text is asked about, or the head where it is a text
    /// alone.
    pub tail: usize,
    /// The place in [`Example::ids`] from which on they are of the second type: that of the
    /// first entity's name, or the end.
    pub second_part: usize,
}

/// A document's ids, where its entities are in them, and its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The document's title.
    pub title: String,
    /// CLS, the word pieces with markers, SEP.
    pub ids: Vec<u32>,
    /// For each entity the places in [`Example::ids`] of what stands for its mentions: their
    /// opening markers, or first word pieces; none for an entity whose mentions were all cut off.
    pub entities: Ragged,
    /// Where each of these mentions is, in the same order.
    pub spans: Vec<MentionSpan>,
    /// For each entity the number of its type among [`ExampleOptions::types`], or among those of
    /// the file, where [`read_labelled`](super::read_labelled) made the example; else none.
    pub types: Vec<u32>,
    /// For each sentence its places in [`Example::ids`], CLS and SEP not among
    /// them; empty for a sentence that was cut off.
    pub sentences: Vec<Range<usize>>,
    /// What its rows of scores stand for.
    pub rows: Rows,
    /// The labels, sorted, each once; `None` if the document is unlabelled.
    pub labels: Option<Vec<Label>>,
    /// The sentences that the labels name, sorted; none where they weren't asked for.
    pub evidence: Vec<EvidenceLabel>,
}

/// A relation that holds from one entity of an example to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The head entity.
    pub head: usize,
    /// The tail entity; the head only in a text that is classified alone.
    pub tail: usize,
    /// The relation's column in its [`RelationSet`], from 1.
    pub column: usize,
}

/// How documents become examples.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleOptions<'a> {
    /// The relations that give labels their columns; without them examples carry
    /// no labels, whatever the documents do.
    pub relations: Option<&'a RelationSet>,
    /// The most ids of an example, CLS and SEP included; `None` never cuts.
    pub max_length: Option<usize>,
    /// Whether examples keep the sentences that their labels name.
    pub evidence: bool,
    /// Whether documents are classified as wholes, and not their pairs.
    pub whole: bool,
    /// What the encoder is told of the mentions.
    pub markers: Markers,
    /// The entity types that have numbers; any other has the next one.
    pub types: Option<&'a [String]>,
    /// Leave out the pairs that weren't labelled
    /// ([`labelled_pairs`](crate::document::Document::labelled_pairs)).
    pub labelled_pairs: bool,
    /// Which facts count; all do where it is missing.
    pub scope: Option<&'a FactScope>,
    /// In documents with more entities only those pairs are looked at that are near each other, or
    /// mentioned most; `None` looks at all pairs.
    pub all_pairs_up_to: Option<usize>,
}

impl Example {
    /// Tokenizes and marks a document, cuts it if it must be cut, and finds its labels.
    ///
    /// Fails if a mention lies outside the text, or a fact names an unknown
    /// relation or entity.
    pub fn new(
        document: &Document,
        tokenizer: &Tokenizer,
        options: &ExampleOptions<'_>,
    ) -> Result<(Self, Vec<Warning>)> {
        if options.whole {
            return whole(document, tokenizer, options);
        }
        let text = MarkedText::with(options.markers, document, tokenizer)?;
        let kept = kept_pieces(text.pieces().len(), options.max_length)?;
        let mut warnings = text_cut(document, &text, kept);
        let spans = Spans::new(document, &text, options.markers, tokenizer, kept);
        let (entities, spans) = spans.of_document(document, &mut warnings);
        let labels = match (options.relations, &document.facts) {
            (Some(relations), Some(facts)) => {
                Some(labels(document, facts, relations, &mut warnings)?)
            }
            _ => None,
        };
        let wanted = options.relations.filter(|_| options.evidence);
        let mut example = Self {
            title: document.title.clone(),
            ids: with_special_tokens(&text.pieces()[..kept], tokenizer),
            entities,
            spans,
            types: options.types.map_or(Vec::new(), |known| types(&document.entities, known)),
            sentences: sentences(&text, kept),
            rows: near(document, pairs_of(document, options)?, options, &mut warnings).into(),
            labels,
            evidence: wanted.map_or(Vec::new(), |relations| {
                EvidenceLabel::of(document.labelled_facts(), |id| relations.column(id))
            }),
        };
        if let (Some(scope), Some(relations)) = (options.scope, options.relations) {
            let symmetric = |column: usize| {
                relations.relation(column).is_some_and(|relation| scope.is_symmetric(&relation.id))
            };
            example.turn_labels(symmetric);
            example.drop_labels_without_row();
        }
        Ok((example, warnings))
    }

    /// Adds the other direction of the labels whose columns are symmetric.
    pub(crate) fn turn_labels(&mut self, symmetric: impl Fn(usize) -> bool) {
        let Some(labels) = &mut self.labels else { return };
        let turned = labels.iter().filter(|label| symmetric(label.column));
        let turned: Vec<Label> = turned
            .map(|label| Label { head: label.tail, tail: label.head, column: label.column })
            .collect();
        let evidence = self.evidence.iter().filter(|label| symmetric(label.column));
        let evidence: Vec<_> = evidence.map(|label| label.turned()).collect();
        self.evidence.extend(evidence);
        self.evidence.sort_unstable();
        self.evidence.dedup();
        if !turned.is_empty() {
            labels.extend(turned);
            labels.sort_unstable();
            labels.dedup();
        }
    }

    /// Drops the labels of pairs that have no row.
    pub(crate) fn drop_labels_without_row(&mut self) {
        let Some(mut labels) = self.labels.take() else { return };
        labels.retain(|label| self.row(label.head, label.tail).is_some());
        self.labels = Some(labels);
        let mut evidence = std::mem::take(&mut self.evidence);
        evidence.retain(|label| self.row(label.head, label.tail).is_some());
        self.evidence = evidence;
    }

    /// The number of ids.
    pub fn length(&self) -> usize {
        self.ids.len()
    }

    /// The number of its rows of scores: `n (n - 1)` for all pairs of `n` entities.
    pub fn row_count(&self) -> usize {
        match &self.rows {
            Rows::AllPairs => self.entities.len() * self.entities.len().saturating_sub(1),
            Rows::Pairs(pairs) => pairs.len(),
            Rows::Whole(_) => 1,
        }
    }

    /// The row of a document that is classified as a whole.
    pub fn whole(&self) -> Option<&WholeRow> {
        match &self.rows {
            Rows::Whole(row) => Some(row),
            Rows::AllPairs | Rows::Pairs(_) => None,
        }
    }

    /// The ordered pair of each row, h-major; none of a whole.
    pub fn row_pairs(&self) -> Vec<OrderedPair> {
        let count = self.entities.len();
        let pair = |(head, tail): &(usize, usize)| OrderedPair::new(count, *head, *tail);
        match &self.rows {
            Rows::AllPairs => pairs::ordered(count).collect(),
            Rows::Pairs(pairs) => pairs.iter().map(pair).collect(),
            Rows::Whole(_) => Vec::new(),
        }
    }

    /// The row of the facts from one entity to another, if there is one; all of a whole's facts
    /// have the same.
    pub fn row(&self, head: usize, tail: usize) -> Option<usize> {
        match &self.rows {
            Rows::AllPairs => Some(ordered_place(self.entities.len(), head, tail)),
            Rows::Pairs(pairs) => pairs.binary_search(&(head, tail)).ok(),
            Rows::Whole(_) => Some(0),
        }
    }
}

impl From<Option<Vec<(usize, usize)>>> for Rows {
    /// Those of some pairs, or of all.
    fn from(pairs: Option<Vec<(usize, usize)>>) -> Self {
        pairs.map_or(Self::AllPairs, Self::Pairs)
    }
}

/// The pairs of a document with very many entities that are near each other; else the pairs as they
/// are.
fn near(
    document: &Document,
    pairs: Option<Vec<(usize, usize)>>,
    options: &ExampleOptions<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<Vec<(usize, usize)>> {
    if options.all_pairs_up_to.is_none_or(|most| document.entities.len() <= most) {
        return pairs;
    }
    let all = pairs.as_ref().map_or(document.pair_count(), Vec::len);
    let mut kept = near_pairs(document);
    if let Some(pairs) = pairs {
        kept.retain(|pair| pairs.binary_search(pair).is_ok());
    }
    if kept.len() < all {
        let (left_out, count) = (all - kept.len(), kept.len());
        let document = document.title.clone();
        warnings.push(Warning::FarPairs { document, left_out, kept: count });
    }
    Some(kept)
}

/// Head and tail of each pair that has a row, ascending; `None` where all have one.
fn pairs_of(
    document: &Document,
    options: &ExampleOptions<'_>,
) -> Result<Option<Vec<(usize, usize)>>> {
    let of_types = options.scope.and_then(|scope| scope.pairs_of(document));
    if !options.labelled_pairs {
        return Ok(of_types);
    }
    let mut labelled = labelled_pairs(document)?;
    if let Some(of_types) = of_types {
        labelled.retain(|pair| of_types.binary_search(pair).is_ok());
    }
    Ok(Some(labelled))
}

fn labelled_pairs(document: &Document) -> Result<Vec<(usize, usize)>> {
    document.labelled_pairs.clone().ok_or_else(|| {
        let problem = "it isn't said which of its pairs were labelled (dialogues in DialogRE's \
                       form say so); leave data.pairs out"
            .into();
        in_document(document, problem)
    })
}

fn kept_pieces(pieces: usize, max_length: Option<usize>) -> Result<usize> {
    match max_length {
        None => Ok(pieces),
        Some(max) if max > SPECIAL => Ok(pieces.min(max - SPECIAL)),
        Some(max) => Err(Error::setting(
            "max_length",
            format!("must be above {SPECIAL}, for CLS, SEP and some text, but is {max}"),
        )),
    }
}

pub(super) fn with_special_tokens(pieces: &[u32], tokenizer: &Tokenizer) -> Vec<u32> {
    let special = tokenizer.special_tokens();
    let mut ids = Vec::with_capacity(pieces.len() + SPECIAL);
    ids.push(special.cls.id);
    ids.extend_from_slice(pieces);
    ids.push(special.sep.id);
    ids
}

/// The number of each entity's type among the known ones; of any other the next number.
fn types(entities: &[Entity], known: &[String]) -> Vec<u32> {
    let number = |entity: &Entity| {
        known.iter().position(|kind| kind == entity.kind()).unwrap_or(known.len()) as u32
    };
    entities.iter().map(number).collect()
}

fn text_cut(document: &Document, text: &MarkedText, kept: usize) -> Vec<Warning> {
    let pieces = text.pieces().len();
    let cut = (kept < pieces).then(|| Warning::TextCut {
        document: document.title.clone(),
        length: pieces + SPECIAL,
        max_length: kept + SPECIAL,
    });
    cut.into_iter().collect()
}

fn sentences(text: &MarkedText, kept: usize) -> Vec<Range<usize>> {
    text.sentences().map(|pieces| pieces.start.min(kept) + 1..pieces.end.min(kept) + 1).collect()
}

fn labels(
    document: &Document,
    facts: &[Fact],
    relations: &RelationSet,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Label>> {
    let mut labels = Vec::with_capacity(facts.len());
    for (place, fact) in facts.iter().enumerate() {
        let label = label(document, fact, relations)
            .map_err(|problem| in_document(document, format!("fact {place}: {problem}")))?;
        if label.head == label.tail {
            let document = document.title.clone();
            warnings.push(Warning::FactWithItself { document, fact: place });
        } else {
            labels.push(label);
        }
    }
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}

fn label(document: &Document, fact: &Fact, relations: &RelationSet) -> Result<Label, String> {
    let Fact { head, tail, relation, .. } = fact;
    let entities = document.entities.len();
    for entity in [*head, *tail] {
        if entity >= entities {
            return Err(format!(
                "entity {entity} does not exist (the document has {entities} entities)"
            ));
        }
    }
    Ok(Label { head: *head, tail: *tail, column: column(relation, relations)? })
}

/// The column of a relation, or that there is none.
pub(super) fn column(relation: &str, relations: &RelationSet) -> Result<usize, String> {
    relations.column(relation).ok_or_else(|| {
        format!(
            "relation \"{relation}\" is not among the {} relations of the model; \
             take the fact out, or train with it among the relations",
            relations.relations().len()
        )
    })
}
