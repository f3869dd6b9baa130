//! Recipes that are several runs: with stages, or with several seeds.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    experiment::{Plan, PlanOutcome, SeedOutcome, Seeds, Spread, Summary},
    train::DevResult,
};
use serde_json::json;

use super::Options;
use crate::{
    interrupt::STOPPED,
    messages::note,
    output,
    table::{Columns, percent},
    watched::watched,
};

/// Runs the stages of a recipe.
pub fn with_stages(plan: &Plan, options: &Options, folder: &Path) -> Result<ExitCode> {
    let outcome =
        watched(&options.search, |find, shown| plan.run(folder, options.start(), find, shown))?;
    match outcome {
        PlanOutcome::Finished { model, dev } => {
            if options.json {
                let finished =
                    json!({"outcome": "finished", "run": folder, "model": model, "dev": dev});
                output::print_json(&finished)?;
            } else {
                if let Some(dev) = dev {
                    let scores = scores_in_words(&dev);
                    output::print(format_args!(
                        "The last stage's model on its dev file: {scores}"
                    ))?;
                }
                output::print(format_args!("model  {}", model.display()))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        PlanOutcome::Stopped { stage, step } => {
            if options.json {
                let stopped =
                    json!({"outcome": "stopped", "run": folder, "stage": stage, "step": step});
                output::print_json(&stopped)?;
            }
            let stage = stage.unwrap_or_default();
            note(format!(
                "stopped in stage {stage} at step {step}; go on with: docre train --resume --run {}",
                folder.display()
            ));
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// Runs a recipe with each of several seeds.
pub fn with_seeds(plan: Plan, options: &Options, folder: &Path) -> Result<ExitCode> {
    let seeds = Seeds::new(plan, options.seeds.clone())?;
    match watched(&options.search, |find, shown| seeds.run(folder, find, shown))? {
        SeedOutcome::Finished { runs, summary } => {
            if options.json {
                let rows = runs
                    .iter()
                    .map(|(seed, run, dev)| json!({"seed": seed, "run": run, "dev": dev}));
                output::print_json(&json!({
                    "outcome": "finished", "run": folder, "summary": summary,
                    "runs": rows.collect::<Vec<_>>(),
                }))?;
            } else {
                output::print(summary_table(&runs, &summary))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        SeedOutcome::Stopped { seed, step } => {
            if options.json {
                let stopped =
                    json!({"outcome": "stopped", "run": folder, "seed": seed, "step": step});
                output::print_json(&stopped)?;
            }
            note(format!("stopped with seed {seed} at step {step}; the same command goes on"));
            Ok(ExitCode::from(STOPPED))
        }
    }
}

fn scores_in_words(dev: &DevResult) -> String {
    let ign = dev.ign_f1.map(|ign| format!(", Ign F1 {}", percent(ign)));
    format!("F1 {}{}", percent(dev.f1), ign.unwrap_or_default())
}

fn summary_table(runs: &[(u64, PathBuf, DevResult)], summary: &Summary) -> String {
    let mut table = Columns::new(&["seed", ">precision", ">recall", ">F1", ">Ign F1"]);
    for (seed, _, dev) in runs {
        let ign = dev.ign_f1.map(percent).unwrap_or_default();
        let (precision, recall) = (percent(dev.precision), percent(dev.recall));
        table.row(&[&seed.to_string(), &precision, &recall, &percent(dev.f1), &ign]);
    }
    let spread =
        |spread: Spread| format!("{} ± {}", percent(spread.mean), percent(spread.deviation));
    let ign = summary.ign_f1.map(spread).unwrap_or_default();
    table.row(&["mean", "", "", &spread(summary.f1), &ign]);
    table.text()
}
