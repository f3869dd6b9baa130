//! Precision, recall and F1 of evidence sentences.

use std::collections::HashSet;

use super::counts::Counts;
use super::judged::Judged;
use super::truth::Truth;

/// Counts evidence sentences: a sentence is right where the fact is and the label
/// names it. Evidence for unknown titles doesn't count at all.
pub fn evidence(truth: &Truth, judged: &[Judged]) -> Counts {
    let mut counts = Counts::default();
    for (_, fact) in truth.facts() {
        counts.gold += sentences(&fact.evidence).len();
    }
    for judged in judged.iter().filter(|judged| judged.document.is_some()) {
        let predicted = sentences(&judged.prediction.evidence);
        counts.predicted += predicted.len();
        if let Some(fact) = judged.fact {
            counts.correct += predicted.intersection(&sentences(&fact.evidence)).count();
        }
    }
    counts
}

/// [`evidence`] as Re-DocRED's revised evaluation script counts it: the evidence of the
/// labels is counted from 1, which makes the recall slightly lower.
pub fn evidence_revised_script(truth: &Truth, judged: &[Judged]) -> Counts {
    let counts = evidence(truth, judged);
    Counts { gold: counts.gold + 1, ..counts }
}

fn sentences(evidence: &[usize]) -> HashSet<usize> {
    evidence.iter().copied().collect()
}
