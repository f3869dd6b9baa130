//! What kinds of errors a system makes: the papers' categories.

use std::collections::HashMap;

use serde::Serialize;

use super::counts::{Counts, share, with_rates};
use super::judged::{Judged, PairKey};
use super::truth::Truth;

/// The four categories of KD-DocRE, Table 7, and what they leave out. Predictions for unknown
/// titles belong to none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ErrorCategories {
    /// C: predicted and true.
    pub correct: usize,
    /// W: a wrong prediction for a pair with some labelled relation.
    pub wrong: usize,
    /// MS: labelled facts of pairs for which nothing is predicted.
    pub missed: usize,
    /// MR: a prediction for a pair without labelled relation.
    pub more: usize,
    /// `correct` in percent of the four.
    pub correct_pct: f64,
    /// `wrong` in percent of the four.
    pub wrong_pct: f64,
    /// `missed` in percent of the four.
    pub missed_pct: f64,
    /// `more` in percent of the four.
    pub more_pct: f64,
    /// Labelled facts that aren't predicted, of pairs for which something else is: the paper
    /// puts them nowhere.
    pub gold_missed_on_pair_with_prediction: usize,
    /// Pairs with neither a labelled nor a predicted relation, NR in both.
    pub pairs_without_relation_in_both: usize,
    /// All ordered pairs of different entities.
    pub pairs: usize,
}

/// The false predictions of ARPDL, Table 5, of documents that the truth has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FalsePredictions {
    /// FP: predicted, but not true.
    #[serde(rename = "fp")]
    pub false_positives: usize,
    /// FN: true, but not predicted; `fn_na + fn_rel`.
    #[serde(rename = "fn")]
    pub false_negatives: usize,
    /// FN_NA: those of pairs for which nothing is predicted.
    pub fn_na: usize,
    /// FN_Rel: those of pairs for which something is predicted, right or wrong. Only so do
    /// the sums that the paper prints add up.
    pub fn_rel: usize,
    /// FN_NA / (FP + FN), in percent.
    pub fn_na_ratio_pct: f64,
    /// FN / (FP + FN), in percent.
    pub fn_ratio_pct: f64,
    /// FN_Rel as the caption of the table describes it: those of pairs for which a wrong
    /// relation is predicted.
    pub fn_rel_only_when_a_wrong_label_is_predicted: usize,
}

/// Whether two entities are related at all, beside which relation it is (KD-DocRE, Table 8).
/// Predictions for unknown titles don't count in either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BinaryLabels {
    /// Pairs with some relation.
    #[serde(serialize_with = "with_rates")]
    pub binary: Counts,
    /// Facts.
    #[serde(serialize_with = "with_rates")]
    pub original: Counts,
}

/// Sorts predictions and missed facts into the categories of KD-DocRE.
pub fn error_categories(truth: &Truth, judged: &[Judged]) -> ErrorCategories {
    let outcomes = outcomes(truth, judged);
    let sum = |count: fn(&Outcome) -> usize| outcomes.values().map(count).sum();
    let correct = sum(|pair| pair.correct);
    let wrong = sum(|pair| if pair.gold > 0 { pair.wrong } else { 0 });
    let missed = sum(|pair| if pair.has_prediction() { 0 } else { pair.missed() });
    let more = sum(|pair| if pair.gold == 0 { pair.wrong } else { 0 });
    let pairs = truth.documents().iter().map(|document| document.pair_count()).sum();
    let possible =
        |(index, head, tail): &&PairKey| truth.documents()[*index].has_pair(*head, *tail);
    let percent = |count| 100.0 * share(count, correct + wrong + missed + more);
    ErrorCategories {
        correct,
        wrong,
        missed,
        more,
        correct_pct: percent(correct),
        wrong_pct: percent(wrong),
        missed_pct: percent(missed),
        more_pct: percent(more),
        gold_missed_on_pair_with_prediction: sum(Outcome::missed) - missed,
        pairs_without_relation_in_both: pairs - outcomes.keys().filter(possible).count(),
        pairs,
    }
}

/// Counts the false predictions as ARPDL does.
pub fn false_predictions(truth: &Truth, judged: &[Judged]) -> FalsePredictions {
    let outcomes = outcomes(truth, judged);
    let sum = |count: fn(&Outcome) -> usize| outcomes.values().map(count).sum();
    let (false_positives, false_negatives) = (sum(|pair| pair.wrong), sum(Outcome::missed));
    let fn_na = sum(|pair| if pair.has_prediction() { 0 } else { pair.missed() });
    let percent = |count| 100.0 * share(count, false_positives + false_negatives);
    FalsePredictions {
        false_positives,
        false_negatives,
        fn_na,
        fn_rel: false_negatives - fn_na,
        fn_na_ratio_pct: percent(fn_na),
        fn_ratio_pct: percent(false_negatives),
        fn_rel_only_when_a_wrong_label_is_predicted: sum(|pair| {
            if pair.wrong > 0 { pair.missed() } else { 0 }
        }),
    }
}

/// Counts pairs with some relation, and facts.
pub fn binary_labels(truth: &Truth, judged: &[Judged]) -> BinaryLabels {
    let outcomes = outcomes(truth, judged);
    let pair = |pair: &Outcome| Counts {
        correct: usize::from(pair.gold > 0 && pair.has_prediction()),
        predicted: usize::from(pair.has_prediction()),
        gold: usize::from(pair.gold > 0),
    };
    let facts = |pair: &Outcome| Counts {
        correct: pair.correct,
        predicted: pair.correct + pair.wrong,
        gold: pair.gold,
    };
    BinaryLabels {
        binary: outcomes.values().map(pair).sum(),
        original: outcomes.values().map(facts).sum(),
    }
}

/// What is labelled and predicted for a pair.
#[derive(Default)]
struct Outcome {
    gold: usize,
    correct: usize,
    wrong: usize,
}

impl Outcome {
    fn has_prediction(&self) -> bool {
        self.correct + self.wrong > 0
    }

    fn missed(&self) -> usize {
        self.gold - self.correct
    }
}

/// The pairs for which something is labelled or predicted.
fn outcomes(truth: &Truth, judged: &[Judged]) -> HashMap<PairKey, Outcome> {
    let mut outcomes = HashMap::<PairKey, Outcome>::new();
    for (document, fact) in truth.facts() {
        outcomes.entry((document, fact.head, fact.tail)).or_default().gold += 1;
    }
    for (judged, pair) in judged.iter().filter_map(|judged| Some((judged, judged.pair()?))) {
        let outcome = outcomes.entry(pair).or_default();
        match judged.fact {
            Some(_) => outcome.correct += 1,
            None => outcome.wrong += 1,
        }
    }
    outcomes
}
