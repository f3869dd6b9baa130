//! What is held against labels: a model, or what one predicted.

use std::path::PathBuf;

/// A model or a file of predictions.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Judged {
    /// A result file: a list of objects with title, h_idx, t_idx, r and evidence
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// A model's folder
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

/// The one of the two that was given.
pub enum JudgedSource<'a> {
    /// A result file.
    Predictions(&'a PathBuf),
    /// A model's folder.
    Model(&'a PathBuf),
}

impl Judged {
    /// The one that was given.
    pub fn source(&self) -> JudgedSource<'_> {
        match (&self.predictions, &self.model) {
            (Some(file), _) => JudgedSource::Predictions(file),
            (None, Some(folder)) => JudgedSource::Model(folder),
            (None, None) => unreachable!("one of the two is required"),
        }
    }
}
