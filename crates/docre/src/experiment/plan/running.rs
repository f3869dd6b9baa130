//! A plan on its way.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Plan, Stage, stage::is_begun};
use crate::{
    Error, Result,
    experiment::{Pieces, Resumable},
    files,
    progress::Outcome,
    recipe::Recipe,
    train::{Cost, DevResult, Holds, OwnFolder, RunResult, Session, Start, recipe_text, train},
};

/// What a finished plan has made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanResult {
    /// The last stage's model.
    pub model: PathBuf,
    /// Its scores on the dev file.
    pub dev: Option<DevResult>,
}

impl Plan {
    /// Whether a folder holds a run of a plan, begun or done.
    pub fn is_begun(folder: &Path) -> bool {
        is_begun(folder)
    }

    /// The last stage's result if all stages are done in this folder. Refuses a folder in
    /// which a stage was done by another recipe.
    pub fn result(&self, folder: &Path) -> Result<Option<RunResult>> {
        let mut last = None;
        for stage in self.stages(folder) {
            last = stage.result()?;
            if last.is_none() {
                return Ok(None);
            }
            stage.check_recipe()?;
        }
        Ok(last)
    }

    /// The folder of the run that gives the model.
    pub(crate) fn last_folder(&self, folder: &Path) -> PathBuf {
        self.stages(folder).pop().expect("a plan has a run").folder
    }

    /// The scores of the last stage on its dev file, once all stages are done in this folder.
    pub(crate) fn dev_result(&self, folder: &Path) -> Result<DevResult> {
        let last = self.last_folder(folder);
        let result = RunResult::read(&last)?;
        result.ok_or_else(|| Error::file(&last, "isn't finished"))?.dev_of(&last)
    }

    /// Runs all stages in a folder. On resumption it goes on where it was stopped; stages that
    /// are done are not done again.
    pub fn run(
        &self,
        folder: &Path,
        start: Start,
        session: &mut Session,
    ) -> Result<Outcome<PlanResult>> {
        let stages = self.stages(folder);
        let outcome = match &stages[..] {
            [Stage { name: None, folder, recipe }] => {
                train(recipe, folder, start, session)?.map(|_| ())
            }
            _ => self.run_stages(stages, folder, start, session)?,
        };
        if let Outcome::Stopped(stopped) = outcome {
            return Ok(Outcome::Stopped(stopped));
        }
        let last = self.last_folder(folder);
        let dev = RunResult::read(&last)?.and_then(|result| result.dev);
        Ok(Outcome::Finished(PlanResult { model: last.join("model"), dev }))
    }

    /// Runs all stages in a folder, from the beginning or from where they were stopped.
    pub(crate) fn go_on(&self, folder: &Path, session: &mut Session) -> Result<Outcome<()>> {
        let start = if Self::is_begun(folder) { Start::Resume } else { Start::New };
        Ok(self.run(folder, start, session)?.map(|_| ()))
    }

    /// What all stages have cost in this folder; `None` unless all of it was measured.
    pub(crate) fn cost(&self, folder: &Path) -> Result<Option<Cost>> {
        let mut all = Cost::default();
        for stage in self.stages(folder) {
            let Some(cost) = stage.cost()? else { return Ok(None) };
            all = all.and(&cost);
        }
        Ok(Some(all))
    }

    /// Refuses what can't be done in a folder, before anything is.
    pub(crate) fn check_run(&self, folder: &Path) -> Result<()> {
        let stages = self.stages(folder);
        if !self.is_single() && self.result(folder)?.is_none() {
            OwnFolder::find(folder, Holds::Stages)?;
        }
        stages.iter().try_for_each(Stage::check)
    }

    /// Removes what killed processes have left in a folder in which all stages are done.
    pub(crate) fn sweep(&self, folder: &Path) {
        files::sweep(folder);
        self.stages(folder).iter().for_each(Stage::sweep);
    }

    /// The recipes of the stages that are yet to be done in a folder.
    pub(crate) fn recipes_left(&self, folder: &Path) -> Result<Vec<Recipe>> {
        let left: Result<Vec<_>> = self.stages(folder).iter().map(Stage::recipes_left).collect();
        Ok(left?.concat())
    }

    fn run_stages(
        &self,
        stages: Vec<Stage>,
        folder: &Path,
        start: Start,
        session: &mut Session,
    ) -> Result<Outcome<()>> {
        stages.iter().try_for_each(|stage| stage.recipe.data.check_files())?;
        OwnFolder::find(folder, Holds::Stages)?;
        match start {
            Start::New if stages.iter().any(Stage::is_begun) => {
                let problem = "already holds a run; resume it, or name another folder";
                return Err(Error::file(folder, problem));
            }
            Start::New => {}
            Start::Resume => drop(recipe_text(folder)?),
        }
        // What is begun must be the same; later stages may have changed.
        let stages = Pieces::check("stage", stages, session)?;
        if start == Start::New {
            fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
            OwnFolder::new(Holds::Stages, None).write(folder)?;
        }
        let text = self.file.to_toml();
        files::write_atomically(folder.join("recipe.toml"), |file| {
            file.write_all(text.as_bytes())
        })?;
        stages.run(session)
    }
}
