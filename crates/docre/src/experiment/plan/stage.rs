//! A run of a plan in its folder.

use std::path::{Path, PathBuf};

use crate::{
    Result,
    experiment::Resumable,
    files,
    progress::{Outcome, PartName},
    recipe::Recipe,
    train::{Cost, Holds, OwnFolder, RunResult, Session, Start, recipe_text, same_recipe, train},
};

/// One run of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name; none where the plan is a single run.
    pub name: Option<String>,
    /// Its folder.
    pub folder: PathBuf,
    /// What it does.
    pub recipe: Recipe,
}

impl Stage {
    /// Whether its run is begun, or done.
    pub(super) fn is_begun(&self) -> bool {
        is_begun(&self.folder)
    }

    /// What it has reached, once it is done.
    pub(super) fn result(&self) -> Result<Option<RunResult>> {
        RunResult::read(&self.folder)
    }

    /// Refuses a folder that was begun by another recipe, naming the difference.
    pub(super) fn check_recipe(&self) -> Result<()> {
        let begun = Recipe::parse(&recipe_text(&self.folder)?, &[])?;
        same_recipe(&self.folder, &begun, &self.recipe)
    }
}

/// Whether a folder holds a run, or the runs of stages, begun or done.
pub(super) fn is_begun(folder: &Path) -> bool {
    OwnFolder::is(folder) && folder.join("recipe.toml").exists()
}

impl Resumable for Stage {
    fn names(&self) -> Vec<PartName> {
        self.name.iter().map(|name| PartName::word("stage", name)).collect()
    }

    /// Refuses a folder in which another recipe was begun, one that isn't docre's, and files that
    /// can't be opened where they are still to be read.
    fn check(&self) -> Result<()> {
        if self.is_begun() {
            self.check_recipe()?;
        }
        if !self.is_done()? {
            OwnFolder::find(&self.folder, Holds::Run)?;
            self.recipe.check_there()?;
            self.recipe.data.check_files()?;
        }
        Ok(())
    }

    fn is_done(&self) -> Result<bool> {
        Ok(self.result()?.is_some())
    }

    fn recipes_left(&self) -> Result<Vec<Recipe>> {
        Ok(if self.is_done()? { Vec::new() } else { vec![self.recipe.clone()] })
    }

    fn go_on(&self, session: &mut Session) -> Result<Outcome<()>> {
        let start = if self.is_begun() { Start::Resume } else { Start::New };
        Ok(train(&self.recipe, &self.folder, start, session)?.map(|_| ()))
    }

    fn sweep(&self) {
        files::sweep(&self.folder);
    }

    fn cost(&self) -> Result<Option<Cost>> {
        Cost::read(&self.folder)
    }
}
