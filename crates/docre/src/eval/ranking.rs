//! How good a ranking is: precision of its first entries, average precision.

use serde::Serialize;

/// The precision of a ranking's first entries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionAt {
    /// How many of the first entries count.
    pub first: usize,
    /// The share of them that is right.
    pub precision: f64,
}

/// How good a ranking is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankingScores {
    /// The entries ranked.
    pub ranked: usize,
    /// Those of them that are right.
    pub correct: usize,
    /// All that there was to find, ranked or not.
    pub relevant: usize,
    /// The precision of the first entries, only where the ranking has as many and there was
    /// something to find.
    pub precision_at: Vec<PrecisionAt>,
    /// The mean, over all that there was to find, of the precision down to each, which is 0
    /// for what isn't ranked; `None` where there was nothing to find.
    pub average_precision: Option<f64>,
}

/// Scores a ranking by which of its entries are right, best first. `relevant` is the number of
/// all that there was to find, ranked or not; `firsts` says after how many entries the
/// precision is taken.
///
/// ```
/// use docre::eval::ranking::ranking;
///
/// // Right, wrong, right; a third one isn't ranked.
/// let scores = ranking(&[true, false, true], 3, &[2, 100]);
/// assert_eq!(scores.precision_at.len(), 1);
/// assert_eq!(scores.precision_at[0].precision, 0.5);
/// assert_eq!(scores.average_precision, Some((1.0 / 1.0 + 2.0 / 3.0) / 3.0));
/// // No ranking is good or bad where there was nothing to find.
/// assert_eq!(ranking(&[false, false], 0, &[2]).average_precision, None);
/// ```
pub fn ranking(right: &[bool], relevant: usize, firsts: &[usize]) -> RankingScores {
    let (mut correct, mut sum, mut precision_at) = (0, 0.0, Vec::new());
    for (place, right) in right.iter().enumerate() {
        let first = place + 1;
        correct += usize::from(*right);
        let precision = correct as f64 / first as f64;
        if *right {
            sum += precision;
        }
        if relevant > 0 && firsts.contains(&first) {
            precision_at.push(PrecisionAt { first, precision });
        }
    }
    let average_precision = (relevant > 0).then(|| sum / relevant as f64);
    RankingScores { ranked: right.len(), correct, relevant, precision_at, average_precision }
}
