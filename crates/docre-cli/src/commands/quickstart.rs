//! `docre quickstart`

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::ReadOptions,
    document::Document,
    eval::{EndToEnd, Scores},
    experiment::Plan,
    model::{Compute, Extracted},
    progress::{Outcome, PartName},
    recipe::Recipe,
    report::{FactRows, Status, side_by_side},
    score,
    train::{Session, Start, Trained, train},
};
use serde::Serialize;
use serde_json::json;

use super::{extract::write_page, train::default_folder};
use crate::{
    encoder::Search,
    long_work::{Again, LongWork, Reached},
    messages::{note, one_line},
    observer::ProgressLine,
    output, outputs,
    table::{Columns, percent},
};

/// What is trained.
const RECIPE: &str = "recipes/quickstart.toml";

/// The folders of the two models that are trained, in that of the quickstart.
const TUNED: &str = "tuned";
const PLAIN: &str = "plain";

/// The page.
const PAGE: &str = "document.html";

/// Tunes the model that comes with docre on documents of another kind, and shows what it finds
///
/// The documents are minutes of meetings and manuals with types and relations of their own
/// (corpus/work). The tuned model is scored on others, next to the model as it comes and to one that
/// is trained on the same documents from a pretrained encoder alone. Run it in the root of docre's
/// repository. If it is stopped, the same command goes on; once it is finished, it shows the results
/// again.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The folder of its runs [default: runs/quickstart]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Change a setting of the recipe; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Train anew, in a folder of its own (runs/quickstart-2, ...)
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

/// A model and how good it is on the held-out documents.
#[derive(Debug, Serialize)]
struct Scored {
    model: String,
    /// What it is.
    #[serde(skip)]
    about: String,
    scores: Option<Scores>,
    from_text: Option<EndToEnd>,
}

impl Scored {
    fn of(about: impl Into<String>, trained: Trained) -> Self {
        let Trained { model, scores, from_text } = trained;
        Self { model: model.display().to_string(), about: about.into(), scores, from_text }
    }
}

/// Trains unless that is done, and shows the results.
pub fn run(options: &Options) -> Result<ExitCode> {
    let recipe = recipe(&options.set)?;
    let folder = options.run.clone().unwrap_or_else(|| default_folder(&recipe.name));
    let folder = if options.again { fresh(&folder) } else { folder };
    check_page(&folder)?;
    let plain = plain_encoder(&recipe, &options.search)?;
    announce(&recipe, &folder);
    let (search, again) = (&options.search, Again::SameCommand);
    let work = LongWork { search, folder: &folder, json: options.json, again };
    match work.run(|session| train_both(&recipe, plain.as_ref(), &folder, session))? {
        ControlFlow::Break(code) => Ok(code),
        ControlFlow::Continue(Reached { result: trained, took_steps }) => {
            if !took_steps {
                note("all is trained already, so these are its results; --again trains anew");
            }
            show(options, &recipe, &folder, trained)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn recipe(overrides: &[String]) -> Result<Recipe> {
    if !Path::new(RECIPE).exists() {
        let problem = "is not here; go to the root of docre's repository, which has it";
        return Err(Error::file(RECIPE, problem));
    }
    Recipe::read(RECIPE, overrides)
}

/// The same recipe from the pretrained encoder alone, where that can be had: without a network it
/// can't, and the rest is worth seeing.
fn plain_encoder(recipe: &Recipe, search: &Search) -> Result<Option<Recipe>> {
    if recipe.start.is_none() {
        return Ok(None);
    }
    match search.find(&recipe.encoder.from, None) {
        Ok(_) => recipe.changed(|recipe| recipe.start = None).map(Some),
        Err(error) => {
            note(format!("{error}; so the tuned model isn't compared with the plain encoder"));
            Ok(None)
        }
    }
}

/// The first folder of this name, with a number behind it, that isn't there or is empty.
fn fresh(folder: &Path) -> PathBuf {
    let numbered = |number: usize| match number {
        1 => folder.to_path_buf(),
        number => PathBuf::from(format!("{}-{number}", folder.display())),
    };
    (1..).map(numbered).find(|folder| outputs::is_free(folder)).expect("numbers don't end")
}

/// Refuses to replace a page that isn't of an earlier quickstart.
fn check_page(folder: &Path) -> Result<()> {
    let is_own = Plan::is_begun(&folder.join(TUNED));
    if folder.join(PAGE).exists() && !is_own {
        let problem = format!("holds {PAGE}, which would be replaced; name another folder");
        return Err(Error::file(folder, problem));
    }
    Ok(())
}

fn announce(recipe: &Recipe, folder: &Path) {
    if Plan::is_begun(&folder.join(TUNED)) {
        note(format!("{} holds runs; docre goes on where they stand", folder.display()));
        return;
    }
    let (begun, train) = (beginning(recipe), recipe.data.train.display());
    note(format!(
        "docre tunes {begun} on {train}, scores it on others, and shows what \
         it finds in one of them. This takes a few minutes on two cores."
    ));
}

/// What the recipe begins with.
fn beginning(recipe: &Recipe) -> String {
    match &recipe.start {
        Some(model) => model.display().to_string(),
        None => recipe.encoder.from.clone(),
    }
}

fn train_both(
    recipe: &Recipe,
    plain: Option<&Recipe>,
    folder: &Path,
    session: &mut Session,
) -> Result<Outcome<Vec<Scored>>> {
    let mut trained = Vec::new();
    for (name, recipe) in [(TUNED, Some(recipe)), (PLAIN, plain)] {
        let Some(recipe) = recipe else { continue };
        let run = folder.join(name);
        let start = if Plan::is_begun(&run) { Start::Resume } else { Start::New };
        let about = match name {
            TUNED => format!("{}, tuned", beginning(recipe)),
            _ => format!("{} alone, on the same documents", beginning(recipe)),
        };
        match train(recipe, &run, start, session)? {
            Outcome::Finished(model) => trained.push(Scored::of(about, model)),
            Outcome::Stopped(stopped) => {
                let part = PartName::word("run", name);
                return Ok(Outcome::Stopped(stopped).within(&[part]));
            }
        }
    }
    Ok(Outcome::Finished(trained))
}

fn show(options: &Options, recipe: &Recipe, folder: &Path, trained: Vec<Scored>) -> Result<()> {
    let data = recipe.data.dev.as_ref().unwrap_or(&recipe.data.train);
    let compute = recipe.compute()?;
    let mut all = untuned(recipe, data, &compute)?;
    let model = folder.join(TUNED).join("model");
    all.extend(trained);
    let extractor = compute.load(&model)?;
    let document = shown_document(data)?;
    let extracted = extractor.extract_stream([Ok(document)]).next().expect("one document")?;
    let Extracted { document, facts, .. } = &extracted;
    let rows = side_by_side(document, facts, &extractor.relations);
    let page = folder.join(PAGE);
    write_page(&page, &extracted, &extractor.relations, &model, data)?;
    if options.json {
        return output::print_json(&json!({
            "run": folder, "model": model, "page": page,
            "models": output::json(&all), "document": output::json(&rows),
        }));
    }
    output::print(scores_text(data, &all))?;
    output::print(document_text(&rows))?;
    output::print(format_args!(
        "The document with its entities and facts:  {}\n\
         \n\
         Next, label some documents of your own (docs/formats.md) and train on them:\n  \
         docre train {RECIPE} --run runs/mine --set data.train=TRAIN --set data.dev=DEV\n  \
         docre extract --model runs/mine/model TEXT",
        page.display()
    ))
}

/// The model that the recipe begins with, as it is.
fn untuned(recipe: &Recipe, data: &Path, compute: &Compute) -> Result<Vec<Scored>> {
    let Some(start) = &recipe.start else { return Ok(Vec::new()) };
    let extractor = compute.load(start)?;
    let mut observer = ProgressLine::new(None);
    let truth = score::read_truth(&extractor, data, &ReadOptions::default())?;
    let scores = score::evaluate(&extractor, &truth, None, &mut observer);
    let from_text = score::evaluate_from_text(&extractor, &truth, &mut observer);
    observer.finish();
    let model = start.display().to_string();
    let about = format!("{model}, as it is");
    let from_text = from_text?.map(|found| found.scores);
    Ok(vec![Scored { model, about, scores: Some(scores?), from_text }])
}

fn scores_text(data: &Path, all: &[Scored]) -> String {
    let mut table =
        Columns::new(&["F1", ">mentions", ">entities", ">relations", ">, entities given"]);
    for Scored { about, scores, from_text, .. } in all {
        let of_text =
            |f1: fn(&EndToEnd) -> f64| from_text.as_ref().map_or("".into(), |s| percent(f1(s)));
        table.row(&[
            about,
            &of_text(|scores| scores.mention_span.f1()),
            &of_text(|scores| scores.cluster_exact.f1()),
            &of_text(|scores| scores.relation_strict.f1()),
            &scores.as_ref().map_or(String::new(), |scores| percent(scores.facts.f1())),
        ]);
    }
    format!(
        "On the documents of {}, which no model was trained on (its thresholds are fitted to them):\n\n{}\n",
        data.display(),
        table.text()
    )
}

/// The document that is shown: of middle length.
fn shown_document(data: &Path) -> Result<Document> {
    let documents: Result<Vec<Document>> = docre::corpus::read(data)?.collect();
    let mut documents = documents?;
    documents.sort_by_key(|document| document.labelled_facts().len());
    let middle = documents.len() / 2;
    let missing = || Error::file(data, "holds no document to show");
    documents.into_iter().nth(middle).ok_or_else(missing)
}

fn document_text(rows: &FactRows) -> String {
    let title = one_line(&rows.title);
    let heading = match rows.counts {
        Some(counts) => format!(
            "\"{title}\": {} of the {} facts found are correct, {} of the {} labelled ones are found (F1 {})",
            counts.correct,
            counts.predicted,
            counts.correct,
            counts.gold,
            percent(counts.f1())
        ),
        None => format!("\"{title}\""),
    };
    let mut table = Columns::new(&["", ">score", "head", "relation", "tail"]);
    for row in &rows.rows {
        let fact = &row.fact;
        let score = fact.score.filter(|_| row.status != Status::Missed);
        let score = score.map_or(String::new(), |score| format!("{score:.3}"));
        let (head, tail) = (&fact.head.name, &fact.tail.name);
        table.row(&[row.status.word(), &score, head, &fact.relation.name, tail]);
    }
    format!("{heading}\n\n{}\n", table.text())
}
