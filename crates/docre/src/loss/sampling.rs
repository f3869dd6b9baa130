//! PEMSCL's negative label sampling.

use serde::{Deserialize, Serialize};

use super::check_number;
use crate::{
    Result,
    document::RelationSet,
    random::{NEGATIVES, Random},
};

/// The `negative_sampling` of a recipe's `[loss]`: of a pair without relation only some
/// negatives count, so that a relation that the labels miss is seldom taken for wrong
/// (PEMSCL, Eq. 12 and 13). It works on every loss (the paper's Figure 2 has it on ATL).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NegativeSampling {
    /// The share of the negatives that count, in (0, 1] (the paper: 0.1).
    pub ratio: f64,
    /// What draws its own negatives.
    #[serde(default)]
    pub per: SampledFor,
}

/// What draws its own negatives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampledFor {
    /// Each pair draws a fixed number, at least one (Eq. 12).
    #[default]
    Pair,
    /// All pairs of a batch share one draw, label by label (the public code).
    Batch,
}

impl NegativeSampling {
    /// Refuses values that a sampling can't have.
    pub(super) fn check(&self) -> Result<()> {
        let allowed = self.ratio > 0.0 && self.ratio <= 1.0;
        check_number("negative_sampling.ratio", self.ratio, allowed, "above 0 and at most 1")
    }

    /// 1 for the negatives that count, `[pairs, classes]` row by row like the labels: all
    /// of a pair with a relation, some of another. A function of seed and batch.
    pub fn kept(&self, labels: &[f32], classes: usize, seed: u64, batch: u64) -> Vec<f32> {
        let mut random = Random::new(seed ^ batch.rotate_left(32), NEGATIVES);
        let shared = self.drawn_by_label(classes, &mut random);
        let mut kept = vec![1.0; labels.len()];
        for (labels, kept) in labels.chunks_exact(classes).zip(kept.chunks_exact_mut(classes)) {
            if labels[RelationSet::NONE] == 0.0 {
                continue;
            }
            match self.per {
                SampledFor::Pair => self.draw(&mut kept[RelationSet::NONE + 1..], &mut random),
                SampledFor::Batch => kept.copy_from_slice(&shared),
            }
        }
        kept
    }

    /// Keeps a fixed number of a row's relations, each choice as likely as another.
    fn draw(&self, relations: &mut [f32], random: &mut Random) {
        let count = ((self.ratio * relations.len() as f64).round() as usize).max(1);
        relations.fill(0.0);
        // Floyd's sampling: a number drawn twice is replaced by the newest possible one.
        for last in relations.len() - count..relations.len() {
            let drawn = random.below(last + 1);
            let place = if relations[drawn] == 0.0 { drawn } else { last };
            relations[place] = 1.0;
        }
    }

    /// Keeps each relation with the ratio as its probability, `[classes]`.
    fn drawn_by_label(&self, classes: usize, random: &mut Random) -> Vec<f32> {
        let mut row: Vec<f32> =
            (0..classes).map(|_| f32::from(random.uniform() < self.ratio)).collect();
        row[RelationSet::NONE] = 1.0;
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pairs without relation around one with, five classes.
    const LABELS: [f32; 15] =
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];

    fn sampling(ratio: f64, per: SampledFor) -> NegativeSampling {
        NegativeSampling { ratio, per }
    }

    #[test]
    fn each_pair_keeps_its_number() {
        for (ratio, count) in [(0.01, 1.0), (0.5, 2.0), (1.0, 4.0)] {
            let kept = sampling(ratio, SampledFor::Pair).kept(&LABELS, 5, 66, 3);
            for row in [0, 2] {
                assert_eq!(kept[5 * row], 1.0, "the threshold class always counts");
                assert_eq!(kept[5 * row + 1..][..4].iter().sum::<f32>(), count);
            }
            assert_eq!(kept[5..10], [1.0; 5], "all negatives of a pair with a relation count");
        }
    }

    #[test]
    fn every_relation_is_as_likely() {
        let sampling = sampling(0.5, SampledFor::Pair);
        let mut counts = [0.0; 4];
        for batch in 0..4000 {
            let kept = sampling.kept(&LABELS[..5], 5, 7, batch);
            counts.iter_mut().zip(&kept[1..]).for_each(|(count, kept)| *count += kept);
        }
        assert!(counts.iter().all(|count| (1850.0..2150.0).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_batch_shares_its_draw_and_repeats() {
        let sampling = sampling(0.5, SampledFor::Batch);
        let draws: Vec<_> = (0..50).map(|batch| sampling.kept(&LABELS, 5, 1, batch)).collect();
        for kept in &draws {
            assert_eq!(kept[..5], kept[10..]);
        }
        assert!(draws.iter().any(|kept| *kept != draws[0]));
        assert_eq!(draws[9], sampling.kept(&LABELS, 5, 1, 9));
    }
}
