//! What is known of a node while entities are joined.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::Names;
use crate::output::NamedEntity;

/// The most names of neighbours that a node keeps; twice as many are kept for a while.
const NEIGHBOURS: usize = 40;

/// Counts of documents by name.
pub type Counts = BTreeMap<String, u32>;

/// A node: entities of documents that are taken for one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What a knowledge base calls it, where a document says so.
    pub id: Option<String>,
    /// Its entity types.
    pub kinds: Counts,
    /// The names that stand for themselves.
    pub own: Counts,
    /// The names that are short for others.
    pub partial: Counts,
    /// The names as documents write them first.
    pub written: Counts,
    /// The names of the entities beside it, the most frequent ones.
    pub neighbours: Counts,
}

/// An entity of a document, with all that joining looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    pub kind: String,
    pub id: Option<String>,
    pub written: String,
    pub names: Names,
    /// The names of the other entities of the document that stand for themselves.
    pub neighbours: Vec<String>,
}

impl Occurrence {
    /// The entities of a document.
    pub fn of_document(entities: &[NamedEntity]) -> Vec<Self> {
        let names: Vec<Names> = entities.iter().map(Names::of).collect();
        let occurrence = |(place, entity): (usize, &NamedEntity)| {
            let others = names.iter().enumerate().filter(|(other, _)| *other != place);
            let mut neighbours: Vec<String> =
                others.flat_map(|(_, names)| names.own.iter().cloned()).collect();
            neighbours.sort();
            neighbours.dedup();
            Self {
                kind: entity.kind.clone(),
                id: entity.id.clone(),
                written: entity.name.clone(),
                names: names[place].clone(),
                neighbours,
            }
        };
        entities.iter().enumerate().map(occurrence).collect()
    }
}

impl Node {
    /// Takes an entity in.
    pub fn add(&mut self, entity: &Occurrence) {
        if self.id.is_none() {
            self.id.clone_from(&entity.id);
        }
        count(&mut self.kinds, &entity.kind);
        count(&mut self.written, &entity.written);
        entity.names.own.iter().for_each(|name| count(&mut self.own, name));
        entity.names.partial.iter().for_each(|name| count(&mut self.partial, name));
        entity.neighbours.iter().for_each(|name| count(&mut self.neighbours, name));
        self.cut_neighbours();
    }

    /// Takes another node in.
    pub fn absorb(&mut self, other: Self) {
        let Self { id, kinds, own, partial, written, neighbours } = other;
        self.id = self.id.take().or(id);
        for (counts, others) in [
            (&mut self.kinds, kinds),
            (&mut self.own, own),
            (&mut self.partial, partial),
            (&mut self.written, written),
            (&mut self.neighbours, neighbours),
        ] {
            others.into_iter().for_each(|(name, more)| *counts.entry(name).or_default() += more);
        }
        self.cut_neighbours();
    }

    fn cut_neighbours(&mut self) {
        if self.neighbours.len() <= 2 * NEIGHBOURS {
            return;
        }
        let mut all: Vec<(String, u32)> =
            std::mem::take(&mut self.neighbours).into_iter().collect();
        all.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
        all.truncate(NEIGHBOURS);
        self.neighbours.extend(all);
    }

    /// The type that most documents say, empty where none says one.
    pub fn kind(&self) -> &str {
        most(self.kinds.iter().filter(|(kind, _)| !kind.is_empty()))
    }

    /// The name that most documents write first.
    pub fn name(&self) -> &str {
        most(self.written.iter())
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own.keys().chain(self.partial.keys()).map(String::as_str)
    }
}

fn count(counts: &mut Counts, name: &str) {
    *counts.entry(name.to_owned()).or_default() += 1;
}

/// The most frequent one; of several the longest, then the first.
fn most<'a>(counts: impl Iterator<Item = (&'a String, &'a u32)>) -> &'a str {
    let best =
        counts.reduce(
            |best, next| {
                if (next.1, next.0.len()) > (best.1, best.0.len()) { next } else { best }
            },
        );
    best.map_or("", |(name, _)| name)
}

/// Whether two types may be those of one entity: they are the same, or one isn't known.
pub fn fit(one: &str, other: &str) -> bool {
    one == other || one.is_empty() || other.is_empty()
}

/// Whether two identifiers may be those of one entity.
pub fn may_be_one(one: Option<&String>, other: Option<&String>) -> bool {
    one.is_none() || other.is_none() || one == other
}
