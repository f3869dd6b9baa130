//! `docre evaluate`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    corpus::predictions,
    eval::{Scores, SeenFacts, Truth, score},
    train,
};

use crate::{compute::Compute, observer::Shown, output, scores};

/// Scores predictions or a model against labelled documents, as the official evaluation does
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre evaluate --predictions result.json --truth dev.json --train train_annotated.json
  docre evaluate --model runs/quickstart/model --truth data/re-docred/dev.json")]
pub struct Options {
    #[command(flatten)]
    what: What,
    /// The labelled documents
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The training documents, whose facts Ign F1 ignores
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    #[command(flatten)]
    compute: Compute,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// A result file: a list of objects with title, h_idx, t_idx, r and evidence
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// A model's folder
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

/// Scores and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let truth = Truth::read(&options.truth)?;
    let seen = options.train.as_ref().map(SeenFacts::read).transpose()?;
    let scores = match (&options.what.predictions, &options.what.model) {
        (Some(file), _) => score(&truth, &predictions::read(file)?, seen.as_ref()),
        (None, Some(folder)) => score_model(folder, &options.compute, &truth, seen.as_ref())?,
        (None, None) => unreachable!("one of the two is required"),
    };
    scores::warn(&scores);
    if options.json {
        output::print_json(&output::json(&scores))?;
    } else {
        output::print(scores::table(&scores))?;
    }
    Ok(ExitCode::SUCCESS)
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
