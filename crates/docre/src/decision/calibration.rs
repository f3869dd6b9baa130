//! How sure a fact is, so that of facts with score 0.8 about 80 % are right.

use serde::{Deserialize, Serialize};

/// Temperature scaling (Guo et al. 2017) of the score that a fact carries: σ(margin / T), the
/// margin that of [`Chosen`](super::Chosen). Which relations are chosen doesn't depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// T, above 0; 1 leaves scores as they are.
    pub temperature: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

/// The inverse temperatures among which the best is looked for: temperatures from 0.05 to 20.
const INVERSE: (f64, f64) = (0.05, 20.0);

/// Halvings of that range, to below the precision of `f32`.
const HALVINGS: usize = 40;

impl Calibration {
    /// The score of a margin, in (0, 1).
    pub fn score(self, margin: f32) -> f32 {
        super::sigmoid(margin / self.temperature)
    }

    /// The temperature under which chosen relations that are right (or wrong) are likeliest;
    /// 1 if none is given.
    ///
    /// ```
    /// use docre::decision::Calibration;
    ///
    /// // Three of four are right, whatever the margin says: σ(4 / T) = 0.75.
    /// let fitted = Calibration::fit(&[(4.0, true), (4.0, true), (4.0, true), (4.0, false)]);
    /// assert!((fitted.score(4.0) - 0.75).abs() < 1e-4);
    /// ```
    pub fn fit(chosen: &[(f32, bool)]) -> Self {
        if chosen.is_empty() {
            return Self::default();
        }
        // The slope of the negative log-likelihood, which rises with the inverse temperature.
        let slope = |inverse: f64| -> f64 {
            let term = |&(margin, right): &(f32, bool)| {
                let margin = f64::from(margin);
                margin * (1.0 / (1.0 + (-inverse * margin).exp()) - f64::from(right))
            };
            chosen.iter().map(term).sum()
        };
        let (mut low, mut high) = INVERSE;
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        Self { temperature: (2.0 / (low + high)) as f32 }
    }

    /// Refuses a temperature that makes no score.
    pub fn check(&self) -> Result<(), String> {
        if self.temperature.is_finite() && self.temperature > 0.0 {
            return Ok(());
        }
        Err(format!("calibration.temperature must be above 0, but is {}", self.temperature))
    }
}

#[cfg(test)]
mod tests {
    use super::Calibration;

    /// Facts of one margin, of which so many of a hundred are right.
    fn chosen(margin: f32, right: usize) -> Vec<(f32, bool)> {
        (0..100).map(|place| (margin, place < right)).collect()
    }

    #[test]
    fn small_margins_of_right_facts_are_stretched() {
        // ln(0.88 / 0.12) is 1.99243: the margin over it is the temperature.
        for margin in [4.0, 0.8, 0.4, 0.12] {
            let fitted = Calibration::fit(&chosen(margin, 88)).temperature;
            assert!((fitted - margin / 1.992_43).abs() < 1e-5, "{fitted} of {margin}");
        }
    }

    #[test]
    fn a_temperature_stays_between_its_ends() {
        let fit = |margin, right| Calibration::fit(&chosen(margin, right));
        for (margin, right) in [(0.01, 100), (0.5, 100), (-0.5, 0)] {
            let sure = fit(margin, right);
            assert!((sure.temperature - 0.05).abs() < 1e-6, "{sure:?}");
        }
        for (margin, right) in [(0.01, 0), (80.0, 0), (80.0, 50)] {
            let unsure = fit(margin, right);
            assert!((unsure.temperature - 20.0).abs() < 1e-3, "{unsure:?}");
        }
        // Where the margin says all, any temperature that leaves it so is as good.
        assert_eq!((fit(80.0, 100).score(80.0), fit(-80.0, 0).score(-80.0)), (1.0, 0.0));
    }
}
