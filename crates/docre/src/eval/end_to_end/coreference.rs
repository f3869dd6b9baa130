//! How well mentions are joined: the measures of the CoNLL shared task, and LEA.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::assignment::best_sum;
use super::overlap::{Span, overlaps};
use crate::eval::counts::{Rates, f1};

/// Sums of which the measures are quotients, over documents.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sums {
    recall: [f64; 2],
    precision: [f64; 2],
}

/// Clusters of mentions against gold ones, by MUC (Vilain et al. 1995), B³ (Bagga and Baldwin
/// 1998), CEAF with φ4 (Luo 2005), and LEA (Moosavi and Strube 2016). A mention is in one cluster
/// of each side at most.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coreference {
    muc: Sums,
    b_cubed: Sums,
    ceaf: Sums,
    lea: Sums,
}

/// The F1 of each measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoreferenceScores {
    /// By links that a cluster lacks.
    pub muc: f64,
    /// By the cluster of each mention.
    pub b_cubed: f64,
    /// By clusters matched one to one.
    pub ceaf_phi4: f64,
    /// By the links of each cluster, weighed by its size.
    pub lea: f64,
}

impl Sums {
    fn add(&mut self, recall: [f64; 2], precision: [f64; 2]) {
        for (sums, more) in [(&mut self.recall, recall), (&mut self.precision, precision)] {
            sums[0] += more[0];
            sums[1] += more[1];
        }
    }

    fn rates(&self) -> [f64; 2] {
        [self.precision, self.recall].map(|[part, all]| if all == 0.0 { 0.0 } else { part / all })
    }

    fn f1(&self) -> f64 {
        let [precision, recall] = self.rates();
        f1(precision, recall)
    }
}

impl Coreference {
    /// Adds a document's clusters.
    pub(super) fn add(&mut self, gold: &[BTreeSet<Span>], found: &[BTreeSet<Span>]) {
        let (of_gold, of_found) = (overlaps(gold, found), overlaps(found, gold));
        self.muc.add(muc(gold, &of_gold), muc(found, &of_found));
        self.b_cubed.add(b_cubed(gold, &of_gold), b_cubed(found, &of_found));
        let similarity = ceaf(gold, found, &of_gold);
        self.ceaf.add([similarity, gold.len() as f64], [similarity, found.len() as f64]);
        self.lea.add(lea(gold, found, &of_gold), lea(found, gold, &of_found));
    }

    /// The F1 of each measure.
    pub fn scores(&self) -> CoreferenceScores {
        CoreferenceScores {
            muc: self.muc.f1(),
            b_cubed: self.b_cubed.f1(),
            ceaf_phi4: self.ceaf.f1(),
            lea: self.lea.f1(),
        }
    }
}

impl CoreferenceScores {
    /// The mean of MUC, B³ and CEAF, by which the CoNLL shared task ranked.
    pub fn conll(&self) -> f64 {
        (self.muc + self.b_cubed + self.ceaf_phi4) / 3.0
    }
}

/// Links that the other side has too, of all: a cluster of n mentions has n - 1.
fn muc(clusters: &[BTreeSet<Span>], shared: &[Vec<(usize, usize)>]) -> [f64; 2] {
    let (mut right, mut all) = (0, 0);
    for (cluster, shared) in clusters.iter().zip(shared) {
        let known: usize = shared.iter().map(|(_, count)| count).sum();
        let parts = shared.len() + cluster.len() - known;
        right += cluster.len() - parts;
        all += cluster.len() - 1;
    }
    [right as f64, all as f64]
}

/// The share of each mention's cluster that is in its cluster on the other side, summed.
fn b_cubed(clusters: &[BTreeSet<Span>], shared: &[Vec<(usize, usize)>]) -> [f64; 2] {
    let (mut right, mut all) = (0.0, 0);
    for (cluster, shared) in clusters.iter().zip(shared) {
        let squares: usize = shared.iter().map(|(_, count)| count * count).sum();
        right += squares as f64 / cluster.len() as f64;
        all += cluster.len();
    }
    [right, all as f64]
}

/// The similarity (φ4) of clusters under the best match one to one.
fn ceaf(gold: &[BTreeSet<Span>], found: &[BTreeSet<Span>], shared: &[Vec<(usize, usize)>]) -> f64 {
    let weights = gold.iter().zip(shared).map(|(cluster, shared)| {
        let weight = |&(other, count): &(usize, usize)| {
            (other, 2.0 * count as f64 / (cluster.len() + found[other].len()) as f64)
        };
        shared.iter().map(weight).collect()
    });
    best_sum(&weights.collect::<Vec<_>>())
}

/// The share of each cluster's links that the other side has, weighed by size. A cluster of one
/// mention has a link with itself, which another such cluster has too.
fn lea(
    clusters: &[BTreeSet<Span>],
    others: &[BTreeSet<Span>],
    shared: &[Vec<(usize, usize)>],
) -> [f64; 2] {
    let links = |count: usize| (count * (count - 1)) as f64 / 2.0;
    let (mut right, mut all) = (0.0, 0.0);
    for (cluster, shared) in clusters.iter().zip(shared) {
        let found = match cluster.len() {
            1 => f64::from(u8::from(shared.iter().any(|(other, _)| others[*other].len() == 1))),
            size => shared.iter().map(|(_, count)| links(*count)).sum::<f64>() / links(size),
        };
        right += cluster.len() as f64 * found;
        all += cluster.len() as f64;
    }
    [right, all]
}

impl Serialize for Coreference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written {
            muc: Rates,
            b_cubed: Rates,
            ceaf_phi4: Rates,
            lea: Rates,
            conll_f1: f64,
        }

        let rates = |sums: &Sums| {
            let [precision, recall] = sums.rates();
            Rates::new(precision, recall)
        };
        Written {
            muc: rates(&self.muc),
            b_cubed: rates(&self.b_cubed),
            ceaf_phi4: rates(&self.ceaf),
            lea: rates(&self.lea),
            conll_f1: self.scores().conll(),
        }
        .serialize(serializer)
    }
}
