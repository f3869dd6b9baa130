//! A model rates documents that it was trained without.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
    path::Path,
};

use super::ratings::Rated;
use crate::{
    Result, corpus,
    document::{Document, Fact},
    model::{Extractor, FactReader, PairRow},
    score::each_pair,
    text::Example,
};

/// The score from which on a fact that isn't labelled is noted. What lies below would be right
/// less often than a guess among suggestions, and would fill the disk.
const LOWEST: f32 = 0.01;

/// What the labels of a training file could teach: the relations, each with the types of head
/// and tail that it is labelled between.
#[derive(Debug, Default)]
pub(super) struct LabelledTypes(HashMap<String, HashSet<(String, String)>>);

impl LabelledTypes {
    /// Reads a training file.
    pub fn read(path: &Path) -> Result<Self> {
        let mut labelled = Self::default();
        for document in corpus::read(path)? {
            let document = document?;
            for fact in document.labelled_facts() {
                let types = labelled.0.entry(fact.relation.clone()).or_default();
                types.insert(types_of(&document, fact.head, fact.tail));
            }
        }
        Ok(labelled)
    }

    fn knows(&self, relation: &str) -> bool {
        self.0.contains_key(relation)
    }

    /// Whether some label gives the relation between entities of these types.
    fn fits(&self, relation: &str, types: &(String, String)) -> bool {
        self.0.get(relation).is_some_and(|known| known.contains(types))
    }
}

fn types_of(document: &Document, head: usize, tail: usize) -> (String, String) {
    let kind = |entity: usize| document.entities[entity].kind().to_owned();
    (kind(head), kind(tail))
}

/// Rates documents.
pub(super) struct Rater<'a> {
    pub model: &'a Extractor,
    pub labelled: &'a LabelledTypes,
}

impl Rater<'_> {
    /// The rated facts of each document, given with its example.
    pub fn rate(&self, documents: &[Document], examples: &[Example]) -> Result<Vec<Vec<Rated>>> {
        let mut rated = vec![Vec::new(); documents.len()];
        let reader = self.model.reader();
        each_pair(
            &self.model.model,
            &reader,
            examples,
            |_| (),
            |place, pair| {
                self.rate_pair(&reader, &documents[place], pair, &mut rated[place]);
            },
        )?;
        Ok(rated)
    }

    fn rate_pair(
        &self,
        reader: &FactReader,
        document: &Document,
        pair: PairRow,
        rated: &mut Vec<Rated>,
    ) {
        let labels: Vec<&Fact> = document
            .labelled_facts()
            .iter()
            .filter(|fact| (fact.head, fact.tail) == (pair.head, pair.tail))
            .collect();
        let types = types_of(document, pair.head, pair.tail);
        let turned_counts = reader.scope.has_types(&types.1, &types.0);
        let is_labelled_turned = |relation: &str| {
            let turned = |fact: &Fact| (fact.tail, fact.head) == (pair.head, pair.tail);
            let mut facts = document.labelled_facts().iter();
            facts.any(|fact| turned(fact) && fact.relation == relation)
        };
        // A fact of a symmetric relation is one: the labelled direction of it, else the first.
        let is_said_elsewhere = |relation: &str| {
            reader.scope.is_symmetric(relation)
                && (pair.head > pair.tail && turned_counts || is_labelled_turned(relation))
        };
        let predicted = reader.decision.choose(pair.scores);
        let shares = OnceCell::new(); // of most pairs nothing is noted
        for rating in reader.decision.rate(pair.scores) {
            let relation = &reader.relations.relation(rating.column).expect("a column").id;
            let label = labels.iter().find(|label| label.relation == *relation);
            let score = reader.calibration.score(rating.margin);
            let noted = match label {
                Some(_) => self.labelled.knows(relation),
                None => {
                    score >= LOWEST
                        && self.labelled.fits(relation, &types)
                        && !is_said_elsewhere(relation)
                }
            };
            if !noted {
                continue;
            }
            let shares = shares.get_or_init(|| pair.sentence_shares());
            let fact = reader.fact(pair.head, pair.tail, rating, shares);
            rated.push(Rated {
                h: fact.head,
                t: fact.tail,
                r: fact.relation,
                score,
                predicted: predicted.contains(&rating),
                labelled: label.is_some(),
                evidence: match label {
                    Some(label) if !label.evidence.is_empty() => label.evidence.clone(),
                    _ => fact.evidence,
                },
            });
        }
    }
}
