//! Scores from plain text to facts: mentions, clusters, types and relations of documents whose
//! entities were found, against the same documents as they are labelled.
//!
//! Counts are summed over documents, and each score is taken of the sums.

mod alignment;
mod assignment;
mod coreference;
mod errors;
mod overlap;

use std::collections::BTreeSet;

use serde::Serialize;

pub use coreference::{Coreference, CoreferenceScores};
pub use errors::{Causes, EndToEndErrors};

use super::counts::{Counts, with_rates};
use crate::document::{Document, Entity, Fact, FactScope};
use alignment::align;
use overlap::Span;

/// The scores of documents from text to facts; of each `Counts` precision, recall and F1 follow.
///
/// ```
/// use docre::document::{Document, Entity, Fact, Mention};
/// use docre::eval::EndToEnd;
///
/// let entity = |token: usize| Entity::new([Mention::new("", 0, token..token + 1).of_kind("PER")]);
/// let gold = Document {
///     entities: vec![entity(0), entity(3)],
///     facts: Some(vec![Fact::new(0, "spouse", 1)]),
///     ..Document::default()
/// };
/// let found = Document { entities: vec![entity(3), entity(5)], ..Document::default() };
/// let mut scores = EndToEnd::default();
/// scores.add(&gold, &found);
/// assert_eq!(scores.mention_span.f1(), 0.5);
/// assert_eq!(scores.relation_strict.recall(), 0.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct EndToEnd {
    /// Distinct places of mentions.
    #[serde(serialize_with = "with_rates")]
    pub mention_span: Counts,
    /// Distinct places of mentions with the types of their entities.
    #[serde(serialize_with = "with_rates")]
    pub mention_span_type: Counts,
    /// Entities with exactly the same mentions (JEREX, Eberts and Ulges 2021).
    #[serde(serialize_with = "with_rates")]
    pub cluster_exact: Counts,
    /// The same, of the same type.
    #[serde(serialize_with = "with_rates")]
    pub entity: Counts,
    /// Clusters by links and mentions, those of one mention among them.
    pub coreference: Coreference,
    /// The same without clusters of one mention.
    pub coreference_without_singletons: Coreference,
    /// Relations between two entities that are exact.
    #[serde(serialize_with = "with_rates")]
    pub relation_strict: Counts,
    /// The same, both entities of the right type.
    #[serde(serialize_with = "with_rates")]
    pub relation_strict_typed: Counts,
    /// Relations between entities that are matched one to one, because at least half of what
    /// either mentions is mentioned by both.
    #[serde(serialize_with = "with_rates")]
    pub relation_relaxed: Counts,
    /// The same, both entities of the right type.
    #[serde(serialize_with = "with_rates")]
    pub relation_relaxed_typed: Counts,
}

impl EndToEnd {
    /// Adds a document: as it is labelled, and as it was found.
    pub fn add(&mut self, gold: &Document, found: &Document) {
        self.add_within(gold, found, &FactScope::default());
    }

    /// [`EndToEnd::add`] where relations of `scope` hold in both directions: a fact of theirs is
    /// one, in whichever direction either side gives it.
    pub fn add_within(&mut self, gold: &Document, found: &Document, scope: &FactScope) {
        let (gold, found) = (Clusters::within(gold, scope), Clusters::within(found, scope));
        self.mention_span += counts(gold.mentions(false), found.mentions(false));
        self.mention_span_type += counts(gold.mentions(true), found.mentions(true));
        self.cluster_exact += counts(gold.entities(false), found.entities(false));
        self.entity += counts(gold.entities(true), found.entities(true));
        self.relation_strict += counts(gold.relations(false), found.relations(false));
        self.relation_strict_typed += counts(gold.relations(true), found.relations(true));
        let matched = align(&gold.spans, &found.spans);
        self.relation_relaxed += relaxed(&gold, &found, |of_found| matched[of_found]);
        self.relation_relaxed_typed += relaxed(&gold, &found, |of_found| {
            matched[of_found].filter(|&of_gold| gold.kinds[of_gold] == found.kinds[of_found])
        });
        let (gold, found) = (gold.partition(), found.partition());
        self.coreference.add(&gold, &found);
        let several = |clusters: Vec<BTreeSet<Span>>| -> Vec<_> {
            clusters.into_iter().filter(|cluster| cluster.len() > 1).collect()
        };
        self.coreference_without_singletons.add(&several(gold), &several(found));
    }
}

/// The places of an entity, and its type where types are compared.
type TypedCluster<'a> = (&'a BTreeSet<Span>, &'a str);

/// A relation between entities.
type NamedRelation<'a> = (TypedCluster<'a>, TypedCluster<'a>, &'a str);

/// A document's entities as sets of places, and its facts, those of symmetric relations once.
struct Clusters<'a> {
    spans: Vec<BTreeSet<Span>>,
    kinds: Vec<&'a str>,
    facts: Vec<Fact>,
    scope: &'a FactScope,
}

impl<'a> Clusters<'a> {
    fn within(document: &'a Document, scope: &'a FactScope) -> Self {
        let spans = |entity: &Entity| {
            let mentions = entity.mentions.iter();
            mentions.map(|m| (m.sentence, m.tokens.start, m.tokens.end)).collect()
        };
        Self {
            spans: document.entities.iter().map(spans).collect(),
            kinds: document.entities.iter().map(Entity::kind).collect(),
            facts: scope.once(document.labelled_facts().to_vec()),
            scope,
        }
    }

    /// A type, where types are compared.
    fn kind(&self, entity: usize, typed: bool) -> &'a str {
        if typed { self.kinds[entity] } else { "" }
    }

    fn mentions(&self, typed: bool) -> BTreeSet<(Span, &'a str)> {
        let of_entity = |(entity, spans): (usize, &BTreeSet<Span>)| {
            let kind = self.kind(entity, typed);
            spans.iter().map(move |span| (*span, kind)).collect::<Vec<_>>()
        };
        self.spans.iter().enumerate().flat_map(of_entity).collect()
    }

    fn entities(&self, typed: bool) -> BTreeSet<TypedCluster<'_>> {
        let entity = |(entity, spans)| (spans, self.kind(entity, typed));
        self.spans.iter().enumerate().map(entity).collect()
    }

    fn relations(&self, typed: bool) -> BTreeSet<NamedRelation<'_>> {
        self.facts.iter().map(|fact| self.relation(fact, typed)).collect()
    }

    /// A fact by its entities; one of a symmetric relation is the same in both directions.
    fn relation<'b>(&'b self, fact: &'b Fact, typed: bool) -> NamedRelation<'b> {
        let cluster = |entity| (&self.spans[entity], self.kind(entity, typed));
        let (head, tail) = (cluster(fact.head), cluster(fact.tail));
        match self.scope.is_symmetric(&fact.relation) && tail < head {
            true => (tail, head, &fact.relation),
            false => (head, tail, &fact.relation),
        }
    }

    /// Head, tail and relation of each fact, in both directions where the relation holds in both.
    fn links(&self) -> BTreeSet<(usize, usize, &str)> {
        let both = |fact: &'_ Fact| {
            let turned = self.scope.is_symmetric(&fact.relation);
            let turned = turned.then_some((fact.tail, fact.head));
            [(fact.head, fact.tail)].into_iter().chain(turned)
        };
        let links = self.facts.iter().flat_map(|fact| {
            both(fact).map(move |(head, tail)| (head, tail, fact.relation.as_str()))
        });
        links.collect()
    }

    /// The clusters where each place belongs to the first entity that has it.
    fn partition(&self) -> Vec<BTreeSet<Span>> {
        let mut taken = BTreeSet::new();
        let mut own = |spans: &BTreeSet<Span>| -> BTreeSet<Span> {
            spans.iter().copied().filter(|span| taken.insert(*span)).collect()
        };
        let clusters: Vec<_> = self.spans.iter().map(&mut own).collect();
        clusters.into_iter().filter(|cluster| !cluster.is_empty()).collect()
    }
}

/// Entities with exactly the same mentions, without the other scores.
#[cfg(feature = "model")]
pub(crate) fn exact_clusters(gold: &Document, found: &Document) -> Counts {
    let scope = FactScope::default();
    let [gold, found] = [gold, found].map(|document| Clusters::within(document, &scope));
    counts(gold.entities(false), found.entities(false))
}

/// For each fact that was found whether it is labelled between the entities that its own are matched
/// with: those that share at least half of what either mentions.
#[cfg(feature = "model")]
pub(crate) fn facts_that_hold(gold: &Document, found: &Document, scope: &FactScope) -> Vec<bool> {
    let [gold, clusters] = [gold, found].map(|document| Clusters::within(document, scope));
    let matched = align(&gold.spans, &clusters.spans);
    let labelled = gold.links();
    let holds = |fact: &Fact| {
        let pair = matched[fact.head].zip(matched[fact.tail]);
        pair.is_some_and(|(head, tail)| labelled.contains(&(head, tail, fact.relation.as_str())))
    };
    found.labelled_facts().iter().map(holds).collect()
}

fn counts<T: Ord>(gold: BTreeSet<T>, found: BTreeSet<T>) -> Counts {
    let correct = gold.intersection(&found).count();
    Counts { correct, predicted: found.len(), gold: gold.len() }
}

/// Relations where an entity that was found stands for the gold one that it is matched with.
fn relaxed(
    gold: &Clusters<'_>,
    found: &Clusters<'_>,
    matched: impl Fn(usize) -> Option<usize>,
) -> Counts {
    let distinct = |facts: &'_ [Fact]| -> BTreeSet<(usize, usize, String)> {
        facts.iter().map(|fact| (fact.head, fact.tail, fact.relation.clone())).collect()
    };
    let (links, of_found) = (gold.links(), distinct(&found.facts));
    let is_right = |(head, tail, relation): &&(usize, usize, String)| {
        let pair = matched(*head).zip(matched(*tail));
        pair.is_some_and(|(head, tail)| links.contains(&(head, tail, relation.as_str())))
    };
    let correct = of_found.iter().filter(is_right).count();
    Counts { correct, predicted: of_found.len(), gold: distinct(&gold.facts).len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Mention;

    /// Entities at these tokens, with facts.
    fn document(tokens: &[usize], facts: &[(usize, &str, usize)]) -> Document {
        let entity =
            |token: &usize| Entity::new([Mention::new("", 0, *token..token + 1).of_kind("PER")]);
        Document {
            entities: tokens.iter().map(entity).collect(),
            facts: Some(facts.iter().map(|(head, r, tail)| Fact::new(*head, *r, *tail)).collect()),
            ..Document::default()
        }
    }

    #[test]
    fn a_symmetric_relation_is_one_fact_in_whichever_direction() {
        let scope = FactScope { symmetric: ["S".to_owned()].into(), ..FactScope::default() };
        let gold = document(&[0, 3], &[(0, "S", 1), (0, "D", 1)]);
        // The entities come in another order, so that the direction isn't that of their places.
        let both = document(&[3, 0], &[(0, "S", 1), (1, "S", 0), (0, "D", 1)]);
        for found in [both, document(&[3, 0], &[(0, "S", 1), (0, "D", 1)])] {
            let mut scores = EndToEnd::default();
            scores.add_within(&gold, &found, &scope);
            let right = Counts { correct: 1, predicted: 2, gold: 2 };
            let relaxed = [scores.relation_relaxed, scores.relation_relaxed_typed];
            let strict = [scores.relation_strict, scores.relation_strict_typed];
            assert_eq!([strict, relaxed].concat(), [right; 4]);
            let mut errors = EndToEndErrors::default();
            errors.add_within(&gold, &found, &scope);
            assert_eq!((errors.right, errors.missed.relation, errors.wrong.relation), (1, 1, 1));
        }
    }
}
