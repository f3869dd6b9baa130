//! Recipes that are several runs: with stages, or with several seeds.

use std::{ops::ControlFlow, path::Path, process::ExitCode};

use docre::{
    Result,
    experiment::{MeanAndDeviation, Plan, Seeds, SeedsResult},
    progress::Outcome,
    train::DevResult,
};

use super::Options;
use crate::{
    long_work::{Again, Reached},
    output,
    table::{Columns, percent},
};

/// Runs the stages of a recipe.
pub fn with_stages(plan: &Plan, options: &Options, folder: &Path) -> Result<ExitCode> {
    let work = options.work(folder, Again::Resume);
    let reached = match work.run(|session| plan.run(folder, options.start(), session))? {
        ControlFlow::Continue(Reached { result, .. }) => result,
        ControlFlow::Break(code) => return Ok(code),
    };
    if options.json {
        output::print_json(&work.with_folder(&Outcome::Finished(reached)))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(dev) = reached.dev {
        let scores = scores_in_words(&dev);
        output::print(format_args!("The last stage's model on its dev file: {scores}"))?;
    }
    output::print(format_args!("model  {}", reached.model.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a recipe with each of several seeds.
pub fn with_seeds(plan: &Plan, options: &Options, folder: &Path) -> Result<ExitCode> {
    let seeds = Seeds::new(plan, &options.seeds)?;
    let work = options.work(folder, Again::SameCommand);
    let reached = match work.run(|session| seeds.run(folder, session))? {
        ControlFlow::Continue(Reached { result, .. }) => result,
        ControlFlow::Break(code) => return Ok(code),
    };
    if options.json {
        output::print_json(&work.with_folder(&Outcome::Finished(reached)))?;
    } else {
        output::print(summary_table(&reached))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn scores_in_words(dev: &DevResult) -> String {
    let ign = dev.ign_f1.map(|ign| format!(", Ign F1 {}", percent(ign)));
    format!("F1 {}{}", percent(dev.f1), ign.unwrap_or_default())
}

fn summary_table(SeedsResult { summary, runs }: &SeedsResult) -> String {
    let mut table = Columns::new(&["seed", ">precision", ">recall", ">F1", ">Ign F1"]);
    for run in runs {
        let DevResult { precision, recall, f1, ign_f1, .. } = run.dev;
        let ign = ign_f1.map(percent).unwrap_or_default();
        let (precision, recall) = (percent(precision), percent(recall));
        table.row(&[&run.seed.to_string(), &precision, &recall, &percent(f1), &ign]);
    }
    let spread = |MeanAndDeviation { mean, deviation }| {
        format!("{} ± {}", percent(mean), percent(deviation))
    };
    let ign = summary.ign_f1.map(spread).unwrap_or_default();
    table.row(&["mean", "", "", &spread(summary.f1), &ign]);
    table.text()
}
