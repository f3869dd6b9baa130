//! `docre quickstart`

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    document::Document,
    experiment::Plan,
    model::Extracted,
    recipe::Recipe,
    report::{FactRows, Status, side_by_side},
    train::{Start, Trained, train},
};
use serde_json::json;

use super::{
    extract::write_page,
    train::{default_folder, print_kept},
};
use crate::{
    encoder::Search,
    long_work::{Again, LongWork, Reached},
    messages::{note, one_line},
    output,
    table::{Columns, percent},
};

/// What is trained.
const RECIPE: &str = "recipes/quickstart.toml";

/// The dev document that is shown: of middle length, chosen before any model had read it.
const SHOWN: &str = "Ocean Waves (film)";

/// Trains on the bundled documents and shows what the model finds in one of them
///
/// Gets the encoder minilm, trains as recipes/quickstart.toml says, scores the model on the
/// bundled dev documents and shows the facts of one of them, found and labelled. Run it in the
/// root of docre's repository. If it is stopped, the same command goes on; once it is
/// finished, it shows the results again.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The run's folder [default: runs/quickstart]
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

/// Trains unless that is done, and shows the results.
pub fn run(options: &Options) -> Result<ExitCode> {
    let recipe = recipe(&options.set)?;
    let folder = options.run.clone().unwrap_or_else(|| default_folder(&recipe.name));
    let folder = if options.again { fresh(&folder) } else { folder };
    let start = if Plan::is_begun(&folder) { Start::Resume } else { Start::New };
    announce(&recipe, &folder, start);
    let (search, again) = (&options.search, Again::SameCommand);
    let work = LongWork { search, folder: &folder, json: options.json, again };
    match work.run(|session| train(&recipe, &folder, start, session))? {
        ControlFlow::Break(code) => Ok(code),
        ControlFlow::Continue(Reached { result: trained, took_steps }) => {
            if !took_steps {
                note("it is trained already, so these are its results; --again trains anew");
            }
            show(options, &recipe, &folder, &trained)?;
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

/// The first folder of this name, with a number behind it, that isn't there or is empty.
fn fresh(folder: &Path) -> PathBuf {
    let numbered = |number: usize| match number {
        1 => folder.to_path_buf(),
        number => PathBuf::from(format!("{}-{number}", folder.display())),
    };
    (1..).map(numbered).find(|folder| is_free(folder)).expect("numbers don't end")
}

fn is_free(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(!folder.exists(), |mut entries| entries.next().is_none())
}

fn announce(recipe: &Recipe, folder: &Path, start: Start) {
    let (encoder, train) = (&recipe.encoder.from, recipe.data.train.display());
    let epochs = match recipe.schedule.epochs {
        1 => "one epoch".to_owned(),
        epochs => format!("{epochs} epochs"),
    };
    note(match start {
        Start::New => format!(
            "docre gets the encoder {encoder}, trains {epochs} on {train}, scores the \
             model and shows what it finds in one document. This takes about ten minutes on two cores."
        ),
        Start::Resume => format!("{} holds a run; docre goes on where it stands", folder.display()),
    });
}

fn show(options: &Options, recipe: &Recipe, folder: &Path, trained: &Trained) -> Result<()> {
    let Trained { model, scores, .. } = trained;
    let data = recipe.data.dev.as_ref().unwrap_or(&recipe.data.train);
    let extractor = recipe.compute()?.load(model)?;
    let document = shown_document(data)?;
    let extracted = extractor.extract_stream([Ok(document)]).next().expect("one document")?;
    let Extracted { document, facts, .. } = &extracted;
    let rows = side_by_side(document, facts, &extractor.relations);
    let (page, curve) = (folder.join("document.html"), folder.join("curve.svg"));
    write_page(&page, &extracted, &extractor.relations, model, data)?;
    if options.json {
        return output::print_json(&json!({
            "run": folder, "model": model, "page": page, "curve": curve,
            "scores": scores.as_ref().map(output::json), "document": output::json(&rows),
        }));
    }
    print_kept(recipe, scores.as_ref())?;
    output::print(document_text(&rows))?;
    let (page, curve, model) = (page.display(), curve.display(), model.display());
    output::print(format_args!(
        "The document with its entities and facts:  {page}\n\
         How the training went:                     {curve}\n\
         \n\
         Next, on documents of your own (DocRED's form, a JSON list or one a line):\n  \
         docre extract --model {model} FILE\n\
         or train with other settings:\n  \
         docre train {RECIPE} --run runs/mine --set schedule.epochs=10"
    ))
}

/// The document of the constant title, or the first where the recipe names other data.
fn shown_document(data: &Path) -> Result<Document> {
    let mut first = None;
    for document in docre::corpus::read(data)? {
        let document = document?;
        if document.title == SHOWN {
            return Ok(document);
        }
        first.get_or_insert(document);
    }
    first.ok_or_else(|| Error::file(data, "holds no document to show"))
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
