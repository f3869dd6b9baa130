//! A comparison on its way: run after run, each once.

use std::path::{Path, PathBuf};

use super::{
    Comparison,
    data_files::{self, DataFiles},
    row::{ListedRun, Run, Work},
    watched::{Pace, Watched},
};
use crate::{
    Error, Result,
    experiment::{Encoders, Find, PlanOutcome},
    progress::{Observer, RunsProgress},
    recipe::Recipe,
};

/// How a comparison ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareOutcome {
    /// All runs are done.
    Finished,
    /// The observer asked to stop.
    Stopped {
        /// The row whose run goes on the next time.
        row: String,
        /// The run's seed; `None` for a model that isn't trained.
        seed: Option<u64>,
        /// The steps that the run has taken.
        step: u64,
    },
}

impl Comparison {
    /// All runs below a folder in the order in which they are done: every row with its first
    /// seed, then with its second one, so that there is soon something to compare.
    pub(super) fn runs(&self, folder: &Path) -> Vec<Run<'_>> {
        let runs = self.rows.iter().flat_map(|row| row.runs(folder).into_iter().enumerate());
        let mut runs: Vec<_> = runs.collect();
        runs.sort_by_key(|(turn, _)| *turn);
        runs.into_iter().map(|(_, run)| run).collect()
    }

    /// All runs, in the order in which they are done, and how far they are.
    pub fn list(&self, folder: &Path) -> Result<Vec<ListedRun>> {
        self.runs(folder).iter().map(Run::listed).collect()
    }

    /// The files and folders that its runs in a folder read or are kept in: nothing else may be
    /// written there.
    pub fn files(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut files = self.recipes.clone();
        for run in self.runs(folder) {
            files.extend(run.reads()?);
            files.push(run.folder);
        }
        Ok(files)
    }

    /// Does what is left to do in a folder, for these rows alone if any are named. Everything
    /// is checked before the first run begins.
    pub fn run(
        &self,
        folder: &Path,
        only: &[String],
        find: &mut Find,
        observer: &mut dyn Observer,
    ) -> Result<CompareOutcome> {
        self.check_only(only)?;
        let mut runs = self.runs(folder);
        runs.retain(|run| only.is_empty() || only.iter().any(|name| name == run.row));
        self.check_train_files(folder)?;
        let mut pace = Pace::default();
        let mut left = Vec::new();
        for (number, run) in runs.iter().enumerate() {
            run.check()?;
            match run.result()? {
                Some(_) => add_to(&mut pace, run)?,
                None => left.push((number + 1, run)),
            }
        }
        let encoders = check_left(left.iter().map(|(_, run)| *run), find)?;
        let mut find = |recipe: &Recipe| Ok(encoders.of(recipe));
        for (place, (number, run)) in left.iter().enumerate() {
            let whole = RunsProgress {
                run: *number,
                runs: runs.len(),
                row: run.row.to_owned(),
                seed: run.seed,
                seconds_left: None,
            };
            observer.run_begins(&whole);
            let ahead = pace.ahead(left[place + 1..].iter().map(|(_, run)| run.row));
            let mut watched = Watched { inner: &mut *observer, whole, ahead };
            if let Some(step) = run.go_on(&mut find, &mut watched)? {
                let row = run.row.to_owned();
                return Ok(CompareOutcome::Stopped { row, seed: run.seed, step });
            }
            add_to(&mut pace, run)?;
        }
        Ok(CompareOutcome::Finished)
    }

    fn check_only(&self, only: &[String]) -> Result<()> {
        let is_row = |name: &&String| self.rows.iter().any(|row| row.name == **name);
        match only.iter().find(|name| !is_row(name)) {
            Some(name) => Err(Error::setting("only", format!("\"{name}\" is no row"))),
            None => Ok(()),
        }
    }
}

impl Run<'_> {
    /// Goes on to the end, or to the step at which the observer asks to stop.
    fn go_on(&self, find: &mut Find, observer: &mut dyn Observer) -> Result<Option<u64>> {
        match &self.work {
            Work::Score(_) if observer.should_stop() => Ok(Some(0)),
            Work::Score(model) => model.score(&self.folder, observer).map(|()| None),
            Work::Train(plan) => match plan.go_on(&self.folder, find, observer)? {
                PlanOutcome::Finished { .. } => Ok(None),
                PlanOutcome::Stopped { step, .. } => Ok(Some(step)),
            },
        }
    }
}

/// Refuses files that a run would only refuse when its turn comes, and finds all encoders.
fn check_left<'a>(runs: impl Iterator<Item = &'a Run<'a>>, find: &mut Find) -> Result<Encoders> {
    let (mut recipes, mut files) = (Vec::new(), Vec::new());
    for run in runs {
        recipes.extend(run.recipes_left()?);
        if let Work::Score(row) = &run.work {
            files.push(DataFiles {
                train: &row.train,
                dev: Some(&row.dev),
                input: row.input.clone(),
            });
        }
    }
    let encoders = Encoders::find(&recipes, find)?;
    files.extend(recipes.iter().map(|recipe| DataFiles {
        train: &recipe.data.train,
        dev: recipe.data.dev.as_deref(),
        input: recipe.input(),
    }));
    data_files::check(&files)?;
    Ok(encoders)
}

fn add_to(pace: &mut Pace, run: &Run) -> Result<()> {
    if let Work::Train(plan) = &run.work
        && let Some(cost) = plan.cost(&run.folder)?
    {
        pace.add(run.row, &cost);
    }
    Ok(())
}
