//! What scores look like beside their thresholds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::RelationSet;

/// The width of a bar of the margins' histogram.
const WIDTH: f64 = 0.5;

/// Margins beyond this are counted in the outermost bars.
const OUTERMOST: f64 = 20.0;

/// The scores of many pairs, added one after another.
///
/// ```
/// use docre::eval::score_profile::ScoreProfile;
///
/// let mut profile = ScoreProfile::default();
/// profile.add(&[1.0, 3.0, -1.0], |_| 1.0, |column| column == 1);
/// let positive = &profile.positives()[0];
/// assert_eq!((positive.relations, positive.labels), (1, 1));
/// assert_eq!((positive.score, positive.threshold, positive.relative_pct), (3.0, 1.0, Some(100.0)));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreProfile {
    positives: BTreeMap<usize, Sums>,
    /// By place of the bar: the margins of labels that hold, and of those that don't.
    margins: BTreeMap<i64, [usize; 2]>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Sums {
    labels: usize,
    score: f64,
    threshold: f64,
    relative: f64,
    relatives: usize,
}

/// The scores of the labels that hold, of the pairs with a number of relations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PositiveScores {
    /// The number of relations that hold between the pair.
    pub relations: usize,
    /// How many labels that are.
    pub labels: usize,
    /// The mean of their scores (ARPDL, Figure 4a).
    pub score: f64,
    /// The mean of the thresholds that they have to pass.
    pub threshold: f64,
    /// The mean of (score - threshold) / ((score + threshold) / 2), percent (ARPDL, Eq. 13).
    /// It is printed for scores above 0; where score + threshold isn't, it says nothing, so
    /// such labels are left out; `None` if all are.
    pub relative_pct: Option<f64>,
    /// How many labels the relative score is a mean of.
    pub relative_labels: usize,
}

/// A bar of the margins' histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MarginBar {
    /// Where it begins; the first and the last hold all that lies beyond them.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Labels that hold with a margin between the two, the lower bound included.
    pub positive: usize,
    /// Labels that don't hold.
    pub negative: usize,
}

impl ScoreProfile {
    /// Adds a pair: its scores `[classes]`, column 0 the none class, and of a column the
    /// threshold that it has to pass and whether its relation holds.
    pub fn add(
        &mut self,
        scores: &[f32],
        threshold: impl Fn(usize) -> f32,
        holds: impl Fn(usize) -> bool,
    ) {
        let columns = RelationSet::NONE + 1..scores.len();
        let count = columns.clone().filter(|column| holds(*column)).count();
        for column in columns {
            let (score, positive) = (f64::from(scores[column]), holds(column));
            let threshold = f64::from(threshold(column));
            let place = (score - threshold).clamp(-OUTERMOST, OUTERMOST.next_down()) / WIDTH;
            self.margins.entry(place.floor() as i64).or_default()[usize::from(!positive)] += 1;
            if positive {
                self.positives.entry(count).or_default().add(score, threshold);
            }
        }
    }

    /// The scores of labels that hold, by the number of relations of their pair.
    pub fn positives(&self) -> Vec<PositiveScores> {
        let mean = |(&relations, sums): (&usize, &Sums)| {
            let labels = sums.labels as f64;
            PositiveScores {
                relations,
                labels: sums.labels,
                score: sums.score / labels,
                threshold: sums.threshold / labels,
                relative_pct: (sums.relatives > 0)
                    .then(|| 100.0 * sums.relative / sums.relatives as f64),
                relative_labels: sums.relatives,
            }
        };
        self.positives.iter().map(mean).collect()
    }

    /// The margins, score - threshold, from the lowest to the highest that there is.
    pub fn margins(&self) -> Vec<MarginBar> {
        let ends = self.margins.keys().next().zip(self.margins.keys().next_back());
        let Some((&first, &last)) = ends else { return Vec::new() };
        let bar = |place: i64| {
            let [positive, negative] = self.margins.get(&place).copied().unwrap_or_default();
            let from = place as f64 * WIDTH;
            MarginBar { from, to: from + WIDTH, positive, negative }
        };
        (first..=last).map(bar).collect()
    }
}

impl Sums {
    fn add(&mut self, score: f64, threshold: f64) {
        self.labels += 1;
        self.score += score;
        self.threshold += threshold;
        if score + threshold > 0.0 {
            self.relative += (score - threshold) / ((score + threshold) / 2.0);
            self.relatives += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ScoreProfile;

    #[test]
    fn positives_are_put_where_their_pair_is() {
        let mut profile = ScoreProfile::default();
        profile.add(&[0.0, 2.0, 4.0, -1.0], |_| 2.0, |column| column < 3);
        profile.add(&[0.0, -5.0, 1.0, 3.0], |_| 2.0, |column| column != 2);
        profile.add(&[0.0, 1.0, 1.0, 1.0], |_| 1.0, |_| false);
        let positives = profile.positives();
        assert_eq!(positives.len(), 1);
        let two = &positives[0];
        assert_eq!((two.relations, two.labels, two.relative_labels), (2, 4, 3));
        assert_eq!((two.score, two.threshold), (1.0, 2.0));
        // 0, 2 / 3 and 1 / 2.5; -5 + 2 is below 0 and left out.
        let want = 100.0 * (0.0 + 2.0 / 3.0 + 0.4) / 3.0;
        assert!((two.relative_pct.unwrap() - want).abs() < 1e-9);
    }

    #[test]
    fn margins_fall_into_bars_and_the_outermost_hold_the_rest() {
        let mut profile = ScoreProfile::default();
        profile.add(
            &[0.0, 80.0, -80.0, 0.0, 0.49, 0.5],
            |_| 0.0,
            |column| column == 1 || column == 4,
        );
        let bars = profile.margins();
        assert_eq!((bars[0].from, bars[0].negative), (-20.0, 1));
        let last = bars[bars.len() - 1];
        assert_eq!((last.to, last.positive), (20.0, 1));
        let at = |from: f64| bars.iter().find(|bar| bar.from == from).unwrap();
        assert_eq!((at(0.0).positive, at(0.0).negative), (1, 1));
        assert_eq!((at(0.5).positive, at(0.5).negative), (0, 1));
        assert_eq!(bars.iter().map(|bar| bar.positive + bar.negative).sum::<usize>(), 5);
    }

    #[test]
    fn nothing_added_is_nothing_to_show() {
        let profile = ScoreProfile::default();
        assert!(profile.positives().is_empty() && profile.margins().is_empty());
    }
}
