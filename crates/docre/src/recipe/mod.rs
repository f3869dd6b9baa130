//! The recipe: one TOML file that says all of a run.

mod about;
mod check;
mod finder;
mod optimizer;
mod overrides;
mod pairs;
mod schedule;
mod settings;

use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use toml::Table;

pub use self::{
    about::{About, Published, PublishedScore},
    finder::{FinderSettings, MentionForm, SpanSettings},
    optimizer::OptimizerSettings,
    overrides::relation_settings,
    pairs::Pairs,
    schedule::{BestBy, ScheduleSettings},
    settings::{DataSettings, EncoderSettings, RecipeSettings},
};
pub(crate) use self::{
    overrides::{apply, deserialize, table},
    schedule::rate_factor,
};
use crate::{Error, Result, decision::DecisionSettings, error::Remedy, inputs, loss::Loss};

/// A run, as its TOML file describes it, checked. Paths are relative to the current folder.
///
/// Its settings can be read, and [`changed`](Self::changed) into another recipe, which is checked
/// again.
///
/// ```
/// let recipe = docre::recipe::Recipe::parse(
///     r#"
///     name = "mine"
///     [data]
///     train = "train.json"
///     [encoder]
///     from = "minilm"
///     "#,
///     &["schedule.epochs=3".to_string()],
/// )
/// .unwrap();
/// assert_eq!(recipe.schedule.epochs, 3);
/// assert_eq!(recipe.seed, 66);
/// assert!(recipe.changed(|settings| settings.schedule.epochs = 0).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RecipeSettings")]
pub struct Recipe(RecipeSettings);

impl Deref for Recipe {
    type Target = RecipeSettings;

    fn deref(&self) -> &RecipeSettings {
        &self.0
    }
}

impl TryFrom<RecipeSettings> for Recipe {
    type Error = Error;

    /// Refuses impossible values, by key.
    fn try_from(mut settings: RecipeSettings) -> Result<Self> {
        let fitting = || DecisionSettings::fitting(settings.loss.kind.threshold());
        settings.decision = Some(settings.decision.take().unwrap_or_else(fitting));
        settings.check()?;
        Ok(Self(settings))
    }
}

impl Recipe {
    /// Reads a recipe file and applies overrides of the form `section.key=value`.
    pub fn read(path: impl AsRef<Path>, overrides: &[String]) -> Result<Self> {
        read_file(path.as_ref(), |text| Self::parse(text, overrides))
    }

    /// Parses a recipe and applies overrides.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self> {
        Self::from_table(table(text, overrides)?)
    }

    /// The recipe of a TOML table.
    pub(crate) fn from_table(table: Table) -> Result<Self> {
        if table.contains_key("stages") {
            let problem = "makes this a plan of several runs";
            return Err(Error::setting("stages", problem).helped_by(Remedy::RunPlan));
        }
        deserialize::<RecipeSettings>(table)?.try_into()
    }

    /// The recipe with other settings.
    pub fn changed(&self, change: impl FnOnce(&mut RecipeSettings)) -> Result<Self> {
        let mut settings = self.0.clone();
        change(&mut settings);
        settings.try_into()
    }

    /// How relations are chosen from scores.
    pub fn decision(&self) -> &DecisionSettings {
        self.0.decision.as_ref().expect("a checked recipe has one")
    }

    /// The recipe with these entity types, where its relational encoder tells types apart and the
    /// recipe names none.
    #[must_use]
    pub(crate) fn with_entity_types(self, types: &[String]) -> Self {
        let Self(settings) = self;
        let relation = settings.relation.with_entity_types(types);
        Self(RecipeSettings { relation, ..settings })
    }

    /// The recipe with the models that it reads in other folders, where they are named.
    #[must_use]
    pub(crate) fn with_models(self, start: Option<PathBuf>, teacher: Option<PathBuf>) -> Self {
        let Self(settings) = self;
        let (start, teacher) = (start.or(settings.start), teacher.or(settings.teacher));
        Self(RecipeSettings { start, teacher, ..settings })
    }
}

/// Reads a file of settings; a wrong setting is told with the file's name.
pub(crate) fn read_file<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let text = inputs::read_settings(path)?;
    parse(&text).map_err(|error| error.within(path))
}
