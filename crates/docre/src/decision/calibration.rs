//! How sure a fact is, so that of facts with score 0.8 about 80 % are right.

use serde::{Deserialize, Serialize};

/// Platt scaling (Platt 1999) of the score that a fact carries: σ(margin / T + offset), the margin
/// that of [`Chosen`](super::Chosen). With the offset 0 it is temperature scaling (Guo et al.
/// 2017). Which relations are chosen doesn't depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// T, above 0; 1 leaves scores as they are.
    pub temperature: f32,
    /// What is added: a chosen relation has a margin above 0, but where fewer than half of those
    /// with a small one are right, their scores have to be below a half.
    #[serde(default)]
    pub offset: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 1.0, offset: 0.0 }
    }
}

/// The inverse temperatures among which the best is looked for: temperatures from 0.05 to 20.
const SLOPES: (f64, f64) = (0.05, 20.0);

/// The offsets among which the best is looked for.
const OFFSETS: (f64, f64) = (-10.0, 10.0);

/// How far a fit is drawn to scores as they are, where facts don't say.
const RIDGE: f64 = 1e-6;

/// Newton's steps; a fit takes some ten.
const STEPS: usize = 100;

impl Calibration {
    /// The score of a margin, in (0, 1).
    pub fn score(self, margin: f32) -> f32 {
        super::sigmoid(margin / self.temperature + self.offset)
    }

    /// The temperature and offset under which chosen relations that are right (or wrong) are
    /// likeliest; scores as they are if none is given.
    ///
    /// ```
    /// use docre::decision::Calibration;
    ///
    /// // Three of four with a large margin are right, and one of four with a small one.
    /// let facts = |margin, right| (0..4).map(move |place| (margin, place < right));
    /// let fitted = Calibration::fit(&facts(4.0, 3).chain(facts(1.0, 1)).collect::<Vec<_>>());
    /// assert!((fitted.score(4.0) - 0.75).abs() < 1e-4);
    /// assert!((fitted.score(1.0) - 0.25).abs() < 1e-4);
    /// ```
    pub fn fit(chosen: &[(f32, bool)]) -> Self {
        if chosen.is_empty() {
            return Self::default();
        }
        let (mut slope, mut offset) = (1.0, 0.0);
        for _ in 0..STEPS {
            let (step, shift) = newton_step(chosen, slope, offset);
            // Halved until it leads to a likelier fit: far from it a whole step may overshoot.
            let before = surprise(chosen, slope, offset);
            let mut part = 1.0;
            let next = loop {
                let next = (
                    (slope - part * step).clamp(SLOPES.0, SLOPES.1),
                    (offset - part * shift).clamp(OFFSETS.0, OFFSETS.1),
                );
                if surprise(chosen, next.0, next.1) <= before || part < 1e-6 {
                    break next;
                }
                part /= 2.0;
            };
            let moved = (next.0 - slope).abs() + (next.1 - offset).abs();
            (slope, offset) = next;
            if moved < 1e-9 {
                break;
            }
        }
        Self { temperature: (1.0 / slope) as f32, offset: offset as f32 }
    }
}

/// The negative log-likelihood of what is right and wrong, with the ridge.
fn surprise(chosen: &[(f32, bool)], slope: f64, offset: f64) -> f64 {
    let term = |&(margin, right): &(f32, bool)| {
        let logit = slope * f64::from(margin) + offset;
        let towards = if right { -logit } else { logit };
        // log(1 + exp(x)) without overflow
        towards.max(0.0) + (-towards.abs()).exp().ln_1p()
    };
    let ridge = RIDGE / 2.0 * ((slope - 1.0).powi(2) + offset * offset);
    chosen.iter().map(term).sum::<f64>() + ridge
}

/// Newton's step for slope and offset. At a bound of the slope only the offset moves.
fn newton_step(chosen: &[(f32, bool)], slope: f64, offset: f64) -> (f64, f64) {
    let (mut g_slope, mut g_offset) = (RIDGE * (slope - 1.0), RIDGE * offset);
    let (mut h_slope, mut h_both, mut h_offset) = (RIDGE, 0.0, RIDGE);
    for &(margin, right) in chosen {
        let margin = f64::from(margin);
        let score = 1.0 / (1.0 + (-(slope * margin + offset)).exp());
        let (error, weight) = (score - f64::from(u8::from(right)), score * (1.0 - score));
        g_slope += margin * error;
        g_offset += error;
        h_slope += margin * margin * weight;
        h_both += margin * weight;
        h_offset += weight;
    }
    let outward = slope <= SLOPES.0 && g_slope > 0.0 || slope >= SLOPES.1 && g_slope < 0.0;
    if outward {
        return (0.0, g_offset / h_offset);
    }
    let determinant = h_slope * h_offset - h_both * h_both;
    let step = (h_offset * g_slope - h_both * g_offset) / determinant;
    let shift = (h_slope * g_offset - h_both * g_slope) / determinant;
    (step, shift)
}

#[cfg(test)]
mod tests {
    use super::Calibration;

    /// Facts of one margin, of which so many of a hundred are right.
    fn chosen(margin: f32, right: usize) -> impl Iterator<Item = (f32, bool)> {
        (0..100).map(move |place| (margin, place < right))
    }

    fn fit(of: &[(f32, usize)]) -> Calibration {
        let facts = of.iter().flat_map(|&(margin, right)| chosen(margin, right));
        Calibration::fit(&facts.collect::<Vec<_>>())
    }

    #[test]
    fn scores_say_how_many_are_right_also_where_fewer_than_half_are() {
        for of in [[(0.4, 19), (3.0, 70)], [(0.5, 55), (2.0, 88)], [(0.1, 5), (9.0, 45)]] {
            let fitted = fit(&of);
            for (margin, right) in of {
                let score = fitted.score(margin);
                assert!((score - right as f32 / 100.0).abs() < 1e-3, "{score} for {margin}");
            }
        }
    }

    #[test]
    fn one_margin_alone_is_met_too() {
        for (margin, right) in [(4.0, 88), (0.4, 88), (0.12, 10), (80.0, 50)] {
            let score = fit(&[(margin, right)]).score(margin);
            assert!((score - right as f32 / 100.0).abs() < 1e-3, "{score} for {margin}");
        }
    }

    #[test]
    fn a_larger_margin_never_has_a_lower_score() {
        let fitted = fit(&[(0.5, 90), (3.0, 20)]);
        assert!((fitted.temperature - 20.0).abs() < 1e-3 && fitted.score(3.0) > fitted.score(0.5));
        for of in [[(0.1, 0), (5.0, 0)], [(0.1, 100), (5.0, 100)], [(0.1, 0), (5.0, 100)]] {
            let fitted = fit(&of);
            assert!(
                fitted.temperature > 0.0 && fitted.score(5.0) >= fitted.score(0.1),
                "{fitted:?}"
            );
        }
        assert_eq!(Calibration::fit(&[]), Calibration::default());
    }
}
