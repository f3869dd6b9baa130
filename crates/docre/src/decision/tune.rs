//! Thresholds tuned on labelled documents.

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

/// The thresholds that are tried: 0.01, 0.02, ... 0.99 (NCRL's appendix tries them from
/// 0.1 to 0.9).
pub const STEPS: usize = 99;

/// Threshold number `step`, from 1.
fn threshold(step: usize) -> f32 {
    step as f32 / (STEPS + 1) as f32
}

/// The lowest threshold that is tried: what lies at or below it is never predicted.
pub fn lowest() -> f32 {
    threshold(1)
}

/// The threshold with the best F1 over all relations, the lowest of equals. `gold` is the
/// number of facts that hold.
///
/// ```
/// use docre::decision::tune::{Candidate, global};
///
/// let candidate = |score, correct| Candidate { column: 1, score, correct };
/// let candidates = [candidate(0.9, true), candidate(0.45, true), candidate(0.4, false)];
/// assert_eq!(global(&candidates, 2), 0.4);
/// ```
pub fn global(candidates: &[Candidate], gold: usize) -> f32 {
    let mut tally = Tally::default();
    candidates.iter().for_each(|candidate| tally.add(candidate));
    threshold(tally.best(gold))
}

/// For each relation the threshold with the best F1 over its own facts, `[relations]`, entry
/// 0 for column 1; the global one where nothing of it holds. `gold` are the numbers of facts
/// that hold by relation.
///
/// ```
/// use docre::decision::tune::{Candidate, per_label};
///
/// let candidate = |column, score, correct| Candidate { column, score, correct };
/// let candidates =
///     [candidate(1, 0.9, true), candidate(1, 0.455, false), candidate(2, 0.3, true)];
/// assert_eq!(per_label(&candidates, &[1, 1]), [0.46, 0.01]);
/// ```
pub fn per_label(candidates: &[Candidate], gold: &[usize]) -> Vec<f32> {
    let mut tallies = vec![Tally::default(); gold.len()];
    candidates.iter().for_each(|candidate| tallies[candidate.column - 1].add(candidate));
    let global = global(candidates, gold.iter().sum());
    let own = |(tally, gold): (&Tally, &usize)| match *gold {
        0 => global,
        gold => threshold(tally.best(gold)),
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

    /// The step with the best F1, the lowest of equals.
    fn best(&self, gold: usize) -> usize {
        let (mut predicted, mut correct) = (0, 0);
        let mut best = (0.0, STEPS);
        for step in (1..=STEPS).rev() {
            predicted += self.predicted[step];
            correct += self.correct[step];
            let f1 = 2.0 * correct as f64 / (predicted + gold).max(1) as f64;
            if f1 >= best.0 {
                best = (f1, step);
            }
        }
        best.1
    }
}
