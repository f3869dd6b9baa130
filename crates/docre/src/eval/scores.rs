//! The scores of one evaluation together.

use serde::{Serialize, Serializer};

use super::counts::Counts;
use super::ign::{Ign, SeenFacts};
use super::judged::{Judged, PairKey, judge};
use super::truth::Truth;
use crate::corpus::Prediction;

/// The scores of a list of predictions.
///
/// Serializes as `precision`, `recall`, `f1`, `ign_f1` (null without training facts)
/// and `evidence_f1` (null where no evidence is labelled), fractions, `ncre` (null without scores), `map` of whole texts, with
/// everything counted under `counts`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Facts, the field's main number.
    pub facts: Counts,
    /// Facts without those seen in training; `None` where the training set isn't known.
    pub ign: Option<Ign>,
    /// Evidence sentences.
    pub evidence: Counts,
    /// The none class ranking error (NCRL, Eq. 1); `None` where there are predictions but no
    /// scores, or no threshold class.
    pub ncre: Option<f64>,
    /// The mean average precision over all labels of texts that are classified as wholes (macro
    /// mAP); `None` where there are predictions but no scores, and for entity pairs.
    pub map: Option<f64>,
    /// Distinct predictions whose title no document of the truth has.
    pub unknown_titles: usize,
    /// Distinct predictions whose relation occurs neither in the truth nor in training.
    pub unknown_relations: usize,
    /// Distinct predictions for an entity that their document doesn't have, or
    /// for an entity and itself.
    pub impossible_pairs: usize,
}

impl Scores {
    /// F1 of evidence sentences; `None` where no label names any.
    pub fn evidence_f1(&self) -> Option<f64> {
        (self.evidence.gold > 0).then(|| self.evidence.f1())
    }

    /// How many predictions can't be right, whatever the labels say, by what they have; only
    /// what there is.
    pub fn misfits(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let kinds = [
            (self.unknown_titles, "a title that no document of the truth has"),
            (self.unknown_relations, "a relation that the labels don't have"),
            (self.impossible_pairs, "a pair of entities that its document doesn't have"),
        ];
        kinds.into_iter().filter(|(count, _)| *count > 0)
    }
}

/// Scores predictions as the official evaluation of DocRED does: those that can't be
/// right (unknown titles, relations or entities) count as wrong. The scores say how
/// many these are: many of them mean that the files don't belong together.
pub fn score(truth: &Truth, predictions: &[Prediction], train: Option<&SeenFacts>) -> Scores {
    score_judged(truth, &judge(truth, predictions), train)
}

/// [`score`] of predictions that were looked up already.
pub(super) fn score_judged(truth: &Truth, judged: &[Judged], train: Option<&SeenFacts>) -> Scores {
    let count = |is: &dyn Fn(&Judged) -> bool| judged.iter().filter(|judged| is(judged)).count();
    Scores {
        facts: super::facts(truth, judged),
        ign: train.map(|seen| super::ign::ign(truth, judged, seen)),
        evidence: super::evidence::evidence(truth, judged),
        ncre: None,
        map: None,
        unknown_titles: count(&|judged| judged.document.is_none()),
        unknown_relations: count(&|judged| {
            let relation = &judged.prediction.relation;
            !truth.has_relation(relation) && !train.is_some_and(|seen| seen.has_relation(relation))
        }),
        impossible_pairs: count(&|judged| is_impossible(truth, judged)),
    }
}

fn is_impossible(truth: &Truth, judged: &Judged) -> bool {
    let possible = |(index, head, tail): PairKey| truth.has_pair(index, head, tail);
    judged.pair().is_some_and(|pair| !possible(pair))
}

#[derive(Serialize)]
struct Written {
    precision: f64,
    recall: f64,
    f1: f64,
    ign_f1: Option<f64>,
    evidence_f1: Option<f64>,
    ncre: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<f64>,
    counts: WrittenCounts,
}

#[derive(Serialize)]
struct WrittenCounts {
    facts: Counts,
    correct_in_train: Option<usize>,
    evidence: Counts,
    unknown_titles: usize,
    unknown_relations: usize,
    impossible_pairs: usize,
}

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            precision: self.facts.precision(),
            recall: self.facts.recall(),
            f1: self.facts.f1(),
            ign_f1: self.ign.map(|ign| ign.f1()),
            evidence_f1: self.evidence_f1(),
            ncre: self.ncre,
            map: self.map,
            counts: WrittenCounts {
                facts: self.facts,
                correct_in_train: self.ign.map(|ign| ign.correct_in_train),
                evidence: self.evidence,
                unknown_titles: self.unknown_titles,
                unknown_relations: self.unknown_relations,
                impossible_pairs: self.impossible_pairs,
            },
        }
        .serialize(serializer)
    }
}
