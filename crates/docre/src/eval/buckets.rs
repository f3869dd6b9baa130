//! Ranges of a whole number.

use serde::Serialize;

use super::counts::{Counts, with_rates};

/// The counts of the facts for which a number lies in a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BucketScores {
    /// The range for people (`2–3 sentences apart`).
    pub label: String,
    /// The smallest number.
    pub from: usize,
    /// The largest number; `None` where there is none.
    pub to: Option<usize>,
    /// The facts.
    #[serde(flatten, serialize_with = "with_rates")]
    pub counts: Counts,
}

/// Puts the counts of single numbers into ranges. Each start, in ascending order, begins a
/// range that ends before the next one, and the last has no end; numbers below the first
/// start are left out. `one` and `many` are what is counted, in singular and plural.
pub(super) fn fill(
    counts: impl Fn(usize, Option<usize>) -> Counts,
    starts: &[usize],
    (one, many): (&str, &str),
) -> Vec<BucketScores> {
    let bucket = |(place, &from): (usize, &usize)| {
        let to = starts.get(place + 1).map(|next| next - 1);
        let label = match to {
            Some(1) if from == 1 => format!("1 {one}"),
            Some(to) if from == to => format!("{from} {many}"),
            Some(to) => format!("{from}–{to} {many}"),
            None => format!("{from}+ {many}"),
        };
        BucketScores { label, from, to, counts: counts(from, to) }
    };
    starts.iter().enumerate().map(bucket).collect()
}
