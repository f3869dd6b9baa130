//! A comparison on its way: run after run, each once.

use std::path::{Path, PathBuf};

use super::{
    Comparison,
    data_files::{self, DataFiles},
    row::{ListedRun, Run, Work, in_row},
};
use crate::{
    Error, Result,
    experiment::{Pieces, Resumable},
    files,
    progress::{Outcome, PartName},
    recipe::Recipe,
    train::{Cost, Session},
};

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
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let mut files = self.recipes.clone();
        for run in self.runs(folder) {
            files.extend(run.reads());
            files.push(run.folder);
        }
        files
    }

    /// Does what is left to do in a folder, for these rows alone if any are named. Everything
    /// is checked before the first run begins.
    pub fn run(
        &self,
        folder: &Path,
        only: &[String],
        session: &mut Session,
    ) -> Result<Outcome<()>> {
        self.check_only(only)?;
        let mut runs = self.runs(folder);
        runs.retain(|run| only.is_empty() || only.iter().any(|name| name == run.row));
        self.check_train_files(folder)?;
        let runs = Pieces::check("run", runs, session)?;
        check_data_files(&runs)?;
        runs.run(session)
    }

    fn check_only(&self, only: &[String]) -> Result<()> {
        let is_row = |name: &&String| self.rows.iter().any(|row| row.name == **name);
        match only.iter().find(|name| !is_row(name)) {
            Some(name) => Err(Error::setting("only", format!("\"{name}\" is no row"))),
            None => Ok(()),
        }
    }
}

impl Resumable for Run<'_> {
    fn names(&self) -> Vec<PartName> {
        let seed = self.seed.map(|seed| PartName::number("seed", seed));
        [PartName::word("row", self.row)].into_iter().chain(seed).collect()
    }

    fn check(&self) -> Result<()> {
        match &self.work {
            Work::Train(plan) => plan.check_run(&self.folder),
            Work::Score(model) => model.check(&self.folder),
        }
        .map_err(|error| in_row(self.row, error))
    }

    fn is_done(&self) -> Result<bool> {
        Ok(self.result()?.is_some())
    }

    fn recipes_left(&self) -> Result<Vec<Recipe>> {
        match &self.work {
            Work::Train(plan) => plan.recipes_left(&self.folder),
            Work::Score(_) => Ok(Vec::new()),
        }
    }

    fn go_on(&self, session: &mut Session) -> Result<Outcome<()>> {
        match &self.work {
            Work::Score(_) if session.observer.should_stop() => Ok(Outcome::stopped_at(0)),
            Work::Score(model) => {
                model.score(&self.folder, session.observer).map(Outcome::Finished)
            }
            Work::Train(plan) => plan.go_on(&self.folder, session),
        }
    }

    fn sweep(&self) {
        match &self.work {
            Work::Train(plan) => plan.sweep(&self.folder),
            Work::Score(_) => files::sweep(&self.folder),
        }
    }

    fn cost(&self) -> Result<Option<Cost>> {
        self.measured_cost()
    }
}

/// Refuses files that a run would only refuse when its turn comes.
fn check_data_files(runs: &Pieces<Run>) -> Result<()> {
    let recipes = runs.recipes_left()?;
    let mut files = Vec::new();
    for run in runs.left() {
        if let Work::Score(row) = &run.work {
            let (train, dev, input) = (&*row.train, Some(&*row.dev), row.input.clone());
            files.push(DataFiles { train, dev, input, reading: row.reading.clone() });
        }
    }
    files.extend(recipes.iter().map(|recipe| DataFiles {
        train: &recipe.data.train,
        dev: recipe.data.dev.as_deref(),
        input: recipe.input(),
        reading: recipe.data.reading(),
    }));
    data_files::check(&files)
}
