//! All that the metrics say about one list of predictions.

use serde::Serialize;

use super::by_relation::{RelationScores, by_relation};
use super::counts::{Counts, with_evidence_rates, with_revised_rates};
use super::distance::{IntraInter, intra_inter};
use super::errors::{
    BinaryLabels, ErrorCategories, FalsePredictions, binary_labels, error_categories,
    false_predictions,
};
use super::evidence::evidence_revised_script;
use super::ign::{Ign, ign};
use super::infer::{Infer, infer};
use super::judged::judge;
use super::properties::{Property, PropertyScores, by_property};
use super::resampling::{Interval, Resampling, bootstrap_f1, counts_by_document};
use super::scores::{Scores, score_judged};
use super::splits::{Split, SplitScores, by_split};
use super::train_facts::TrainFacts;
use super::truth::Truth;
use crate::corpus::Prediction;
use crate::document::RelationSet;

/// The scores of a list of predictions, and where they come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breakdown {
    /// The main numbers.
    pub scores: Scores,
    /// The bootstrap interval of F1 over documents, 95 %.
    pub f1_interval: Interval,
    /// Ign F1 by both scripts; `None` where the training set isn't known.
    pub ign: Option<Ign>,
    /// Evidence sentences, as the official script counts them.
    #[serde(serialize_with = "with_evidence_rates")]
    pub evidence: Counts,
    /// Evidence sentences, as the revised script counts them.
    #[serde(serialize_with = "with_revised_rates")]
    pub evidence_revised_script: Counts,
    /// Facts within and over sentences.
    pub distance: IntraInter,
    /// Facts that follow from two others.
    pub infer: Infer,
    /// Each relation, most frequent in training first.
    pub relations: Vec<RelationScores>,
    /// Frequent and rare relations by the papers' splits; none where the training set isn't
    /// known.
    pub splits: Vec<SplitScores>,
    /// KD-DocRE's categories of errors.
    pub errors: ErrorCategories,
    /// ARPDL's false predictions.
    pub false_predictions: FalsePredictions,
    /// Pairs with some relation.
    pub binary_labels: BinaryLabels,
    /// What documents and pairs are like.
    pub properties: Vec<PropertyScores>,
}

/// Measures predictions in every way that needs no model.
pub fn break_down(
    truth: &Truth,
    predictions: &[Prediction],
    train: Option<&TrainFacts>,
    relations: &RelationSet,
) -> Breakdown {
    let judged = judge(truth, predictions);
    let seen = train.map(TrainFacts::seen);
    let scores = score_judged(truth, &judged, seen);
    let splits = |train: &TrainFacts| {
        let splits = Split::of_papers(relations).into_iter();
        splits.map(|split| by_split(truth, &judged, train, relations, &split)).collect()
    };
    let property =
        |property: Property| by_property(truth, &judged, property, property.default_starts());
    Breakdown {
        f1_interval: bootstrap_f1(&counts_by_document(truth, &judged), &Resampling::default()),
        ign: seen.map(|seen| ign(truth, &judged, seen)),
        evidence: scores.evidence,
        scores,
        evidence_revised_script: evidence_revised_script(truth, &judged),
        distance: intra_inter(truth, &judged),
        infer: infer(truth, &judged),
        relations: by_relation(truth, &judged, train, relations),
        splits: train.map(splits).unwrap_or_default(),
        errors: error_categories(truth, &judged),
        false_predictions: false_predictions(truth, &judged),
        binary_labels: binary_labels(truth, &judged),
        properties: Property::ALL.map(property).into(),
    }
}
