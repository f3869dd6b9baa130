//! `docre train`

mod several;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    eval::Scores,
    experiment::{Plan, find_plan},
    recipe::Recipe,
    train::{Outcome, Start, train},
};
use serde_json::json;

use crate::{
    encoder::Search,
    interrupt::{Interrupt, STOPPED},
    messages::note,
    observer::Shown,
    output, scores,
    watched::encoder_of,
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
        return several::with_seeds(plan, options, &folder);
    }
    match plan.stages(&folder)?.as_slice() {
        [stage] if plan.is_single() => run_one(&stage.recipe, options, &folder),
        _ => several::with_stages(&plan, options, &folder),
    }
}

fn run_one(recipe: &Recipe, options: &Options, folder: &Path) -> Result<ExitCode> {
    let trained = Trained::by(recipe, folder, options.start(), &options.search)?;
    match &trained.outcome {
        Outcome::Finished { model, best } => {
            let curve = folder.join("curve.svg");
            if options.json {
                output::print_json(&json!({
                    "outcome": "finished", "run": folder, "model": model, "curve": curve,
                    "scores": best.as_ref().map(output::json),
                }))?;
            } else {
                print_kept(recipe, best.as_ref())?;
                let (model, curve) = (model.display(), curve.display());
                output::print(format_args!("model  {model}\ncurve  {curve}"))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Stopped { step } => {
            if options.json {
                let stopped = json!({"outcome": "stopped", "run": folder, "step": step});
                output::print_json(&stopped)?;
            }
            if trained.took_steps {
                let folder = folder.display();
                note(format!(
                    "stopped at step {step}; go on with: docre train --resume --run {folder}"
                ));
            } else {
                note(
                    "stopped before the first step, with nothing to save; the same command starts again",
                );
            }
            Ok(ExitCode::from(STOPPED))
        }
    }
}

impl Options {
    fn start(&self) -> Start {
        if self.resume { Start::Resume } else { Start::New }
    }

    fn plan(&self) -> Result<Plan> {
        match (&self.recipe, &self.run) {
            (Some(given), _) => find_plan(given, &self.set),
            (None, Some(run)) => {
                let path = run.join("recipe.toml");
                if !path.exists() {
                    return Err(Error::file(run, "has no run to resume; it has no recipe.toml"));
                }
                Plan::read(path, &self.set)
            }
            (None, None) => unreachable!("one of the two is required"),
        }
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
            output::print(format_args!("The kept model on {}:\n\n{table}\n", dev.display()))
        }
        _ => output::print("The recipe has no data.dev, so the last model is kept, unscored.\n"),
    }
}

/// A run that this process took part in.
pub struct Trained {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether there was anything left to do.
    pub took_steps: bool,
}

impl Trained {
    /// Finds the encoder and trains. Ctrl-C saves and stops.
    pub fn by(recipe: &Recipe, folder: &Path, start: Start, search: &Search) -> Result<Self> {
        let encoder = match &recipe.start {
            Some(model) => model.clone(),
            None => encoder_of(recipe, search)?,
        };
        let mut observer = Shown::new(Some(Interrupt::listen()));
        let outcome = train(recipe, &encoder, folder, start, &mut observer);
        observer.finish();
        Ok(Self { outcome: outcome?, took_steps: observer.took_steps })
    }
}
