//! The thresholds that tuning tries.

use serde::{Deserialize, Serialize};

/// Thresholds at equal steps: 0.01, 0.02, ... 0.99 by default. NCRL's appendix tries 0.1, 0.11, ...
/// 0.9 for BCE.
///
/// ```
/// use docre::decision::Grid;
///
/// let grid = Grid { from: 0.1, to: 0.9, step: 0.1 };
/// assert_eq!((1..100).filter(|place| grid.has(*place)).count(), 9);
/// assert_eq!((1..100).filter(|place| Grid::default().has(*place)).count(), 99);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grid {
    /// The lowest, a whole number of hundredths above 0.
    pub from: f64,
    /// The highest, below 1.
    pub to: f64,
    /// From one to the next, at least 0.01.
    pub step: f64,
}

impl Default for Grid {
    fn default() -> Self {
        Self { from: 0.01, to: 0.99, step: 0.01 }
    }
}

impl Grid {
    /// Whether so many hundredths are tried.
    pub fn has(&self, place: usize) -> bool {
        let [from, to, step] = [self.from, self.to, self.step].map(hundredths);
        (from..=to).contains(&place) && (place - from).is_multiple_of(step)
    }
}

fn hundredths(value: f64) -> usize {
    (value * 100.0).round() as usize
}
