//! `docre analyze`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    analysis::{Analysed, PredictionFiles},
    files,
};

use crate::{
    compute::Compute,
    judged::{Judged, JudgedSource},
    messages::note,
    observer::ProgressLine,
    output, outputs,
    reading::{Reading, say_left_out},
    scope::{self, Scope},
    scores,
};

/// Shows where a model, or a file of predictions, is right and wrong
///
/// Measures all that the papers measure: F1 by distance, inference, frequency of relations,
/// kinds of errors, sizes of documents; of a model also its scores and their calibration.
/// --html writes it as one page with the documents to look through, --json prints the numbers.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre analyze --model docre-small --truth corpus/world/dev \\
      --train corpus/world/train --html report.html
  docre analyze --predictions result.json --truth dev.json --json > analysis.json")]
pub struct Options {
    #[command(flatten)]
    judged: Judged,
    /// The labelled documents
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The training documents, for Ign F1 and the frequency of relations
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// The relations of a file of predictions (rel2id.json) [default: those of the documents]
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    relations: Option<PathBuf>,
    /// Names of the relations of a file of predictions, by identifier (rel_info.json)
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    names: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    compute: Compute,
    /// Write a page to look at
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Analyses, prints and writes.
pub fn run(options: &Options) -> Result<ExitCode> {
    let _held = outputs::check(options.html.as_deref(), options.inputs())?;
    let analysed = match options.judged.source() {
        JudgedSource::Model(folder) => options.of_model(folder)?,
        JudgedSource::Predictions(path) => options.of_predictions(path)?,
    };
    if let Some((train, left_out)) = analysed.training() {
        say_left_out(train, left_out);
    }
    say_left_out(analysed.truth().path(), analysed.truth().wrong());
    scores::warn(&analysed.analysis.facts.scores);
    if let Some(path) = &options.html {
        let page = analysed.page().to_html()?;
        files::write_atomically(path, |file| file.write_all(page.as_bytes()))?;
        note(format!("page written: {}", path.display()));
    }
    if options.json {
        output::print_json(&output::json(&analysed.analysis))?;
    } else {
        output::print(scores::table(&analysed.analysis.facts.scores))?;
        if let Some(from_text) = &analysed.analysis.from_text {
            output::print(scores::end_to_end_table(&from_text.scores))?;
            output::print(scores::losses_table(&from_text.errors))?;
        }
        if options.html.is_none() {
            note("--html FILE writes all of the analysis as a page, --json prints it");
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn inputs(&self) -> impl Iterator<Item = &Path> {
        let Self { truth, train, relations, names, .. } = self;
        let (JudgedSource::Predictions(judged) | JudgedSource::Model(judged)) =
            self.judged.source();
        let others = [train.as_ref(), relations.as_ref(), names.as_ref()];
        others.into_iter().flatten().chain([truth, judged]).map(PathBuf::as_path)
    }

    fn of_predictions(&self, predictions: &Path) -> Result<Analysed> {
        let Self { truth, train, relations, names, .. } = self;
        let analysed = Analysed::of_predictions(&PredictionFiles {
            predictions: predictions.to_path_buf(),
            truth: truth.clone(),
            train: train.clone(),
            relations: relations.clone(),
            names: names.clone(),
            reading: self.reading.options(),
            scope: self.scope.of(predictions)?,
        })?;
        self.scope.check(analysed.truth(), analysed.predictions())?;
        scope::say(analysed.truth());
        Ok(analysed)
    }

    fn of_model(&self, folder: &Path) -> Result<Analysed> {
        let extractor = self.compute.load(folder)?;
        let (train, read) = (self.train.as_deref(), self.reading.options());
        let mut observer = ProgressLine::new(None);
        let analysed =
            Analysed::of_model(folder, &extractor, &self.truth, train, &read, &mut observer);
        observer.finish();
        analysed
    }
}
