//! F1 of frequent and rare relations.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::counts::{Counts, with_rates};
use super::judged::Judged;
use super::train_facts::TrainFacts;
use super::triple::counts_by;
use super::truth::Truth;
use crate::document::{Relation, RelationSet};

/// The relations of DocRED that the field's public code (`official_evaluate_benchmark`) calls
/// frequent, whatever the training file holds.
pub const FREQUENT: [&str; 10] =
    ["P17", "P131", "P27", "P150", "P175", "P577", "P463", "P527", "P495", "P361"];

/// The relations of a head and of a tail: a set without more than both has no such groups.
const HEAD: usize = 10;
const TAIL: usize = 20;

/// Groups of relations, by how frequent they are in training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What the split is called.
    pub name: String,
    /// Its groups, which may overlap.
    pub groups: Vec<Group>,
}

/// Some of the relations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is called, without its size.
    pub name: String,
    /// The relations.
    pub members: Members,
}

/// Which relations a group has. Ranks start at 0; those past the end of the ranking, which
/// has as many as there are relations, are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// These ranks, the most frequent relation first.
    Frequent(Range<usize>),
    /// These ranks, the rarest relation first.
    Rare(Range<usize>),
    /// All but so many of the most frequent and so many of the rarest.
    Between {
        /// How many of the most frequent are left out.
        frequent: usize,
        /// How many of the rarest are left out.
        rare: usize,
    },
    /// Those with one of these identifiers.
    Listed(Vec<String>),
    /// Those with none of these identifiers.
    Unlisted(Vec<String>),
}

impl Split {
    /// The splits of the papers; that with the fixed list only for a set that has all of it.
    pub fn of_papers(relations: &RelationSet) -> Vec<Self> {
        let count = relations.relations().len();
        let mut splits = Vec::new();
        if count > HEAD {
            splits.push(Self::frequent_and_long_tail());
        }
        if count > HEAD + TAIL {
            splits.extend([Self::head_mid_tail(), Self::overlapping()]);
        }
        if FREQUENT.iter().all(|id| relations.column(id).is_some()) {
            splits.push(Self::listed_frequent_and_long_tail());
        }
        splits
    }

    /// The 10 most frequent relations, and all others (KD-DocRE, Table 4).
    pub fn frequent_and_long_tail() -> Self {
        let long_tail = Members::Between { frequent: HEAD, rare: 0 };
        Self::new(
            "frequent and long-tail relations",
            [("frequent", Members::Frequent(0..HEAD)), ("long-tail", long_tail)],
        )
    }

    /// The same with [`FREQUENT`], the list in public code.
    pub fn listed_frequent_and_long_tail() -> Self {
        let list = || FREQUENT.map(String::from).to_vec();
        Self::new(
            "frequent and long-tail relations, fixed list",
            [("frequent", Members::Listed(list())), ("long-tail", Members::Unlisted(list()))],
        )
    }

    /// The 10 most frequent, the 20 rarest, and those between (PEMSCL, Table 3, by its text;
    /// the caption speaks of 70 between, which 96 relations don't have).
    pub fn head_mid_tail() -> Self {
        Self::new(
            "head, mid and tail relations",
            [
                ("head", Members::Frequent(0..HEAD)),
                ("mid", Members::Between { frequent: HEAD, rare: TAIL }),
                ("tail", Members::Rare(0..TAIL)),
            ],
        )
    }

    /// The 10 most frequent, all others but the 10 rarest, the 20 rarest and the 10 rarest
    /// (ARPDL, Table 6): the second and third overlap.
    pub fn overlapping() -> Self {
        Self::new(
            "overlapping head, mid and tail relations",
            [
                ("head", Members::Frequent(0..HEAD)),
                ("mid", Members::Between { frequent: HEAD, rare: 10 }),
                ("tail", Members::Rare(0..TAIL)),
                ("tail", Members::Rare(0..10)),
            ],
        )
    }

    fn new<const N: usize>(name: &str, groups: [(&str, Members); N]) -> Self {
        let group = |(name, members): (&str, Members)| Group { name: name.into(), members };
        Self { name: name.into(), groups: groups.map(group).into() }
    }
}

impl Members {
    /// Those of a ranking.
    fn of<'a>(&self, ranking: &[&'a Relation]) -> Vec<&'a Relation> {
        let size = ranking.len();
        let ranks = |from: usize, to: usize| ranking[from.min(to)..to].to_vec();
        let listed = |ids: &[String], listed: bool| {
            let is_member = |relation: &&&Relation| ids.contains(&relation.id) == listed;
            ranking.iter().filter(is_member).copied().collect()
        };
        match self {
            Self::Frequent(range) => ranks(range.start, range.end.min(size)),
            Self::Rare(range) => {
                ranks(size.saturating_sub(range.end), size.saturating_sub(range.start))
            }
            Self::Between { frequent, rare } => ranks(*frequent, size.saturating_sub(*rare)),
            Self::Listed(ids) => listed(ids, true),
            Self::Unlisted(ids) => listed(ids, false),
        }
    }
}

/// The counts of a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitScores {
    /// What the split is called.
    pub name: String,
    /// Its groups.
    pub groups: Vec<GroupScores>,
}

/// The counts of a group of relations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// Its name and size (`head-10`).
    pub label: String,
    /// The number of its relations.
    pub relations: usize,
    /// The part of the training facts that have one of them.
    pub train_share: f64,
    /// Its facts.
    #[serde(flatten, serialize_with = "with_rates")]
    pub counts: Counts,
}

/// Counts the facts of groups of relations, ranked by their training facts. Predictions for
/// unknown titles count as wrong.
pub fn by_split(
    truth: &Truth,
    judged: &[Judged],
    train: &TrainFacts,
    relations: &RelationSet,
    split: &Split,
) -> SplitScores {
    let ranking = train.ranking(relations);
    let scores = |group: &Group| {
        let members = group.members.of(&ranking);
        let ids: HashSet<&str> = members.iter().map(|relation| relation.id.as_str()).collect();
        let counts = counts_by(truth, judged, |triple| ids.contains(triple.relation).then_some(()));
        GroupScores {
            label: format!("{}-{}", group.name, members.len()),
            relations: members.len(),
            train_share: train.share(&members),
            counts: counts.into_values().sum(),
        }
    };
    SplitScores { name: split.name.clone(), groups: split.groups.iter().map(scores).collect() }
}
