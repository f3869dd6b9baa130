//! A recipe with stages: several runs, one after another.

mod file;
mod planned;
mod running;
mod stage;

use std::path::Path;

use toml::Table;

pub(super) use self::file::lay_over;
use self::{file::PlanFile, planned::PlannedRun};
pub use self::{running::PlanResult, stage::Stage};
use crate::{
    Error, Result,
    recipe::{Recipe, read_file},
};

/// The runs that a TOML file describes: one, or a stage each of its `[[stages]]`.
///
/// A stage has a `name`, and may have any section of a recipe, which is laid over the file's
/// own. `start` and `teacher` name earlier stages, and stand for their models:
///
/// ```
/// let plan = docre::experiment::Plan::parse(
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
/// let stages = plan.stages("runs/adapted");
/// assert_eq!(stages[1].recipe.start.as_deref(), Some("runs/adapted/distant/model".as_ref()));
/// assert_eq!(stages[1].recipe.data.train.to_str(), Some("train.json"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it was made of: written into its folder, and changed by comparisons.
    file: PlanFile,
    /// At least one.
    runs: Vec<PlannedRun>,
}

impl Plan {
    /// Reads a recipe file and applies overrides, which hold for every stage.
    pub fn read(path: impl AsRef<Path>, overrides: &[String]) -> Result<Self> {
        read_file(path.as_ref(), |text| Self::parse(text, overrides))
    }

    /// Parses a recipe with or without stages, and checks each of them.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self> {
        Self::of(PlanFile::parse(text)?.changed(&Table::new(), overrides)?)
    }

    /// The plan of a single run.
    pub fn single(recipe: Recipe) -> Self {
        let table = Table::try_from(&recipe).expect("a recipe has a TOML form");
        Self { file: PlanFile::of(table), runs: vec![PlannedRun::single(recipe)] }
    }

    fn of(file: PlanFile) -> Result<Self> {
        if file.name().trim().is_empty() {
            let problem = "must be there: a text that names the run's folder";
            return Err(Error::setting("name", problem));
        }
        let runs = match file.parts()? {
            (base, None) => vec![PlannedRun::single(Recipe::from_table(base)?)],
            (base, Some(stages)) => {
                let mut runs = Vec::new();
                for stage in stages {
                    runs.push(PlannedRun::stage(file.name(), &base, stage, &runs)?);
                }
                runs
            }
        };
        Ok(Self { file, runs })
    }

    /// The plan with another seed.
    pub fn with_seed(&self, seed: u64) -> Result<Self> {
        Self::of(self.file.clone().with_seed(seed))
    }

    /// The plan with other settings and then with overrides, which both hold for every stage.
    pub(crate) fn changed(&self, settings: &Table, overrides: &[String]) -> Result<Self> {
        Self::of(self.file.clone().changed(settings, overrides)?)
    }

    /// The plan's name.
    pub fn name(&self) -> &str {
        self.file.name()
    }

    /// Whether it is a single run, without stages.
    pub fn is_single(&self) -> bool {
        self.runs[0].name.is_none()
    }

    /// What its runs do, one after another. Models of earlier stages are named as they lie in the
    /// plan's folder.
    pub fn recipes(&self) -> impl Iterator<Item = &Recipe> {
        self.runs.iter().map(|run| &run.recipe)
    }

    /// The run that gives the model: that of the last stage, if there are several.
    pub fn last(&self) -> &Recipe {
        &self.runs.last().expect("a plan has a run").recipe
    }

    /// Its runs in a folder.
    pub fn stages(&self, folder: impl AsRef<Path>) -> Vec<Stage> {
        self.runs.iter().map(|run| run.below(folder.as_ref())).collect()
    }
}
