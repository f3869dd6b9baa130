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

/// Counts of each document of the truth, in its order; predictions of unknown titles in one
/// more entry at the end.
pub fn counts_by_document(truth: &Truth, judged: &[Judged]) -> Vec<Counts> {
    let unknown = truth.documents().len();
    let by_document = counts_by(truth, judged, |triple| Some(triple.document.unwrap_or(unknown)));
    let mut counts = vec![Counts::default(); unknown + 1];
    by_document.into_iter().for_each(|(document, found)| counts[document] = found);
    counts
}

/// The percentile bootstrap interval of micro F1 over documents (Efron 1979): so many
/// documents as there are, drawn with replacement, again and again.
pub fn bootstrap_f1(by_document: &[Counts], resampling: &Resampling) -> Interval {
    resampling.interval(|mut random| {
        let draws = by_document.iter().map(|_| by_document[random.below(by_document.len())]);
        draws.sum::<Counts>().f1()
    })
}

/// Compares two systems on the same documents: `a` and `b` are their counts by document.
///
/// The p-value is that of approximate randomisation (Noreen 1989; Yeh 2000), two-sided: each
/// document's predictions change systems or not by chance, and a difference of micro F1 as
/// large as the real one counts; the real one counts as one of the draws. The interval is
/// that of the paired bootstrap.
pub fn compare_f1(a: &[Counts], b: &[Counts], resampling: &Resampling) -> Significance {
    assert_eq!(a.len(), b.len(), "both systems are counted on the same documents");
    let difference = f1_difference(a.iter().copied().zip(b.iter().copied()));
    let swapped = |mut random: Random| {
        let pairs = a.iter().zip(b);
        let swap = |(a, b): (&Counts, &Counts)| match random.below(2) {
            0 => (*a, *b),
            _ => (*b, *a),
        };
        f1_difference(pairs.map(swap))
    };
    let as_large = |found: &f64| found.abs() >= difference.abs() - ROUNDING;
    let draws = resampling.draw(SWAPS, swapped);
    let count = draws.iter().filter(|found| as_large(found)).count();
    Significance {
        difference,
        p_value: (count + 1) as f64 / (draws.len() + 1) as f64,
        interval: resampling.interval(|mut random| {
            f1_difference(a.iter().map(|_| {
                let document = random.below(a.len());
                (a[document], b[document])
            }))
        }),
    }
}

/// Micro F1 of the second less that of the first.
fn f1_difference(pairs: impl Iterator<Item = (Counts, Counts)>) -> f64 {
    let (mut first, mut second) = (Counts::default(), Counts::default());
    for (a, b) in pairs {
        first += a;
        second += b;
    }
    second.f1() - first.f1()
}

/// The value below which a part of an ascending list lies, by linear interpolation.
fn quantile(values: &[f64], part: f64) -> f64 {
    let place = part * (values.len() - 1) as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}
