//! F1 by what a document or a pair is like.

use serde::Serialize;

use super::buckets::{BucketScores, fill};
use super::judged::Judged;
use super::triple::{EntityPair, Triple, counts_by};
use super::truth::Truth;

/// A whole number that says what is hard about a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// The number of entities of the document.
    Entities,
    /// The number of tokens of the document, as the data splits it.
    Tokens,
    /// The number of mentions of head and tail together.
    Mentions,
    /// How many sentences the closest mentions of head and tail are apart.
    SentencesApart,
    /// How many tokens lie between the closest mentions of head and tail.
    TokensApart,
    /// The number of labelled relations of the pair. A prediction is put where its pair is,
    /// so those for a pair without relation are all wrong; from 1 on, precision is that
    /// among the pairs with so many relations.
    Relations,
}

/// The counts of facts by a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyScores {
    /// The property.
    pub property: Property,
    /// What it is called (`mentions of the pair`).
    pub name: String,
    /// The counts, by range.
    pub buckets: Vec<BucketScores>,
}

impl Property {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Entities,
        Self::Tokens,
        Self::Mentions,
        Self::SentencesApart,
        Self::TokensApart,
        Self::Relations,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entities => "entities of the document",
            Self::Tokens => "tokens of the document",
            Self::Mentions => "mentions of the pair",
            Self::SentencesApart => "distance of the closest mentions in sentences",
            Self::TokensApart => "distance of the closest mentions in tokens",
            Self::Relations => "labelled relations of the pair",
        }
    }

    /// The first number of each range: several that are well filled in DocRED's documents.
    pub fn default_starts(self) -> &'static [usize] {
        match self {
            Self::Entities => &[2, 11, 16, 21, 26, 31],
            Self::Tokens => &[0, 100, 150, 200, 250, 300],
            Self::Mentions => &[2, 3, 4, 5, 7, 10],
            Self::SentencesApart => &[0, 1, 2, 3, 4, 6],
            Self::TokensApart => &[0, 5, 10, 25, 50, 100],
            Self::Relations => &[0, 1, 2, 3, 4],
        }
    }

    /// What is counted, in singular and plural.
    fn unit(self) -> (&'static str, &'static str) {
        match self {
            Self::Entities => ("entity", "entities"),
            Self::Tokens => ("token", "tokens"),
            Self::Mentions => ("mention", "mentions"),
            Self::SentencesApart => ("sentence apart", "sentences apart"),
            Self::TokensApart => ("token apart", "tokens apart"),
            Self::Relations => ("relation", "relations"),
        }
    }

    /// The number of a fact whose pair exists.
    fn of(self, truth: &Truth, triple: &Triple) -> Option<usize> {
        let pair = triple.pair(truth)?;
        let EntityPair { document, head, tail } = pair;
        Some(match self {
            Self::Entities => document.entities.len(),
            Self::Tokens => document.sentences.iter().map(Vec::len).sum(),
            Self::Mentions => head.mentions.len() + tail.mentions.len(),
            Self::SentencesApart => pair.sentences_apart(),
            Self::TokensApart => pair.tokens_apart(),
            Self::Relations => truth.relation_count(triple.document?, triple.head, triple.tail),
        })
    }
}

/// Counts facts by ranges of a property, which begin at `starts`, in ascending order, and
/// reach to the next start. Predictions for unknown titles or entities are in none.
pub fn by_property(
    truth: &Truth,
    judged: &[Judged],
    property: Property,
    starts: &[usize],
) -> PropertyScores {
    let by_number = counts_by(truth, judged, |triple| property.of(truth, triple));
    let counts = |from: usize, to: Option<usize>| {
        let in_range =
            by_number.range(from..).take_while(|(number, _)| to.is_none_or(|to| **number <= to));
        in_range.map(|(_, counts)| *counts).sum()
    };
    let buckets = fill(counts, starts, property.unit());
    PropertyScores { property, name: property.name().into(), buckets }
}
