//! `docre evaluate`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    corpus::{Prediction, predictions},
    eval::{
        Resampling, Scores, SeenFacts, Significance, Truth, compare_f1, counts_by_document, judge,
        score,
    },
    train,
};

use serde::Serialize;

use crate::{
    compute::Compute,
    judged::{Given, Judged},
    observer::Shown,
    output, scores,
};

/// Scores predictions or a model against labelled documents, as the official evaluation does
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre evaluate --predictions result.json --truth dev.json --train train_annotated.json
  docre evaluate --model runs/quickstart/model --truth data/re-docred/dev.json
  docre evaluate --predictions new.json --against old.json --truth dev.json")]
pub struct Options {
    #[command(flatten)]
    judged: Judged,
    /// The labelled documents
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The training documents, whose facts Ign F1 ignores
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Another result file: tell whether the predictions are better by more than chance
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    against: Option<PathBuf>,
    #[command(flatten)]
    compute: Compute,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Scores and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let truth = Truth::read(&options.truth)?;
    let seen = options.train.as_ref().map(SeenFacts::read).transpose()?;
    let scores = match options.judged.given() {
        Given::Predictions(file) => score(&truth, &predictions::read(file)?, seen.as_ref()),
        Given::Model(folder) => score_model(folder, &options.compute, &truth, seen.as_ref())?,
    };
    let against = options.against(&truth, seen.as_ref())?;
    scores::warn(&scores);
    if options.json {
        let mut json = output::json(&scores);
        if let Some(against) = &against {
            json["against"] = output::json(against);
        }
        output::print_json(&json)?;
    } else {
        output::print(scores::table(&scores))?;
        against.map_or(Ok(()), |against| output::print(against.in_words()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The other predictions, and how they compare.
#[derive(Serialize)]
struct Against {
    file: PathBuf,
    scores: Scores,
    #[serde(flatten)]
    significance: Significance,
}

impl Options {
    /// How the predictions compare with those of the other file, if there is one.
    fn against(&self, truth: &Truth, seen: Option<&SeenFacts>) -> Result<Option<Against>> {
        let (Given::Predictions(own), Some(other)) = (self.judged.given(), &self.against) else {
            return Ok(None);
        };
        let (own, others) = (predictions::read(own)?, predictions::read(other)?);
        let scores = score(truth, &others, seen);
        scores::warn(&scores);
        let counts =
            |predictions: &[Prediction]| counts_by_document(truth, &judge(truth, predictions));
        let resampling = Resampling::default();
        let significance = compare_f1(&[counts(&others)], &[counts(&own)], &resampling);
        Ok(Some(Against { file: other.clone(), scores, significance }))
    }
}

impl Against {
    fn in_words(&self) -> String {
        let Significance { difference, p_value, interval } = &self.significance;
        let points = |share: f64| format!("{:+.2}", 100.0 * share);
        let (low, high) = (points(interval.low), points(interval.high));
        format!(
            "\n{}:\n\n{}\n\nAgainst it: F1 {}, {:.0} % interval {low} to {high}, p = {p_value:.4} \
             (approximate randomisation over documents)",
            self.file.display(),
            scores::table(&self.scores),
            points(*difference),
            100.0 * interval.level
        )
    }
}

fn score_model(
    folder: &Path,
    compute: &Compute,
    truth: &Truth,
    seen: Option<&SeenFacts>,
) -> Result<Scores> {
    let extractor = compute.load(folder)?;
    let mut observer = Shown::new(None);
    let scores = train::evaluate(&extractor, truth, seen, &mut observer);
    observer.finish();
    scores
}
