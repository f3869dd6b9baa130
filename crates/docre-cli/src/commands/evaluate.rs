//! `docre evaluate`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::{Input, dialogue, predictions},
    eval::{Against, Scores, SeenFacts, Truth, score},
    score,
};
use serde_json::{Value, json};

use crate::{
    compute::Compute,
    judged::{Judged, JudgedSource},
    observer::ProgressLine,
    output,
    reading::{Reading, say_left_out},
    scope::{self, Scope},
    scores,
};

/// Scores predictions or a model against labelled documents, as the official evaluation does
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre evaluate --predictions result.json --truth dev.json --train train_annotated.json
  docre evaluate --model docre-small --truth corpus/world/dev --end-to-end
  docre evaluate --model runs/text/model --truth dev.json --end-to-end
  docre evaluate --predictions new.json --against old.json --truth dev.json")]
pub struct Options {
    #[command(flatten)]
    judged: Judged,
    /// The labelled documents, texts or dialogues
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The label of texts that says that no other holds; a model knows its own
    #[arg(long, value_name = "LABEL", conflicts_with = "model")]
    none: Option<String>,
    /// The training documents, whose facts Ign F1 ignores
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Another result file: tell whether the predictions are better by more than chance
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    against: Option<PathBuf>,
    /// Score a file of DialogRE by its official measures too: F1 over the argument pairs, and F1c,
    /// turn by turn
    #[arg(long, conflicts_with = "predictions")]
    dialogues: bool,
    /// Read the documents' text alone, and score what is found there too: mentions, clusters and the
    /// relations between them
    #[arg(long, conflicts_with = "predictions")]
    end_to_end: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    compute: Compute,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Scores and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let read = options.reading.options();
    let seen = options.train.as_ref();
    let seen = seen.map(|train| SeenFacts::read_with(train, &read)).transpose()?;
    if let (Some(train), Some(seen)) = (&options.train, &seen) {
        say_left_out(train, seen.wrong());
    }
    match options.judged.source() {
        JudgedSource::Predictions(file) => show_predictions(file, options, seen.as_ref())?,
        JudgedSource::Model(folder) => show_model(folder, options, seen.as_ref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show_predictions(file: &Path, options: &Options, seen: Option<&SeenFacts>) -> Result<()> {
    let predictions = predictions::read(file)?;
    let input = Input::of_predictions(&predictions, &options.truth, options.none.clone())?;
    let read = options.reading.options_for(&input)?;
    let truth = Truth::read_within(&options.truth, &input, options.scope.of(file)?, &read)?;
    options.scope.check(&truth, &predictions)?;
    say_left_out(truth.path(), truth.wrong());
    scope::say(&truth);
    let scores = score(&truth, &predictions, seen);
    let others = options.against.as_ref();
    let against =
        others.map(|others| Against::read(others, &predictions, &truth, seen)).transpose()?;
    if let Some(against) = &against {
        scores::warn(&against.scores);
    }
    scores::warn(&scores);
    if options.json {
        let mut json = options.json(&scores, &truth);
        if let Some(against) = &against {
            json["against"] = output::json(against);
        }
        return output::print_json(&json);
    }
    output::print(scores::table(&scores))?;
    against.map_or(Ok(()), |against| output::print(scores::against(&against)))
}

fn show_model(folder: &Path, options: &Options, seen: Option<&SeenFacts>) -> Result<()> {
    let extractor = options.compute.load(folder)?;
    let read = options.reading.options_for(&extractor.input())?;
    let truth = score::read_truth(&extractor, &options.truth, &read)?;
    say_left_out(truth.path(), truth.wrong());
    // First, so that another file is refused before all the work.
    let dialogues = options.dialogues.then(|| dialogue::read(&options.truth)).transpose()?;
    if options.end_to_end && !extractor.finds_entities() {
        let problem = "finds no entities in plain text, which --end-to-end asks for; train a model \
                       with [finder] in its recipe";
        return Err(Error::file(folder, problem));
    }
    let mut observer = ProgressLine::new(None);
    let scores = score::evaluate(&extractor, &truth, seen, &mut observer);
    let dialogues = dialogues
        .filter(|_| scores.is_ok())
        .map(|dialogues| score::evaluate_dialogues(&extractor, &dialogues, &mut observer));
    let from_text = match options.end_to_end && scores.is_ok() {
        true => score::evaluate_from_text(&extractor, &truth, &mut observer),
        false => Ok(None),
    };
    observer.finish();
    let (scores, dialogues, from_text) = (scores?, dialogues.transpose()?, from_text?);
    scores::warn(&scores);
    if options.json {
        let mut json = options.json(&scores, &truth);
        if let Some(dialogues) = &dialogues {
            json["dialogues"] = scores::dialogues_json(dialogues);
        }
        if let Some(from_text) = &from_text {
            json["end_to_end"] = output::json(from_text);
        }
        return output::print_json(&json);
    }
    output::print(scores::table(&scores))?;
    let dialogues = dialogues.map(|dialogues| scores::dialogue_table(&dialogues));
    let from_text = from_text.map(|from_text| scores::end_to_end_table(&from_text.scores));
    dialogues.into_iter().chain(from_text).try_for_each(output::print)
}

impl Options {
    /// The scores, and what they were measured by.
    fn json(&self, scores: &Scores, labelled: &Truth) -> Value {
        let Self { truth, train, .. } = self;
        let mut json = output::json(scores);
        let docre = env!("CARGO_PKG_VERSION");
        json["about"] = json!({ "truth": truth, "train": train, "docre": docre });
        if !labelled.scope().is_all() {
            json["about"]["scope"] = output::json(labelled.scope());
        }
        if labelled.wrong().count > 0 {
            json["about"]["left_out_as_wrong"] = output::json(labelled.wrong());
        }
        json
    }
}
