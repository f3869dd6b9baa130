//! What a training file says, for the metrics that depend on it.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::counts::share;
use super::ign::SeenFacts;
use super::labelled_file::read_labelled;
use crate::Result;
use crate::corpus::ReadOptions;
use crate::document::{Document, Entity, Fact, Relation, RelationSet};

/// The facts of a training set by name, and how often each relation holds in it.
#[derive(Debug, Clone, Default)]
pub struct TrainFacts {
    seen: SeenFacts,
    by_relation: HashMap<String, usize>,
    fact_count: usize,
}

impl TrainFacts {
    /// Collects the facts of training documents, holding one document at a time.
    pub fn from_documents<D: Borrow<Document>>(documents: impl IntoIterator<Item = D>) -> Self {
        let mut train = Self::default();
        for document in documents {
            let document = document.borrow();
            train.add(&document.entities, document.labelled_facts());
        }
        train
    }

    /// Collects the facts of a training file, read once and on all threads. Refuses a
    /// document without labels: a file without them would teach nothing.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, &ReadOptions::default())
    }

    /// The same, read in this way.
    pub fn read_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let mut train = Self::default();
        read_labelled(path, options, |document| {
            train.add(&document.entities, document.labelled_facts());
        })?;
        Ok(train)
    }

    /// Adds the facts of one more document; one that is given twice counts once.
    pub fn add(&mut self, entities: &[Entity], facts: &[Fact]) {
        self.seen.add(entities, facts);
        let triples: HashSet<_> =
            facts.iter().map(|fact| (fact.head, fact.tail, fact.relation.as_str())).collect();
        self.fact_count += triples.len();
        for (_, _, relation) in triples {
            match self.by_relation.get_mut(relation) {
                Some(count) => *count += 1,
                None => {
                    self.by_relation.insert(relation.to_owned(), 1);
                }
            }
        }
    }

    /// The facts by name, for Ign F1.
    pub fn seen(&self) -> &SeenFacts {
        &self.seen
    }

    /// The number of facts, those of different documents counted apart.
    pub fn fact_count(&self) -> usize {
        self.fact_count
    }

    /// The relations that some fact has, in no order.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        self.by_relation.keys().map(String::as_str)
    }

    /// The number of facts with a relation.
    pub fn count(&self, relation: &str) -> usize {
        self.by_relation.get(relation).copied().unwrap_or(0)
    }

    /// The part of all facts that have one of these relations.
    pub fn share(&self, relations: &[&Relation]) -> f64 {
        let count = relations.iter().map(|relation| self.count(&relation.id)).sum();
        share(count, self.fact_count)
    }

    /// The relations of a set by number of facts, most first, equal ones in the set's
    /// order; those that never hold come last.
    pub fn ranking<'a>(&self, relations: &'a RelationSet) -> Vec<&'a Relation> {
        let mut ranking: Vec<_> = relations.relations().iter().collect();
        ranking.sort_by_key(|relation| std::cmp::Reverse(self.count(&relation.id)));
        ranking
    }
}
