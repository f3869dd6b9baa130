//! From a pair's attention over sentences to the evidence of its facts.

use serde::{Deserialize, Serialize};

/// Which sentences a pair's facts rest on: those whose share of the localized context's
/// attention is above the threshold, and at least the one with the largest.
///
/// ```
/// use docre::decision::EvidenceRule;
///
/// let rule = EvidenceRule { threshold: 0.2 };
/// assert_eq!(rule.choose(&[0.1, 0.5, 0.4]), [1, 2]);
/// assert_eq!(rule.choose(&[0.1, 0.15, 0.12]), [1]);
/// assert!(rule.choose(&[0.0, 0.0]).is_empty()); // an entity that was cut off
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRule {
    /// In [0, 1).
    pub threshold: f32,
}

impl Default for EvidenceRule {
    /// The threshold of DREEAM (Ma et al. 2023), for models that were not tuned.
    fn default() -> Self {
        Self { threshold: 0.2 }
    }
}

/// The thresholds that are tried: 0, 0.01, ... 0.99.
const STEPS: usize = 100;

impl EvidenceRule {
    /// The sentences, by place. `shares` are `[sentences]` and sum to at most 1.
    pub fn choose(&self, shares: &[f32]) -> Vec<usize> {
        let largest = shares.iter().copied().fold(0.0, f32::max);
        if largest == 0.0 {
            return Vec::new();
        }
        Self { threshold: self.threshold.min(largest.next_down()) }.above(shares)
    }

    /// The sentences above the threshold, by place, of which there may be none (DREEAM).
    pub fn above(&self, shares: &[f32]) -> Vec<usize> {
        let places = shares.iter().enumerate();
        places.filter(|(_, share)| **share > self.threshold).map(|(place, _)| place).collect()
    }

    /// The rule with the best F1 over labelled evidence, the lowest threshold of equals: of
    /// each fact the shares of its pair and the sentences that its label names. The default if
    /// no label names one.
    pub fn tune(facts: &[(&[f32], &[usize])]) -> Self {
        let gold: usize = facts.iter().map(|(_, evidence)| evidence.len()).sum();
        if gold == 0 {
            return Self::default();
        }
        let mut best = (0.0, Self::default());
        for step in 0..STEPS {
            let rule = Self { threshold: step as f32 / STEPS as f32 };
            let (mut predicted, mut correct) = (0, 0);
            for (shares, evidence) in facts {
                let chosen = rule.choose(shares);
                predicted += chosen.len();
                correct += chosen.iter().filter(|place| evidence.contains(place)).count();
            }
            let f1 = 2.0 * correct as f64 / (predicted + gold) as f64;
            if f1 > best.0 {
                best = (f1, rule);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::EvidenceRule;

    #[test]
    fn the_threshold_with_the_best_f1_is_found() {
        // Above 0.3 the first fact loses a sentence, below 0.2 the second gains a wrong one.
        let facts: [(&[f32], &[usize]); 2] =
            [(&[0.5, 0.305, 0.195], &[0, 1]), (&[0.795, 0.205], &[0])];
        let rule = EvidenceRule::tune(&facts);
        assert!((rule.threshold - 0.21).abs() < 1e-6, "{rule:?}");
    }

    #[test]
    fn without_labelled_evidence_the_default_stays() {
        assert_eq!(EvidenceRule::tune(&[(&[0.9, 0.1], &[])]), EvidenceRule::default());
        assert_eq!(EvidenceRule::tune(&[]), EvidenceRule::default());
    }
}
