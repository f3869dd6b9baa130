//! Where the numbers of an analysis come from.

use std::path::Path;

use serde::Serialize;

use crate::{
    eval::Truth,
    model::{ModelConfig, Origin},
};

/// What a number needs beside it to be trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AnalysisAbout {
    /// The version of docre that measured.
    pub docre: String,
    /// The labelled documents.
    pub data: String,
    /// How many documents these are.
    pub documents: usize,
    /// How many facts are labelled in them.
    pub labels: usize,
    /// How many of these name no sentence as evidence.
    pub labels_without_evidence: usize,
    /// The training file that frequencies and Ign F1 refer to.
    pub train: Option<String>,
    /// The model's folder.
    pub model: Option<String>,
    /// Where the model comes from.
    pub origin: Option<Origin>,
    /// The share of a pair's attention above which a sentence counts as evidence; `None` for
    /// models that name none.
    pub evidence_threshold: Option<f32>,
    /// The file of predictions.
    pub predictions: Option<String>,
}

impl AnalysisAbout {
    pub(super) fn new(truth: &Truth, train: Option<&Path>) -> Self {
        let unsupported = truth.facts().filter(|(_, fact)| fact.evidence.is_empty());
        Self {
            docre: env!("CARGO_PKG_VERSION").into(),
            data: truth.path().display().to_string(),
            documents: truth.documents().len(),
            labels: truth.fact_count(),
            labels_without_evidence: unsupported.count(),
            train: train.map(|path| path.display().to_string()),
            ..Self::default()
        }
    }

    pub(super) fn of_model(self, folder: &Path, config: &ModelConfig) -> Self {
        let names_evidence = !config.relation.is_of_wholes();
        Self {
            model: Some(folder.display().to_string()),
            origin: Some(config.origin.clone()),
            evidence_threshold: names_evidence.then_some(config.evidence.threshold),
            ..self
        }
    }

    pub(super) fn of_predictions(self, path: &Path) -> Self {
        Self { predictions: Some(path.display().to_string()), ..self }
    }

    pub(super) fn title(&self) -> String {
        let what = self.model.as_ref().or(self.predictions.as_ref());
        format!("What {} does", what.map_or("the model", String::as_str))
    }

    /// As names and values.
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let labels = format!("{} facts in {} documents", self.labels, self.documents);
        let trained = self.origin.as_ref().map(|origin| {
            let Origin { recipe, encoder, train, seed, step, docre, .. } = origin;
            format!("{recipe} on {train}, {encoder}, seed {seed}, step {step}, docre {docre}")
        });
        let evidence = self.evidence_threshold.map(|threshold| {
            format!("sentences with more than {:.0} % of a pair's attention", 100.0 * threshold)
        });
        let lines = [
            ("Model", self.model.clone()),
            ("Trained", trained),
            ("Evidence", evidence),
            ("Predictions", self.predictions.clone()),
            ("Data", Some(self.data.clone())),
            ("Labels", Some(labels)),
            ("Training file", self.train.clone()),
        ];
        let line = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
        lines.into_iter().filter_map(line).collect()
    }
}
