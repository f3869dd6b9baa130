//! How far scores depend on the documents that happen to be measured.

use rayon::prelude::*;
use serde::Serialize;

use super::counts::Counts;
use super::judged::Judged;
use super::triple::counts_by;
use super::truth::Truth;
use crate::random::Random;

/// The streams of a seed that swap systems; those from 0 draw documents.
const SWAPS: u64 = 1 << 32;

/// Differences of F1 that are nearer than this are equal, but for rounding.
const ROUNDING: f64 = 1e-12;

/// How documents are drawn again. The same settings give the same numbers, on any machine
/// and any number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// How often; at least 1.
    pub resamples: usize,
    /// The seed of the draws.
    pub seed: u64,
    /// The part of the resamples that an interval holds.
    pub level: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: 10_000, seed: 66, level: 0.95 }
    }
}

impl Resampling {
    /// What `value` gives for each resample, in any order of calls: each has its own stream.
    fn draw(&self, stream: u64, value: impl Fn(Random) -> f64 + Sync) -> Vec<f64> {
        let streams = (0..self.resamples.max(1) as u64).into_par_iter();
        streams.map(|resample| value(Random::new(self.seed, stream + resample))).collect()
    }

    /// The part `level` in the middle of what `value` gives.
    fn interval(&self, value: impl Fn(Random) -> f64 + Sync) -> Interval {
        let mut values = self.draw(0, value);
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        let [low, high] = [tail, 1.0 - tail].map(|part| quantile(&values, part));
        Interval { low, high, level: self.level }
    }
}

/// A confidence interval, in fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The level of confidence (0.95).
    pub level: f64,
}

/// Whether one system is better than another by more than chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Significance {
    /// F1 of the second less F1 of the first, in fractions.
    pub difference: f64,
    /// How likely a difference as large, either way, is if the two are equally good.
    pub p_value: f64,
    /// The interval of the difference.
    pub interval: Interval,
}

/// The counts of one list of predictions, document by document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentCounts {
    /// Those of the truth, in its order.
    pub documents: Vec<Counts>,
    /// Predictions of unknown titles. They are no document that could be drawn again or left
    /// out, so they count once in every resample.
    pub unknown: Counts,
}

impl From<Vec<Counts>> for DocumentCounts {
    fn from(documents: Vec<Counts>) -> Self {
        Self { documents, unknown: Counts::default() }
    }
}

impl DocumentCounts {
    /// Micro F1 of some of the documents.
    fn f1_of(&self, documents: &[usize]) -> f64 {
        let drawn: Counts = documents.iter().map(|document| self.documents[*document]).sum();
        [drawn, self.unknown].into_iter().sum::<Counts>().f1()
    }
}

/// The counts of each document of the truth.
pub fn counts_by_document(truth: &Truth, judged: &[Judged]) -> DocumentCounts {
    let mut counts = DocumentCounts::from(vec![Counts::default(); truth.documents().len()]);
    for (document, found) in counts_by(truth, judged, |triple| Some(triple.document)) {
        match document {
            Some(document) => counts.documents[document] = found,
            None => counts.unknown = found,
        }
    }
    counts
}

/// The percentile bootstrap interval of micro F1 over documents (Efron 1979): so many
/// documents as there are, drawn with replacement, again and again.
pub fn bootstrap_f1(counts: &DocumentCounts, resampling: &Resampling) -> Interval {
    let documents = counts.documents.len();
    resampling.interval(|random| counts.f1_of(&drawn(documents, random)))
}

/// Compares two systems on the same documents: `a` and `b` are the counts of their runs, the
/// first of one beside the first of the other, and so on. What is compared is the mean over
/// runs of the differences of micro F1.
///
/// The p-value is that of approximate randomisation (Noreen 1989; Yeh 2000), two-sided: each
/// document's predictions, those of all runs together, change systems or not by chance, and a
/// difference as large as the real one counts; the real one counts as one of the draws. The
/// interval is that of the paired bootstrap.
///
/// # Panics
///
/// If the two have different numbers of runs, or the runs of documents.
pub fn compare_f1(
    a: &[DocumentCounts],
    b: &[DocumentCounts],
    resampling: &Resampling,
) -> Significance {
    assert_eq!(a.len(), b.len(), "each run has a partner");
    let documents = a.first().map_or(0, |run| run.documents.len());
    let same = a.iter().chain(b).all(|run| run.documents.len() == documents);
    assert!(same, "both systems are counted on the same documents");
    let mean = |difference: &dyn Fn(&DocumentCounts, &DocumentCounts) -> f64| {
        let sum: f64 = a.iter().zip(b).map(|(a, b)| difference(a, b)).sum();
        sum / a.len().max(1) as f64
    };
    let of_drawn = |drawn: &[usize]| mean(&|a, b| b.f1_of(drawn) - a.f1_of(drawn));
    let difference = of_drawn(&(0..documents).collect::<Vec<_>>());
    let swapped = |mut random: Random| {
        // One more for the unknown titles.
        let swaps: Vec<bool> = (0..=documents).map(|_| random.below(2) == 1).collect();
        mean(&|a, b| swapped_difference(a, b, &swaps))
    };
    let as_large = |found: &f64| found.abs() >= difference.abs() - ROUNDING;
    let draws = resampling.draw(SWAPS, swapped);
    let count = draws.iter().filter(|found| as_large(found)).count();
    Significance {
        difference,
        p_value: (count + 1) as f64 / (draws.len() + 1) as f64,
        interval: resampling.interval(|random| of_drawn(&drawn(documents, random))),
    }
}

/// So many documents as there are, with replacement.
fn drawn(documents: usize, mut random: Random) -> Vec<usize> {
    (0..documents).map(|_| random.below(documents)).collect()
}

/// Micro F1 of the second less that of the first, with some documents' counts swapped.
fn swapped_difference(a: &DocumentCounts, b: &DocumentCounts, swaps: &[bool]) -> f64 {
    let units = |run: &DocumentCounts| -> Vec<Counts> {
        run.documents.iter().copied().chain([run.unknown]).collect()
    };
    let (mut first, mut second) = (Counts::default(), Counts::default());
    for ((a, b), swap) in units(a).into_iter().zip(units(b)).zip(swaps) {
        let (one, other) = if *swap { (b, a) } else { (a, b) };
        first += one;
        second += other;
    }
    second.f1() - first.f1()
}

/// The value below which a part of an ascending list lies, by linear interpolation.
fn quantile(values: &[f64], part: f64) -> f64 {
    let place = part * (values.len() - 1) as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}
