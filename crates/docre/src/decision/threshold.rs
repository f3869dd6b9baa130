//! What scores are compared with.

/// What separates a positive from a negative score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// The score of the threshold class, column 0, which the loss teaches.
    Class,
    /// 0, for every relation; column 0 is a class like any other.
    Zero,
    /// A probability to be tuned; column 0 isn't taught.
    Probability,
}
