//! `docre evaluate`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    corpus::predictions,
    eval::{
        Resampling, Scores, SeenFacts, Significance, Truth, compare_f1, counts_by_document, judge,
        score,
    },
    train,
};

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
    #[arg(long, value_name = "FILE", requires = "predictions")]
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
    let against = options.significance(&truth)?;
    scores::warn(&scores);
    if options.json {
        let mut json = output::json(&scores);
        if let Some(significance) = &against {
            json["against"] = output::json(significance);
        }
        output::print_json(&json)?;
    } else {
        output::print(scores::table(&scores))?;
        against.map_or(Ok(()), |significance| output::print(in_words(&significance)))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// How the predictions compare with those of the other file, if there is one.
    fn significance(&self, truth: &Truth) -> Result<Option<Significance>> {
        let (Given::Predictions(own), Some(other)) = (self.judged.given(), &self.against) else {
            return Ok(None);
        };
        let counts = |path: &Path| -> Result<_> {
            Ok(counts_by_document(truth, &judge(truth, &predictions::read(path)?)))
        };
        Ok(Some(compare_f1(&counts(other)?, &counts(own)?, &Resampling::default())))
    }
}

fn in_words(significance: &Significance) -> String {
    let Significance { difference, p_value, interval } = significance;
    let points = |share: f64| format!("{:+.2}", 100.0 * share);
    let (low, high) = (points(interval.low), points(interval.high));
    format!(
        "\nAgainst the other file: F1 {}, {:.0} % interval {low} to {high}, p = {p_value:.4} \
         (approximate randomisation over documents)",
        points(*difference),
        100.0 * interval.level
    )
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
