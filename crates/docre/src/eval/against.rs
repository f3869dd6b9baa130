//! Predictions beside other predictions of the same documents.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ign::SeenFacts;
use super::judged::judge;
use super::resampling::{Resampling, Significance, compare_f1, counts_by_document};
use super::scores::{Scores, score};
use super::truth::Truth;
use crate::Result;
use crate::corpus::{Prediction, predictions};

/// Other predictions, their scores, and whether the first are better by more than chance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The file of the others.
    pub file: PathBuf,
    /// The scores of the others.
    pub scores: Scores,
    /// What separates the first from the others.
    #[serde(flatten)]
    pub significance: Significance,
}

impl Against {
    /// Holds predictions against those of another file.
    pub fn read(
        file: impl AsRef<Path>,
        own: &[Prediction],
        truth: &Truth,
        seen: Option<&SeenFacts>,
    ) -> Result<Self> {
        let file = file.as_ref().to_path_buf();
        let others = predictions::read(&file)?;
        let counts =
            |predictions: &[Prediction]| counts_by_document(truth, &judge(truth, predictions));
        let significance = compare_f1(&[counts(&others)], &[counts(own)], &Resampling::default());
        Ok(Self { file, scores: score(truth, &others, seen), significance })
    }
}
