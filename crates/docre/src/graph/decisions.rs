//! What a person has decided: which entities are one, and which aren't.
//!
//! A file of decisions is a table with the columns `decision` (`apart` or `same`), `document`,
//! `entity`, `other_document` and `other_entity`; an entity is named by any of its names in the
//! document.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::{Error, Result};

/// A line of a file of decisions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether the two are one.
    pub decision: Verdict,
    /// The title of a document.
    pub document: String,
    /// An entity of it, by any of its names there.
    pub entity: String,
    /// The title of a document, which may be the same.
    pub other_document: String,
    /// An entity of that.
    pub other_entity: String,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are two.
    Apart,
    /// They are one.
    Same,
}

/// Reads a file of decisions.
pub fn read_decisions(path: impl AsRef<Path>) -> Result<Vec<Decision>> {
    let path = path.as_ref();
    let text = crate::inputs::read_settings(path)?;
    let mut reader =
        ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text.as_bytes());
    let decision = |read: std::result::Result<Decision, ::csv::Error>| {
        read.map_err(|error| {
            let problem = format!(
                "{error}; the columns are decision (apart or same), document, entity, \
                 other_document, other_entity"
            );
            Error::file(path, problem)
        })
    };
    reader.deserialize().map(decision).collect()
}

/// Decisions about members, as the store keeps them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Decisions {
    /// Whether two are the same, the lower one first.
    pub pairs: BTreeMap<(u64, u64), bool>,
    by_member: HashMap<u64, Vec<(u64, bool)>>,
}

impl Decisions {
    /// Decisions about pairs.
    pub fn new(pairs: BTreeMap<(u64, u64), bool>) -> Self {
        let mut by_member: HashMap<u64, Vec<(u64, bool)>> = HashMap::new();
        for ((one, other), same) in &pairs {
            by_member.entry(*one).or_default().push((*other, *same));
            by_member.entry(*other).or_default().push((*one, *same));
        }
        Self { pairs, by_member }
    }

    /// The members that one is the same as.
    pub fn same(&self, member: u64) -> impl Iterator<Item = u64> {
        self.of(member, true)
    }

    /// The members that one isn't the same as.
    pub fn apart(&self, member: u64) -> impl Iterator<Item = u64> {
        self.of(member, false)
    }

    fn of(&self, member: u64, same: bool) -> impl Iterator<Item = u64> {
        let decided = self.by_member.get(&member).into_iter().flatten();
        decided.filter(move |(_, is)| *is == same).map(|(other, _)| *other)
    }

    /// Whether some of these and some of those, both ascending, have to stay apart.
    pub fn divide(&self, one: &[u64], other: &[u64]) -> bool {
        let apart = self.pairs.iter().filter(|(_, same)| !**same);
        let has = |members: &[u64], member: u64| members.binary_search(&member).is_ok();
        apart
            .map(|(pair, _)| *pair)
            .any(|(a, b)| (has(one, a) && has(other, b)) || (has(one, b) && has(other, a)))
    }
}
