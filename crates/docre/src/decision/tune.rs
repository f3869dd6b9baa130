//! Thresholds tuned on labelled documents.

use super::Grid;

/// A relation that might be predicted for a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The relation's column, from 1.
    pub column: usize,
    /// Its probability.
    pub score: f32,
    /// Whether it holds.
    pub correct: bool,
}

/// What a threshold is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// The best F1.
    F1,
    /// The most facts of which this share is right; the most precise threshold where no share is as
    /// high.
    Precision(f64),
}

/// The facts of a relation from which on its own threshold says more than that of all.
pub const ENOUGH: usize = 10;

/// The hundredths that may be tried.
pub const STEPS: usize = 99;

/// Threshold number `step`, from 1.
fn threshold(step: usize) -> f32 {
    step as f32 / (STEPS + 1) as f32
}

/// The lowest threshold that is tried: what lies at or below it is never predicted.
pub fn lowest() -> f32 {
    threshold(1)
}

/// The threshold of the grid that is best over all relations, the lowest of equals. `gold` is the
/// number of facts that hold.
///
/// ```
/// use docre::decision::{Grid, tune::{Aim, Candidate, global}};
///
/// let candidate = |score, correct| Candidate { column: 1, score, correct };
/// let candidates = [candidate(0.9, true), candidate(0.45, true), candidate(0.4, false)];
/// assert_eq!(global(&candidates, 2, Aim::F1, Grid::default()), 0.4);
/// let candidates = [candidate(0.9, true), candidate(0.45, false), candidate(0.4, true)];
/// assert_eq!(global(&candidates, 2, Aim::F1, Grid::default()), 0.01);
/// let tenths = Grid { from: 0.1, to: 0.9, step: 0.1 };
/// assert_eq!(global(&candidates, 2, Aim::F1, tenths), 0.1);
/// assert_eq!(global(&candidates, 2, Aim::Precision(0.9), Grid::default()), 0.45);
/// ```
pub fn global(candidates: &[Candidate], gold: usize, aim: Aim, grid: Grid) -> f32 {
    let mut tally = Tally::default();
    candidates.iter().for_each(|candidate| tally.add(candidate));
    threshold(tally.best(gold, aim, grid))
}

/// For each relation the threshold that is best over its own facts, `[relations]`, entry 0 for
/// column 1; the global one where fewer than `enough` of it hold. `gold` are the numbers of facts
/// that hold by relation.
///
/// ```
/// use docre::decision::{Grid, tune::{Aim, Candidate, per_label}};
///
/// let candidate = |column, score, correct| Candidate { column, score, correct };
/// let candidates =
///     [candidate(1, 0.9, true), candidate(1, 0.455, false), candidate(2, 0.3, true)];
/// assert_eq!(per_label(&candidates, &[1, 1], 1, Aim::F1, Grid::default()), [0.46, 0.01]);
/// ```
pub fn per_label(
    candidates: &[Candidate],
    gold: &[usize],
    enough: usize,
    aim: Aim,
    grid: Grid,
) -> Vec<f32> {
    let mut tallies = vec![Tally::default(); gold.len()];
    candidates.iter().for_each(|candidate| tallies[candidate.column - 1].add(candidate));
    let global = global(candidates, gold.iter().sum(), aim, grid);
    let own = |(tally, gold): (&Tally, &usize)| match *gold {
        gold if gold < enough => global,
        gold => threshold(tally.best(gold, aim, grid)),
    };
    tallies.iter().zip(gold).map(own).collect()
}

/// By the highest threshold that they pass, how many candidates there are and how many of
/// them hold.
#[derive(Clone)]
struct Tally {
    predicted: [usize; STEPS + 1],
    correct: [usize; STEPS + 1],
}

impl Default for Tally {
    fn default() -> Self {
        Self { predicted: [0; STEPS + 1], correct: [0; STEPS + 1] }
    }
}

impl Tally {
    fn add(&mut self, candidate: &Candidate) {
        let passes = |step: &usize| candidate.score > threshold(*step);
        // The product may be off by a rounding, so its neighbours are tried.
        let near = (candidate.score * (STEPS + 1) as f32) as usize;
        let highest = (near.saturating_sub(1)..=(near + 1).min(STEPS)).rev().find(passes);
        if let Some(step) = highest {
            self.predicted[step] += 1;
            self.correct[step] += usize::from(candidate.correct);
        }
    }

    /// The best step of the grid, the lowest of equals; the highest where all are alike bad.
    fn best(&self, gold: usize, aim: Aim, grid: Grid) -> usize {
        let (mut predicted, mut correct) = (0, 0);
        let highest = (1..=STEPS).rev().find(|step| grid.has(*step));
        let mut best = (0.0, highest.unwrap_or(STEPS));
        for step in (1..=STEPS).rev() {
            predicted += self.predicted[step];
            correct += self.correct[step];
            let quality = match aim {
                Aim::F1 => 2.0 * correct as f64 / (predicted + gold).max(1) as f64,
                // All that are precise enough are alike, so that the lowest is taken.
                Aim::Precision(least) => (correct as f64 / predicted.max(1) as f64).min(least),
            };
            if grid.has(step) && quality > 0.0 && quality >= best.0 {
                best = (quality, step);
            }
        }
        best.1
    }
}
