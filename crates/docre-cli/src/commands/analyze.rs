//! `docre analyze`

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    analysis::Analysed,
    corpus::{Input, Prediction, predictions, relations},
    document::RelationSet,
    eval::{TrainFacts, Truth},
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
  docre analyze --model runs/quickstart/model --truth data/re-docred/dev.json \\
      --train data/re-docred/train.json --html report.html
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
    let read = options.reading.options();
    let facts = options.train.as_ref();
    let facts = facts.map(|train| TrainFacts::read_with(train, &read)).transpose()?;
    if let (Some(train), Some(facts)) = (&options.train, &facts) {
        say_left_out(train, facts.seen().wrong());
    }
    let train = options.train.as_deref().zip(facts.as_ref());
    let (truth, analysed) = match options.judged.source() {
        JudgedSource::Model(folder) => analyse_model(folder, options, train)?,
        JudgedSource::Predictions(path) => {
            let predictions = predictions::read(path)?;
            let truth = options.read_truth(path, &predictions)?;
            let relations = options.relations(&truth, facts.as_ref(), &predictions)?;
            let analysed = Analysed::predictions(path, predictions, &truth, train, relations);
            (truth, analysed)
        }
    };
    scores::warn(&analysed.analysis.facts.scores);
    if let Some(path) = &options.html {
        let page = analysed.page(&truth).to_html()?;
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

fn refuse_texts(judged: &Path, input: &Input) -> Result<()> {
    if !matches!(input, Input::Texts { .. }) {
        return Ok(());
    }
    let problem = "is of texts that are labelled as wholes, and an analysis is of entities and \
                   their pairs; docre evaluate gives the scores";
    Err(Error::file(judged, problem))
}

fn analyse_model(
    folder: &Path,
    options: &Options,
    train: Option<(&Path, &TrainFacts)>,
) -> Result<(Truth, Analysed)> {
    let extractor = options.compute.load(folder)?;
    refuse_texts(folder, &extractor.input())?;
    let scope = extractor.config.scope.clone();
    let read = options.reading.options_for(&extractor.input())?;
    let truth = Truth::read_within(&options.truth, &extractor.input(), scope, &read)?;
    say_left_out(truth.path(), truth.wrong());
    let mut observer = ProgressLine::new(None);
    let analysed = Analysed::model(folder, &extractor, &truth, train, &mut observer);
    observer.finish();
    Ok((truth, analysed?))
}

impl Options {
    fn inputs(&self) -> impl Iterator<Item = &Path> {
        let Self { truth, train, relations, names, .. } = self;
        let (JudgedSource::Predictions(judged) | JudgedSource::Model(judged)) =
            self.judged.source();
        let others = [train.as_ref(), relations.as_ref(), names.as_ref()];
        others.into_iter().flatten().chain([truth, judged]).map(PathBuf::as_path)
    }

    /// The documents that predictions are held against.
    fn read_truth(&self, path: &Path, predictions: &[Prediction]) -> Result<Truth> {
        let input = Input::of_predictions(predictions, &self.truth, None)?;
        refuse_texts(path, &input)?;
        let read = self.reading.options_for(&input)?;
        let truth = Truth::read_within(&self.truth, &input, self.scope.of(path)?, &read)?;
        self.scope.check(&truth, predictions)?;
        say_left_out(truth.path(), truth.wrong());
        scope::say(&truth);
        Ok(truth)
    }

    /// The relations that a file of predictions is about.
    fn relations(
        &self,
        truth: &Truth,
        train: Option<&TrainFacts>,
        predictions: &[Prediction],
    ) -> Result<RelationSet> {
        let labelled = truth.relations().chain(train.into_iter().flat_map(TrainFacts::relations));
        let relations = match &self.relations {
            Some(path) => {
                let relations = relations::read_rel2id(path)?;
                let predicted = predictions.iter().map(|prediction| prediction.relation.as_str());
                relations::check_complete(path, &relations, labelled.chain(predicted))?;
                relations
            }
            None => {
                let ids: HashSet<String> = labelled.map(String::from).collect();
                relations::in_natural_order(ids)
                    .map_err(|error| Error::file(&self.truth, error.to_string()))?
            }
        };
        Ok(match &self.names {
            Some(path) => relations.with_names(&relations::read_names(path)?),
            None => relations,
        })
    }
}
