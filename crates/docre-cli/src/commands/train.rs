//! `docre train`

mod several;

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    eval::Scores,
    experiment::{Plan, find_plan},
    progress::Outcome,
    recipe::Recipe,
    train::{Start, train},
};

use crate::{
    encoder::Search,
    long_work::{Again, LongWork, Reached},
    output, scores,
};

/// Trains a model as a recipe says
///
/// The run's folder gets the resolved recipe, a log (metrics.jsonl), a picture of it
/// (curve.svg), checkpoints, and the best model by F1 on the dev documents (model/).
/// Ctrl-C saves and stops; --resume goes on, also after a crash.
///
/// A recipe with [[stages]] runs them one after another, each in a folder of its own. With
/// --seeds the recipe runs once a seed, and the scores' mean and deviation are shown; the
/// same command goes on where it was stopped.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre train recipes/quickstart.toml
  docre train recipes/quickstart.toml --run runs/short --set schedule.epochs=1 --set seed=67
  docre train recipes/quickstart.toml --seeds 66,67,68
  docre train pemscl/table2-pemscl-re-docred-minilm
  docre train --resume --run runs/short")]
pub struct Options {
    /// The recipe, a TOML file or the name of a built-in one (docre recipes lists them); with
    /// --resume that of the run if it is left out
    #[arg(required_unless_present = "resume")]
    recipe: Option<PathBuf>,
    /// The run's folder [default: runs/<the recipe's name>]
    #[arg(long, value_name = "DIR", required_unless_present = "recipe")]
    run: Option<PathBuf>,
    /// Change a setting of the recipe; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Go on with a run that was stopped
    #[arg(long)]
    resume: bool,
    /// Train once with each of these seeds
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', conflicts_with = "resume")]
    seeds: Vec<u64>,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

/// Trains and shows how the kept model does.
pub fn run(options: &Options) -> Result<ExitCode> {
    let plan = options.plan()?;
    let folder = options.run.clone().unwrap_or_else(|| default_folder(plan.name()));
    if !options.seeds.is_empty() {
        return several::with_seeds(&plan, options, &folder);
    }
    if plan.is_single() {
        run_one(plan.last(), options, &folder)
    } else {
        several::with_stages(&plan, options, &folder)
    }
}

fn run_one(recipe: &Recipe, options: &Options, folder: &Path) -> Result<ExitCode> {
    let work = options.work(folder, Again::Resume);
    let trained = match work.run(|session| train(recipe, folder, options.start(), session))? {
        ControlFlow::Continue(Reached { result, .. }) => result,
        ControlFlow::Break(code) => return Ok(code),
    };
    let curve = folder.join("curve.svg");
    if options.json {
        let mut json = work.with_folder(&Outcome::Finished(&trained));
        json["curve"] = output::json(&curve);
        output::print_json(&json)?;
    } else {
        print_kept(recipe, trained.scores.as_ref())?;
        let (model, curve) = (trained.model.display(), curve.display());
        output::print(format_args!("model  {model}\ncurve  {curve}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn work<'a>(&'a self, folder: &'a Path, again: Again) -> LongWork<'a> {
        LongWork { search: &self.search, folder, json: self.json, again }
    }

    fn start(&self) -> Start {
        if self.resume { Start::Resume } else { Start::New }
    }

    fn plan(&self) -> Result<Plan> {
        match (&self.recipe, &self.run) {
            (Some(given), _) => find_plan(given, &self.set),
            (None, Some(run)) => {
                let path = run.join("recipe.toml");
                if !path.exists() {
                    return Err(Error::file(run, no_run(run)));
                }
                Plan::read(path, &self.set)
            }
            (None, None) => unreachable!("one of the two is required"),
        }
    }
}

/// What is wrong with a folder without a recipe.
fn no_run(folder: &Path) -> &'static str {
    if folder.is_file() {
        "is a file; --run takes the folder of the run that is to go on, and the recipe stands \
         before it"
    } else if folder.exists() {
        "has no run to resume; it has no recipe.toml"
    } else {
        "has no run to resume: it isn't there; name the folder of a run"
    }
}

/// Where a run of a recipe goes if nothing else is said.
pub fn default_folder(name: &str) -> PathBuf {
    Path::new("runs").join(name)
}

/// Prints the scores of a finished run's model.
pub fn print_kept(recipe: &Recipe, best: Option<&Scores>) -> Result<()> {
    match (best, &recipe.data.dev) {
        (Some(best), Some(dev)) => {
            let table = scores::table(best);
            scores::warn(best);
            output::print(format_args!("The kept model on {}:\n\n{table}\n", dev.display()))
        }
        _ => output::print("The recipe has no data.dev, so the last model is kept, unscored.\n"),
    }
}
