//! Ign F1: the score without the facts that the training set already tells.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Serialize;

use super::counts::{Counts, Rates, f1};
use super::judged::Judged;
use super::labelled_file::read_labelled;
use super::truth::Truth;
use crate::Result;
use crate::corpus::{LeftOut, ReadOptions};
use crate::document::{Document, Entity, Fact};

/// Added to the denominator of the precision by the official evaluation.
const EPSILON: f64 = 1e-5;

/// The facts of a training set by name: (head mention, relation, tail mention).
///
/// Names are kept once and facts as numbers, so that large sets fit.
#[derive(Debug, Clone, Default)]
pub struct SeenFacts {
    names: HashMap<String, u32>,
    relations: HashMap<String, u32>,
    /// Head name, relation, tail name.
    facts: HashSet<(u32, u32, u32)>,
    /// What was wrong in the file and left out.
    wrong: LeftOut,
}

impl SeenFacts {
    /// Collects the facts of training documents, holding one document at a time.
    pub fn from_documents<D: Borrow<Document>>(documents: impl IntoIterator<Item = D>) -> Self {
        let mut seen = Self::default();
        for document in documents {
            let document = document.borrow();
            seen.add(&document.entities, document.labelled_facts());
        }
        seen
    }

    /// Collects the facts of a training file, read on all threads. Refuses a document
    /// without labels: a file without them would ignore nothing.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, &ReadOptions::default())
    }

    /// The same, read in this way.
    pub fn read_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let mut seen = Self::default();
        let wrong = read_labelled(path, options, |document| {
            seen.add(&document.entities, document.labelled_facts());
        })?;
        Ok(Self { wrong, ..seen })
    }

    /// What was wrong in the file, and left out by a lenient reading.
    pub fn wrong(&self) -> &LeftOut {
        &self.wrong
    }

    /// Keeps what reading has left out.
    pub(super) fn leave_out(&mut self, wrong: LeftOut) {
        self.wrong = wrong;
    }

    /// Adds the facts of one more document, under every pair of its mentions' names.
    pub fn add(&mut self, entities: &[Entity], facts: &[Fact]) {
        for fact in facts {
            let (Some(head), Some(tail)) = (entities.get(fact.head), entities.get(fact.tail))
            else {
                continue;
            };
            let relation = number(&mut self.relations, &fact.relation);
            for head in &head.mentions {
                let head = number(&mut self.names, &head.name);
                for tail in &tail.mentions {
                    let tail = number(&mut self.names, &tail.name);
                    self.facts.insert((head, relation, tail));
                }
            }
        }
    }

    /// Whether the relation was seen between some name of the head and some name of the tail.
    pub fn contains(&self, head: &Entity, relation: &str, tail: &Entity) -> bool {
        let Some(&relation) = self.relations.get(relation) else { return false };
        let tails: Vec<u32> = self.numbers(tail).collect();
        self.numbers(head)
            .any(|head| tails.iter().any(|&tail| self.facts.contains(&(head, relation, tail))))
    }

    /// Whether some fact has this relation.
    pub fn has_relation(&self, relation: &str) -> bool {
        self.relations.contains_key(relation)
    }

    /// The number of different facts by name.
    pub fn fact_count(&self) -> usize {
        self.facts.len()
    }

    /// The numbers of those of an entity's names that were seen.
    fn numbers<'a>(&'a self, entity: &'a Entity) -> impl Iterator<Item = u32> + 'a {
        entity.mentions.iter().filter_map(|mention| self.names.get(&mention.name).copied())
    }
}

/// The number that stands for a name, a new one where it is new.
fn number(numbers: &mut HashMap<String, u32>, name: &str) -> u32 {
    if let Some(&number) = numbers.get(name) {
        return number;
    }
    let number = numbers.len() as u32;
    numbers.insert(name.to_owned(), number);
    number
}

/// Precision without the facts seen in training, with the plain recall.
///
/// Serializes as `precision`, `recall` and `f1`, the same `without_epsilon`, `epsilon` and
/// `correct_in_train`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub struct Ign {
    /// The counts of all facts.
    pub facts: Counts,
    /// How many of the correct ones were seen in training.
    pub correct_in_train: usize,
}

impl Ign {
    /// `(correct - seen) / (predicted - seen + 1e-5)`.
    pub fn precision(&self) -> f64 {
        let unseen = self.unseen();
        unseen.correct as f64 / (unseen.predicted as f64 + EPSILON)
    }

    /// The counts without the correct facts seen in training: their precision is that of
    /// the evaluation scripts that add no 1e-5.
    pub fn unseen(&self) -> Counts {
        let unseen = |count: usize| count.saturating_sub(self.correct_in_train);
        let Counts { correct, predicted, gold } = self.facts;
        Counts { correct: unseen(correct), predicted: unseen(predicted), gold }
    }

    /// The recall of all facts: the official evaluation ignores nothing here.
    pub fn recall(&self) -> f64 {
        self.facts.recall()
    }

    /// The harmonic mean of the two.
    pub fn f1(&self) -> f64 {
        f1(self.precision(), self.recall())
    }
}

#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    rates: Rates,
    without_epsilon: Rates,
    epsilon: f64,
    correct_in_train: usize,
}

impl From<Ign> for Written {
    fn from(ign: Ign) -> Self {
        Self {
            rates: Rates::new(ign.precision(), ign.recall()),
            without_epsilon: Rates::new(ign.unseen().precision(), ign.recall()),
            epsilon: EPSILON,
            correct_in_train: ign.correct_in_train,
        }
    }
}

/// Counts the correct facts that were seen in training.
pub fn ign(truth: &Truth, judged: &[Judged], seen: &SeenFacts) -> Ign {
    let is_seen = |judged: &&Judged| {
        let (Some(index), Some(fact)) = (judged.document, judged.fact) else { return false };
        let entities = &truth.documents()[index].entities;
        let pair = entities.get(fact.head).zip(entities.get(fact.tail));
        let turns = truth.scope().is_symmetric(&fact.relation);
        pair.is_some_and(|(head, tail)| {
            let relation = &fact.relation;
            seen.contains(head, relation, tail) || turns && seen.contains(tail, relation, head)
        })
    };
    Ign {
        facts: super::facts(truth, judged),
        correct_in_train: judged.iter().filter(is_seen).count(),
    }
}
