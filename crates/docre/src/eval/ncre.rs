//! None class ranking error.

use crate::document::RelationSet;

/// None class ranking error (NCRL, Eq. 1): for each pair the number of relations whose score
/// lies on the wrong side of the none class, an equal score counting a half; its mean over
/// pairs.
///
/// ```
/// use docre::eval::ncre::NoneClassRankingError;
///
/// let mut error = NoneClassRankingError::default();
/// error.add(&[0.0, 2.0, 1.0, 0.0], |column| column == 1); // column 2 is too high, 3 ties
/// error.add(&[0.0, -2.0, -1.0, -3.0], |_| false);
/// assert_eq!(error.mean(), 0.75);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NoneClassRankingError {
    sum: f64,
    pairs: usize,
}

impl NoneClassRankingError {
    /// Adds a pair: its scores `[classes]`, column 0 the none class, and whether the relation
    /// of a column holds.
    pub fn add(&mut self, scores: &[f32], holds: impl Fn(usize) -> bool) {
        let none = scores[RelationSet::NONE];
        let error = |(column, score): (usize, &f32)| match score.total_cmp(&none) {
            _ if *score == none => 0.5,
            order => f64::from(order.is_gt() != holds(column)),
        };
        self.sum += scores.iter().enumerate().skip(RelationSet::NONE + 1).map(error).sum::<f64>();
        self.pairs += 1;
    }

    /// The mean over the pairs; 0 if there is none.
    pub fn mean(&self) -> f64 {
        self.sum / self.pairs.max(1) as f64
    }
}
