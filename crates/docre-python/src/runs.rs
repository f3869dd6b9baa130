//! Training, comparing and scoring.

use std::path::PathBuf;

use docre::{
    DeviceName, Extractor,
    corpus::{Input, ReadOptions, predictions},
    encoder::source::Places,
    eval::{self, SeenFacts, Truth},
    experiment::{CompareSettings, Comparison, Plan, Seeds, find_plan},
    progress::Outcome,
    score,
    train::{Encoders, Session, Start},
};
use pyo3::{exceptions::PyKeyboardInterrupt, prelude::*};
use serde_json::{Value, json};

use crate::{
    errors::{OrException, bad_setting},
    json,
    observer::{PyObserver, leave_where_raised},
};

/// The folder that encoders are kept in, in the current one, as the command line has it.
const ENCODERS: &str = ".encoders";

/// Where long work is done, who is told of it, and what it may use.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Place {
    run: Option<PathBuf>,
    offline: bool,
    progress: Option<Py<PyAny>>,
}

/// Trains as a recipe says: a file or the name of one that comes with docre, or, with `table`, its
/// settings as JSON. Tells what was made as JSON.
#[pyfunction]
pub fn train(
    py: Python,
    recipe: &str,
    table: bool,
    overrides: Vec<String>,
    seeds: Vec<u64>,
    resume: bool,
    place: Place,
) -> PyResult<String> {
    let plan = match table {
        true => Plan::parse(&toml_of(recipe)?, &overrides),
        false => find_plan(recipe.as_ref(), &overrides),
    };
    let plan = plan.or_exception()?;
    let folder = place.folder(plan.name());
    let start = if resume { Start::Resume } else { Start::New };
    let made = place.work(py, |session| match seeds.is_empty() {
        true => Ok(plan.run(&folder, start, session)?.map(|made| json!(made))),
        false => {
            let seeds = Seeds::new(&plan, &seeds)?;
            Ok(seeds.run(&folder, session)?.map(|made| json!(made)))
        }
    })?;
    json::text(&with_run(made, &folder))
}

/// Does the runs of a comparison, of the rows in `only` alone if any are named, or none with
/// `results_only`. Gives the tables as JSON and as Markdown.
#[pyfunction]
pub fn compare(
    py: Python,
    rows: Vec<PathBuf>,
    settings: Settings,
    only: Vec<String>,
    results_only: bool,
    place: Place,
) -> PyResult<(String, String)> {
    let (comparison, folder) = settings.comparison(&rows, &place)?;
    if !results_only {
        place.work(py, |session| {
            Ok(comparison.run(&folder, &only, session)?.map(|()| Value::Null))
        })?;
    }
    let results = comparison.results(&folder).or_exception()?;
    Ok((json::text(&with_run(json!(results), &folder))?, results.to_markdown()))
}

/// The runs of a comparison and how far they are, as JSON.
#[pyfunction]
pub fn compare_list(rows: Vec<PathBuf>, settings: Settings, place: Place) -> PyResult<String> {
    let (comparison, folder) = settings.comparison(&rows, &place)?;
    json::text(&comparison.list(&folder).or_exception()?)
}

/// Scores a result file by labelled documents, as JSON.
#[pyfunction]
pub fn evaluate_predictions(
    py: Python,
    file: PathBuf,
    truth: PathBuf,
    train: Option<PathBuf>,
) -> PyResult<String> {
    let scores = py.detach(|| {
        let predictions = predictions::read(&file)?;
        let input = Input::of_predictions(&predictions, &truth, None)?;
        let truth = Truth::read_as(&truth, &input)?;
        Ok(eval::score(&truth, &predictions, seen(train)?.as_ref()))
    });
    json::text(&OrException::or_exception(scores)?)
}

/// Scores a model's folder by labelled documents, as JSON; with `end_to_end` from their text alone,
/// too.
#[pyfunction]
pub fn evaluate_model(
    py: Python,
    model: PathBuf,
    truth: PathBuf,
    train: Option<PathBuf>,
    end_to_end: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let scores = py.detach(|| {
        leave_where_raised(progress, |observer| {
            let extractor = Extractor::load(&model, &DeviceName::default().open()?)?;
            let truth = score::read_truth(&extractor, &truth, &ReadOptions::default())?;
            let seen = seen(train)?;
            let mut scores = json!(score::evaluate(&extractor, &truth, seen.as_ref(), observer)?);
            if end_to_end {
                let found = score::evaluate_from_text(&extractor, &truth, observer)?;
                scores["end_to_end"] = json!(found);
            }
            Ok(scores)
        })
    });
    json::text(&scores?)
}

fn seen(train: Option<PathBuf>) -> docre::Result<Option<SeenFacts>> {
    train.map(SeenFacts::read).transpose()
}

/// What is asked of a comparison beside its rows.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Settings {
    seeds: Vec<u64>,
    baseline: Option<String>,
    overrides: Vec<String>,
}

impl Settings {
    fn comparison(self, rows: &[PathBuf], place: &Place) -> PyResult<(Comparison, PathBuf)> {
        let Self { seeds, baseline, overrides } = self;
        let settings = CompareSettings { seeds, baseline, overrides };
        let comparison = Comparison::find(rows, &settings).or_exception()?;
        let folder = place.folder(&comparison.name);
        Ok((comparison, folder))
    }
}

impl Place {
    /// The folder of a run of this name.
    fn folder(&self, name: &str) -> PathBuf {
        self.run.clone().unwrap_or_else(|| PathBuf::from("runs").join(name))
    }

    /// Does long work to its end. What Python raised meanwhile is raised once what was done is
    /// saved.
    fn work(
        self,
        py: Python,
        work: impl FnOnce(&mut Session) -> docre::Result<Outcome<Value>> + Send,
    ) -> PyResult<Value> {
        let places = Places { offline: self.offline, ..Places::new(ENCODERS) };
        let mut observer = PyObserver::new(self.progress);
        let outcome = py.detach(|| {
            let mut encoders = Encoders::new(places, ());
            work(&mut Session { encoders: &mut encoders, observer: &mut observer })
        });
        match (observer.raised(), outcome.or_exception()?) {
            (Some(raised), _) => Err(raised),
            (None, Outcome::Finished(made)) => Ok(made),
            (None, Outcome::Stopped(at)) => {
                Err(PyKeyboardInterrupt::new_err(format!("stopped at {at}")))
            }
        }
    }
}

fn with_run(mut made: Value, folder: &std::path::Path) -> Value {
    made["run"] = json!(folder);
    made
}

/// A recipe's settings as TOML.
fn toml_of(recipe: &str) -> PyResult<String> {
    let wrong = |problem: String| bad_setting("recipe", &problem);
    let table: toml::Table =
        serde_json::from_str(recipe).map_err(|error| wrong(error.to_string()))?;
    toml::to_string(&table).map_err(|error| wrong(error.to_string()))
}
