//! Where what is found in text alone goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Clusters;
use super::overlap::Span;
use crate::document::{Document, FactScope};

/// Why facts of one side aren't on the other: the first stage at which one of their two entities,
/// or in the end the relation, differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Causes {
    /// A mention of one entity overlaps none of the other side's.
    pub mention: usize,
    /// One overlaps, but begins or ends elsewhere.
    pub border: usize,
    /// The mentions are all there, but in several entities.
    pub split: usize,
    /// They are in one entity, with others.
    pub merged: usize,
    /// Both entities are exact, but the relation isn't there.
    pub relation: usize,
}

/// The causes of errors from text to facts.
///
/// ```
/// use docre::document::{Document, Entity, Fact, Mention};
/// use docre::eval::end_to_end::EndToEndErrors;
///
/// let entity = |token: usize| Entity::new([Mention::new("", 0, token..token + 1)]);
/// let gold = Document {
///     entities: vec![entity(0), entity(3)],
///     facts: Some(vec![Fact::new(0, "spouse", 1)]),
///     ..Document::default()
/// };
/// let found = Document { entities: vec![entity(3)], facts: Some(Vec::new()), ..Document::default() };
/// let mut errors = EndToEndErrors::default();
/// errors.add(&gold, &found);
/// assert_eq!((errors.missed.mention, errors.right), (1, 0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EndToEndErrors {
    /// Facts that were found, between exact entities.
    pub right: usize,
    /// Of these the ones of which an entity has another type.
    pub other_type: usize,
    /// Labelled facts that were not found.
    pub missed: Causes,
    /// Facts that were found and aren't labelled; a mention of theirs may be none.
    pub wrong: Causes,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Mention,
    Border,
    Split,
    Merged,
}

impl Causes {
    fn add(&mut self, cause: Option<Cause>) {
        *match cause {
            Some(Cause::Mention) => &mut self.mention,
            Some(Cause::Border) => &mut self.border,
            Some(Cause::Split) => &mut self.split,
            Some(Cause::Merged) => &mut self.merged,
            None => &mut self.relation,
        } += 1;
    }

    /// The causes in words, each with its number, and all together.
    pub fn named(&self) -> [(&'static str, usize); 6] {
        [
            ("a mention isn't there", self.mention),
            ("a mention has another border", self.border),
            ("an entity is split", self.split),
            ("entities are merged", self.merged),
            ("the relation", self.relation),
            ("together", self.total()),
        ]
    }

    /// All of them together.
    pub fn total(&self) -> usize {
        self.mention + self.border + self.split + self.merged + self.relation
    }
}

impl EndToEndErrors {
    /// Adds a document: as it is labelled, and as it was found.
    pub fn add(&mut self, gold: &Document, found: &Document) {
        self.add_within(gold, found, &FactScope::default());
    }

    /// [`EndToEndErrors::add`] where relations of `scope` hold in both directions.
    pub fn add_within(&mut self, gold: &Document, found: &Document, scope: &FactScope) {
        let (gold, found) = (Clusters::within(gold, scope), Clusters::within(found, scope));
        let (in_gold, in_found) = (gold.relations(false), found.relations(false));
        let typed = gold.relations(true);
        self.right += in_gold.intersection(&in_found).count();
        self.other_type += found
            .relations(true)
            .difference(&typed)
            .filter(|fact| {
                let untyped = ((fact.0.0, ""), (fact.1.0, ""), fact.2);
                in_gold.contains(&untyped)
            })
            .count();
        add_side(&mut self.missed, &gold, &found);
        add_side(&mut self.wrong, &found, &gold);
    }
}

/// Adds why facts of one side aren't on the other. A fact that is given twice counts once.
fn add_side(causes: &mut Causes, own: &Clusters<'_>, other: &Clusters<'_>) {
    let there = other.relations(false);
    let places = Places::of(&other.spans);
    let mut counted = BTreeSet::new();
    for fact in &own.facts {
        let named = own.relation(fact, false);
        if there.contains(&named) || !counted.insert(named) {
            continue;
        }
        let ((head, _), (tail, _), _) = named;
        let of_entities = [head, tail].into_iter().filter_map(|spans| places.cause(spans));
        causes.add(of_entities.min());
    }
}

/// Where the mentions of one side's entities are.
struct Places<'a> {
    clusters: &'a [BTreeSet<Span>],
    /// The entity of each mention.
    owners: BTreeMap<Span, usize>,
}

impl<'a> Places<'a> {
    fn of(clusters: &'a [BTreeSet<Span>]) -> Self {
        let mut owners = BTreeMap::new();
        for (cluster, spans) in clusters.iter().enumerate() {
            for span in spans {
                owners.entry(*span).or_insert(cluster);
            }
        }
        Self { clusters, owners }
    }

    /// Why an entity of the other side isn't here as it is there.
    fn cause(&self, spans: &BTreeSet<Span>) -> Option<Cause> {
        let lost = spans.iter().filter(|span| !self.owners.contains_key(span));
        let of_lost = |span| if self.overlaps(span) { Cause::Border } else { Cause::Mention };
        if let Some(cause) = lost.map(of_lost).min() {
            return Some(cause);
        }
        let owners: BTreeSet<usize> = spans.iter().map(|span| self.owners[span]).collect();
        match owners.first() {
            Some(_) if owners.len() > 1 => Some(Cause::Split),
            Some(owner) if self.clusters[*owner] != *spans => Some(Cause::Merged),
            _ => None,
        }
    }

    fn overlaps(&self, (sentence, start, end): &Span) -> bool {
        let of_sentence = self.owners.range((*sentence, 0, 0)..(*sentence + 1, 0, 0));
        of_sentence.into_iter().any(|((_, from, to), _)| from < end && start < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Entity, Fact, Mention};

    fn document(entities: &[&[(usize, usize)]], facts: &[(usize, usize)]) -> Document {
        let mention = |&(from, to): &(usize, usize)| Mention::new("", 0, from..to);
        let entity =
            |spans: &&[(usize, usize)]| Entity::new(spans.iter().map(mention).collect::<Vec<_>>());
        Document {
            entities: entities.iter().map(entity).collect(),
            facts: Some(facts.iter().map(|(head, tail)| Fact::new(*head, "r", *tail)).collect()),
            ..Document::default()
        }
    }

    #[test]
    fn the_first_stage_that_differs_is_the_cause() {
        let gold = document(
            &[&[(0, 1)], &[(2, 4)], &[(5, 6), (7, 8)], &[(9, 10)], &[(11, 12)], &[(13, 14)]],
            &[(0, 4), (1, 4), (2, 4), (3, 4), (4, 5), (5, 4)],
        );
        let found = document(
            // 0 is missed, 1 has another border, 2 is split, 3 merged with what is none.
            &[&[(3, 4)], &[(5, 6)], &[(7, 8)], &[(9, 10), (20, 21)], &[(11, 12)], &[(13, 14)]],
            &[(4, 5), (3, 4), (0, 4), (1, 5)],
        );
        let mut errors = EndToEndErrors::default();
        errors.add(&gold, &found);
        let missed = Causes { mention: 1, border: 1, split: 1, merged: 1, relation: 1 };
        // Seen from what was found: (20, 21) is no mention, and the half of 2 is merged.
        let wrong = Causes { mention: 1, border: 1, split: 0, merged: 1, relation: 0 };
        assert_eq!((errors.right, errors.missed, errors.wrong), (1, missed, wrong));
        assert_eq!((missed.total(), wrong.total()), (5, 3));
    }
}
