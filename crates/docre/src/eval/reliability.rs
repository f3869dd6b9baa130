//! Whether scores say how often facts are right.

use serde::Serialize;

/// The ranges of scores that are looked at apart.
const BINS: usize = 10;

/// A reliability curve: of facts with about the same score, how many are right.
///
/// ```
/// use docre::eval::reliability::Reliability;
///
/// let scored = [(0.9, true), (0.9, true), (0.9, false), (0.1, false)];
/// let reliability = Reliability::new(scored).unwrap();
/// // |0.9 - 2/3| of three quarters, and |0.1 - 0| of one.
/// let error = 0.75 * (0.9 - 2.0 / 3.0) + 0.25 * 0.1;
/// assert!((reliability.expected_calibration_error - error).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// The ranges that hold a fact, by rising score.
    pub bins: Vec<ReliabilityBin>,
    /// The mean distance of mean score and share of right ones over ranges, weighted by facts
    /// (Naeini et al. 2015).
    pub expected_calibration_error: f64,
    /// The mean of (score - right)², right being 1 or 0.
    pub brier_score: f64,
    /// The facts.
    pub facts: usize,
}

/// The facts whose score lies in a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Where the range begins; scores of 1 belong to the last.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// The facts in it.
    pub facts: usize,
    /// Their mean score.
    pub score: f64,
    /// The share of them that is right.
    pub right: f64,
}

impl Reliability {
    /// The curve of scores in [0, 1] and whether their facts are right; `None` without any.
    pub fn new(scored: impl IntoIterator<Item = (f32, bool)>) -> Option<Self> {
        let mut sums = [(0usize, 0.0, 0usize); BINS];
        let (mut facts, mut squares) = (0, 0.0);
        for (score, right) in scored {
            let score = f64::from(score);
            let bin = &mut sums[((score * BINS as f64) as usize).min(BINS - 1)];
            bin.0 += 1;
            bin.1 += score;
            bin.2 += usize::from(right);
            facts += 1;
            squares += (score - f64::from(u8::from(right))).powi(2);
        }
        if facts == 0 {
            return None;
        }
        let edge = |place: usize| place as f64 / BINS as f64;
        let filled = sums.iter().enumerate().filter(|(_, (count, ..))| *count > 0);
        let bins: Vec<ReliabilityBin> = filled
            .map(|(place, &(count, score, right))| ReliabilityBin {
                from: edge(place),
                to: edge(place + 1),
                facts: count,
                score: score / count as f64,
                right: right as f64 / count as f64,
            })
            .collect();
        let error = bins.iter().map(|bin| bin.facts as f64 * (bin.score - bin.right).abs());
        Some(Self {
            expected_calibration_error: error.sum::<f64>() / facts as f64,
            brier_score: squares / facts as f64,
            facts,
            bins,
        })
    }
}
