//! Facts sorted by something, and counted apart.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::judged::Judged;
use super::truth::Truth;
use crate::document::{Document, Entity};

/// A fact, labelled or predicted, as metrics sort it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triple<'a> {
    /// The place of its document in the truth; `None` for a prediction whose title no
    /// document has.
    pub document: Option<usize>,
    /// The head entity.
    pub head: usize,
    /// The relation's identifier.
    pub relation: &'a str,
    /// The tail entity.
    pub tail: usize,
}

/// Two different entities of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntityPair<'a> {
    pub document: &'a Document,
    pub head: &'a Entity,
    pub tail: &'a Entity,
}

impl Triple<'_> {
    /// The pair that the fact is about; `None` where there can't be one: the title is
    /// unknown, an entity doesn't exist, or head and tail are the same.
    pub(super) fn pair<'t>(&self, truth: &'t Truth) -> Option<EntityPair<'t>> {
        let document = &truth.documents()[self.document?];
        let pair = || EntityPair {
            document,
            head: &document.entities[self.head],
            tail: &document.entities[self.tail],
        };
        document.has_pair(self.head, self.tail).then(pair)
    }
}

/// Counts labelled facts and predictions by a key of theirs; those without one are left out.
pub fn counts_by<K: Ord>(
    truth: &Truth,
    judged: &[Judged],
    key: impl Fn(&Triple) -> Option<K>,
) -> BTreeMap<K, Counts> {
    let mut counts = BTreeMap::<K, Counts>::new();
    for (document, fact) in truth.facts() {
        let (document, relation) = (Some(document), fact.relation.as_str());
        if let Some(key) = key(&Triple { document, head: fact.head, relation, tail: fact.tail }) {
            counts.entry(key).or_default().gold += 1;
        }
    }
    for Judged { prediction, document, fact } in judged {
        let (document, relation) = (*document, prediction.relation.as_str());
        let (head, tail) = (prediction.head, prediction.tail);
        if let Some(key) = key(&Triple { document, head, relation, tail }) {
            let counts = counts.entry(key).or_default();
            counts.predicted += 1;
            counts.correct += usize::from(fact.is_some());
        }
    }
    counts
}
