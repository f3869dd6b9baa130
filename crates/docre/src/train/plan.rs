//! A recipe with stages: several runs, one after another.

mod change;

use std::{
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

pub(super) use self::change::lay_over;
use super::{
    Cost, DevResult, Observer, Outcome, Recipe, RunResult, Start,
    own_folder::{Holds, OwnFolder},
    recipe::{read_file, table},
    run::{recipe_text, same_recipe, train},
};
use crate::{Error, Result, files};

/// The runs that a TOML file describes: one, or a stage each of its `[[stages]]`.
///
/// A stage has a `name`, and may have any section of a recipe, which is laid over the file's
/// own. `start` and `teacher` name earlier stages, and stand for their models:
///
/// ```
/// let plan = docre::train::Plan::parse(
///     r#"
///     name = "adapted"
///     data = { train = "train.json", dev = "dev.json", relations = "rel2id.json" }
///     encoder = { from = "minilm" }
///     [[stages]]
///     name = "distant"
///     data = { train = "distant.json" }
///     [[stages]]
///     name = "tuned"
///     start = "distant"
///     optimizer = { encoder_rate = 1e-6 }
///     "#,
///     &[],
/// )
/// .unwrap();
/// let stages = plan.stages("runs/adapted").unwrap();
/// assert_eq!(stages[1].recipe.start.as_deref(), Some("runs/adapted/distant/model".as_ref()));
/// assert_eq!(stages[1].recipe.data.train.to_str(), Some("train.json"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    table: Table,
}

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

/// Finds the folder of a recipe's pretrained encoder.
pub type Find<'a> = dyn FnMut(&Recipe) -> Result<PathBuf> + 'a;

/// How a plan ended.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanOutcome {
    /// Every stage is done.
    Finished {
        /// The last stage's model.
        model: PathBuf,
        /// Its scores on the dev file.
        dev: Option<DevResult>,
    },
    /// The observer asked to stop.
    Stopped {
        /// The stage that goes on the next time.
        stage: Option<String>,
        /// The steps it has taken.
        step: u64,
    },
}

impl Plan {
    /// Reads a recipe file and applies overrides, which hold for every stage.
    pub fn read(path: impl AsRef<Path>, overrides: &[String]) -> Result<Self> {
        read_file(path.as_ref(), |text| Self::parse(text, overrides))
    }

    /// Parses a recipe with or without stages, and checks each of them.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self> {
        Self { table: table(text, &[])? }.changed(&Table::new(), overrides)
    }

    /// The plan's name.
    pub fn name(&self) -> &str {
        self.table.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The stages of a plan that runs in `folder`.
    pub fn stages(&self, folder: impl AsRef<Path>) -> Result<Vec<Stage>> {
        let folder = folder.as_ref();
        let Some(stages) = self.table.get("stages") else {
            let recipe = Recipe::from_table(self.table.clone())?;
            return Ok(vec![Stage { name: None, folder: folder.to_path_buf(), recipe }]);
        };
        let not_stages = || Error::setting("stages", "must be a list of tables, [[stages]]");
        let mut base = self.table.clone();
        base.remove("stages");
        let mut done: Vec<Stage> = Vec::new();
        for stage in stages.as_array().ok_or_else(not_stages)? {
            let stage = stage.as_table().ok_or_else(not_stages)?;
            let stage = self.stage(&base, stage, folder, &done)?;
            done.push(stage);
        }
        if done.is_empty() {
            return Err(not_stages());
        }
        Ok(done)
    }

    fn stage(&self, base: &Table, own: &Table, folder: &Path, before: &[Stage]) -> Result<Stage> {
        let number = before.len();
        let key = |key: &str| format!("stages[{number}].{key}");
        let name = own.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
        let taken = before.iter().any(|stage| stage.name.as_deref() == Some(&name));
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || taken || !name.chars().all(fits) {
            let problem = "must be there, different from other stages', and of letters, digits, \
                           - and _: it is the folder's name";
            return Err(Error::setting(key("name"), problem));
        }
        let mut table = base.clone();
        lay_over(&mut table, own);
        table.insert("name".into(), format!("{}-{name}", self.name()).into());
        for reference in ["start", "teacher"] {
            let Some(to) = own.get(reference) else { continue };
            let to = to.as_str().unwrap_or_default();
            let stage = before.iter().find(|stage| stage.name.as_deref() == Some(to));
            let stage = stage.ok_or_else(|| {
                let problem = format!("must name an earlier stage, but \"{to}\" is none");
                Error::setting(key(reference), problem)
            })?;
            let model = stage.folder.join("model").display().to_string();
            table.insert(reference.into(), model.into());
        }
        let recipe = Recipe::from_table(table).map_err(|error| match error {
            Error::Setting { key: at, problem } => Error::setting(key(&at), problem),
            other => other,
        })?;
        for reference in ["start", "teacher"] {
            let to = own.get(reference).and_then(Value::as_str);
            let source = before.iter().find(|stage| to.is_some() && stage.name.as_deref() == to);
            let Some(source) = source else { continue };
            fits_with(&recipe, &source.recipe, reference)
                .map_err(|problem| Error::setting(key(reference), problem))?;
        }
        Ok(Stage { folder: folder.join(&name), name: Some(name), recipe })
    }

    /// Whether a folder holds a run of a plan, begun or done.
    pub fn is_begun(folder: &Path) -> bool {
        OwnFolder::is(folder) && folder.join("recipe.toml").exists()
    }

    /// The last stage's result if all stages are done in this folder. Refuses a folder in
    /// which a stage was done by another recipe.
    pub fn result(&self, folder: &Path) -> Result<Option<RunResult>> {
        let mut last = None;
        for stage in self.stages(folder)? {
            last = RunResult::read(&stage.folder)?;
            if last.is_none() {
                return Ok(None);
            }
            stage.check_recipe()?;
        }
        Ok(last)
    }

    /// The scores of the last stage on its dev file, once all stages are done in this folder.
    pub(super) fn dev_result(&self, folder: &Path) -> Result<DevResult> {
        let last = self.stages(folder)?.pop().expect("a plan has a run").folder;
        let result = RunResult::read(&last)?;
        result.ok_or_else(|| Error::file(&last, "isn't finished"))?.dev_of(&last)
    }

    /// Whether it is a single run, without stages.
    pub fn is_single(&self) -> bool {
        !self.table.contains_key("stages")
    }

    /// Runs all stages in a folder. On resumption it goes on where it was stopped; stages that
    /// are done are not done again.
    pub fn run(
        &self,
        folder: &Path,
        start: Start,
        find: &mut Find,
        observer: &mut dyn Observer,
    ) -> Result<PlanOutcome> {
        let stages = self.stages(folder)?;
        if let [Stage { name: None, folder, recipe }] = stages.as_slice() {
            let outcome = run_stage(recipe, folder, start, find, observer)?;
            return self.ended(None, folder, outcome);
        }
        self.begin(folder, start, &stages)?;
        for (number, stage) in stages.iter().enumerate() {
            let name = stage.name.clone();
            if RunResult::read(&stage.folder)?.is_none() {
                let all = stages.len();
                let shown = name.as_deref().unwrap_or_default();
                observer.note(&format!("stage {} of {all}: {shown}", number + 1));
                let begun = Self::is_begun(&stage.folder);
                let start = if begun { Start::Resume } else { Start::New };
                let outcome = run_stage(&stage.recipe, &stage.folder, start, find, observer)?;
                if let Outcome::Stopped { .. } = outcome {
                    return self.ended(name, &stage.folder, outcome);
                }
            }
        }
        let last = &stages[stages.len() - 1].folder;
        let dev = RunResult::read(last)?.and_then(|result| result.dev);
        Ok(PlanOutcome::Finished { model: last.join("model"), dev })
    }

    fn ended(&self, stage: Option<String>, folder: &Path, outcome: Outcome) -> Result<PlanOutcome> {
        Ok(match outcome {
            Outcome::Stopped { step } => PlanOutcome::Stopped { stage, step },
            Outcome::Finished { model, .. } => {
                let dev = RunResult::read(folder)?.and_then(|result| result.dev);
                PlanOutcome::Finished { model, dev }
            }
        })
    }

    /// Runs all stages in a folder, from the beginning or from where they were stopped.
    pub(super) fn go_on(
        &self,
        folder: &Path,
        find: &mut Find,
        observer: &mut dyn Observer,
    ) -> Result<PlanOutcome> {
        let start = if Self::is_begun(folder) { Start::Resume } else { Start::New };
        self.run(folder, start, find, observer)
    }

    /// What all stages have cost in this folder; `None` unless all of it was measured.
    pub(super) fn cost(&self, folder: &Path) -> Result<Option<Cost>> {
        let mut all = Cost::default();
        for stage in self.stages(folder)? {
            let Some(cost) = Cost::read(&stage.folder)? else { return Ok(None) };
            all = all.and(&cost);
        }
        Ok(Some(all))
    }

    /// Refuses a folder in which another recipe was begun, one that isn't docre's, and files that
    /// can't be opened where they are still to be read.
    pub(super) fn check_run(&self, folder: &Path) -> Result<()> {
        for stage in self.stages(folder)? {
            if Self::is_begun(&stage.folder) {
                stage.check_recipe()?;
            }
            if RunResult::read(&stage.folder)?.is_none() {
                if !self.is_single() {
                    OwnFolder::find(folder, Holds::Stages)?;
                }
                OwnFolder::find(&stage.folder, Holds::Run)?;
                stage.recipe.data.check_files()?;
            }
        }
        Ok(())
    }

    /// Writes the plan into its folder, or refuses one that isn't the folder's own, or that
    /// lacks a file which only a later stage would miss.
    fn begin(&self, folder: &Path, start: Start, stages: &[Stage]) -> Result<()> {
        stages.iter().try_for_each(|stage| stage.recipe.data.check_files())?;
        OwnFolder::find(folder, Holds::Stages)?;
        let path = folder.join("recipe.toml");
        let text = toml::to_string(&self.table).expect("a table has a TOML form");
        match start {
            Start::New if stages.iter().any(|stage| Self::is_begun(&stage.folder)) => {
                Err(Error::file(folder, "already holds a run; resume it, or name another folder"))
            }
            Start::New => {
                for stage in stages {
                    OwnFolder::find(&stage.folder, Holds::Run)?;
                }
                fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
                OwnFolder::new(Holds::Stages, None).write(folder)?;
                files::write_atomically(&path, |file| file.write_all(text.as_bytes()))
            }
            Start::Resume => {
                recipe_text(folder)?;
                // What is begun must be the same; later stages may have changed.
                let mut begun = stages.iter().filter(|stage| Self::is_begun(&stage.folder));
                begun.try_for_each(Stage::check_recipe)?;
                files::write_atomically(&path, |file| file.write_all(text.as_bytes()))
            }
        }
    }
}

impl Stage {
    /// Refuses a folder that was begun by another recipe, naming the difference.
    fn check_recipe(&self) -> Result<()> {
        let begun = Recipe::parse(&recipe_text(&self.folder)?, &[])?;
        same_recipe(&self.folder, &begun, &self.recipe)
    }
}

/// Refuses a model of an earlier stage that can't serve a later one, before either is run.
fn fits_with(recipe: &Recipe, source: &Recipe, reference: &str) -> Result<(), String> {
    let (own, earlier) = (&recipe.data, &source.data);
    let same_relations = own.relations == earlier.relations;
    if !same_relations || own.relations.is_none() && own.train != earlier.train {
        return Err("has relations of its own: give both stages the same data.relations, so that \
                    their columns mean the same"
            .into());
    }
    if reference == "start" && recipe.relation != source.relation {
        return Err("has another relational encoder; give both stages the same [relation]".into());
    }
    if reference == "teacher" && own.max_length != earlier.max_length {
        return Err("cuts documents at another length; give both the same data.max_length".into());
    }
    Ok(())
}

fn run_stage(
    recipe: &Recipe,
    folder: &Path,
    start: Start,
    find: &mut Find,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let encoder = match &recipe.start {
        Some(model) => model.clone(),
        None => find(recipe)?,
    };
    train(recipe, &encoder, folder, start, observer)
}
