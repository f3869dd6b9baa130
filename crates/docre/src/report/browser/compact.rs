//! Documents as compact JSON: lists instead of objects, and numbers for names that repeat.

use std::collections::HashMap;

use serde::Serialize;

use super::category::{About, Category};
use crate::document::{Document, Fact, RelationSet};
use crate::report::marks::{Part, parts};
use crate::report::rows::Key;

/// Gives numbers to the relations and entity types of all documents.
#[derive(Debug, Clone, Default)]
pub(super) struct Compactor {
    relations: Numbered<(String, String)>,
    kinds: Numbered<String>,
}

/// Values that are written once and then named by their number.
#[derive(Debug, Clone)]
struct Numbered<T> {
    numbers: HashMap<T, usize>,
    values: Vec<T>,
}

/// A document: title, entities, sentences, facts.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CompactDocument(
    String,
    Vec<CompactEntity>,
    Vec<Vec<CompactPart>>,
    Vec<CompactFact>,
);

/// An entity: its name and the number of its type.
#[derive(Debug, Clone, Serialize)]
struct CompactEntity(String, usize);

/// A part of a sentence.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum CompactPart {
    /// Text.
    Text(String),
    /// A mention opens: entity, levels inside, and whether it is cut before (1) or after (2).
    Open(usize, usize, u8),
    /// The last one closes: the number of its type, from 1, or 0 where it goes on.
    Close(usize),
}

/// A fact: head, relation, tail, category, score, predicted evidence, labelled evidence.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CompactFact(usize, usize, usize, usize, Option<f64>, Vec<usize>, Vec<usize>);

#[derive(Serialize)]
struct All<'a> {
    categories: [About; Category::ALL.len()],
    relations: &'a [(String, String)],
    kinds: &'a [String],
    documents: &'a [CompactDocument],
}

impl Compactor {
    pub fn fact(
        &mut self,
        (head, relation, tail): Key,
        category: Category,
        found: Option<&Fact>,
        label: Option<&Fact>,
        relations: &RelationSet,
    ) -> CompactFact {
        let name = relations.name(relation).to_owned();
        let relation = self.relations.number((relation.to_owned(), name));
        let category = Category::ALL.iter().position(|&one| one == category).unwrap_or_default();
        let score = found.and_then(|fact| fact.score).map(f64::from);
        let evidence = |fact: Option<&Fact>| fact.map_or(vec![], |fact| fact.evidence.clone());
        let (found, label) = (evidence(found), evidence(label));
        CompactFact(head, relation, tail, category, score.and_then(short), found, label)
    }

    pub fn document(&mut self, document: &Document, facts: Vec<CompactFact>) -> CompactDocument {
        let entities = document.entities.iter().map(|entity| {
            CompactEntity(
                document.readable_name(entity),
                self.kinds.number(entity.kind().to_owned()),
            )
        });
        let entities = entities.collect();
        let sentences = (0..document.sentences.len())
            .map(|place| parts(document, place).into_iter().map(|part| self.part(part)).collect());
        CompactDocument(document.title.clone(), entities, sentences.collect(), facts)
    }

    pub fn to_json(&self, documents: &[CompactDocument]) -> String {
        let all = All {
            categories: Category::ALL.map(Category::about),
            relations: &self.relations.values,
            kinds: &self.kinds.values,
            documents,
        };
        serde_json::to_string(&all).expect("memory takes it")
    }

    fn part(&mut self, part: Part) -> CompactPart {
        match part {
            Part::Text { text } => CompactPart::Text(text),
            Part::Open { entity, levels, starts, ends } => {
                CompactPart::Open(entity, levels, u8::from(!starts) + 2 * u8::from(!ends))
            }
            Part::Close { kind } if kind.is_empty() => CompactPart::Close(0),
            Part::Close { kind } => CompactPart::Close(self.kinds.number(kind) + 1),
        }
    }
}

/// As many digits as the page shows, and `None` for what isn't finite.
fn short(value: f64) -> Option<f64> {
    value.is_finite().then(|| (value * 1000.0).round() / 1000.0)
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, value: T) -> usize {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            self.values.len() - 1
        })
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }
}
