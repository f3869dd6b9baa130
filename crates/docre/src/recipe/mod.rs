//! The recipe: one TOML file that says all of a run.

mod about;
mod optimizer;
mod schedule;

use std::{
    fs,
    path::{Path, PathBuf},
};

use docre_kernels::Precision;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    corpus::Input,
    decision::DecisionSettings,
    device::DeviceName,
    error::in_toml,
    files, inputs,
    loss::{Loss, LossSettings},
    relation::RelationSettings,
};

pub use about::{About, Published, PublishedScore};
pub use optimizer::OptimizerSettings;
pub use schedule::{ScheduleSettings, rate_factor};

/// A run, as its TOML file describes it. Paths are relative to the current folder.
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
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The run's name.
    pub name: String,
    /// What decides initial weights, the order of documents and dropout.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The precision of matrix products, in training and in scoring the dev documents.
    #[serde(default)]
    pub precision: Precision,
    /// Where it is trained.
    #[serde(default)]
    pub device: DeviceName,
    /// Where the documents are.
    pub data: DataSettings,
    /// The pretrained encoder.
    pub encoder: EncoderSettings,
    /// A model folder to start from, in place of the pretrained encoder with a new relational
    /// encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PathBuf>,
    /// The model folder of the teacher that `loss.distillation` measures the distance from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<PathBuf>,
    /// The relational encoder.
    #[serde(default)]
    pub relation: RelationSettings,
    /// The training loss.
    #[serde(default)]
    pub loss: LossSettings,
    /// How relations are chosen from scores; without it, as the loss teaches them.
    #[serde(default)]
    pub decision: DecisionSettings,
    /// Learning rates and all else of AdamW.
    #[serde(default)]
    pub optimizer: OptimizerSettings,
    /// Epochs, batches, warm-up, evaluation.
    #[serde(default)]
    pub schedule: ScheduleSettings,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// The first seed of the field's public code.
fn default_seed() -> u64 {
    66
}

/// The `[data]` of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The labelled documents to train on.
    pub train: PathBuf,
    /// The labelled documents by which the best model is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<PathBuf>,
    /// `rel2id.json`; without it the relations are those of the training file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relations: Option<PathBuf>,
    /// Names for people of the relations, by identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<PathBuf>,
    /// Where texts are classified: the label that says that no other holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    /// The pairs that a model is trained and scored on.
    #[serde(default, skip_serializing_if = "Pairs::are_all")]
    pub pairs: Pairs,
    /// Only the first so many training documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Cut documents to so many word pieces, with a warning for each mention that is
    /// lost; without it documents of any length are read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
}

/// The entity pairs that a model is trained and scored on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairs {
    /// All of them; those that the data says nothing of count as without relation.
    #[default]
    All,
    /// Those that were labelled, which only DialogRE tells.
    Labelled,
}

impl Pairs {
    fn are_all(&self) -> bool {
        *self == Self::All
    }
}

impl DataSettings {
    /// Refuses files that can't be opened, or not twice.
    pub(crate) fn check_files(&self) -> Result<()> {
        for file in self.files() {
            inputs::check_rereadable(file)?;
            fs::File::open(file).map_err(Error::io(file, "read"))?;
        }
        Ok(())
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let Self { train, dev, relations, names, .. } = self;
        [Some(train), dev.as_ref(), relations.as_ref(), names.as_ref()].into_iter().flatten()
    }
}

/// The `[encoder]` of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSettings {
    /// A name that `docre pull` knows, or a folder.
    pub from: String,
}

/// Reads a file of settings; a wrong setting is told with the file's name.
pub(crate) fn read_file<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let text = inputs::read_settings(path)?;
    parse(&text).map_err(|error| match error {
        Error::Setting { key, problem } => Error::file(path, format!("{key}: {problem}")),
        other => other,
    })
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
    pub(crate) fn from_table(table: toml::Table) -> Result<Self> {
        if table.contains_key("stages") {
            let problem = "makes this a plan of several runs; docre train runs it";
            return Err(Error::setting("stages", problem));
        }
        let without_decision = !table.contains_key("decision");
        let mut recipe: Self = deserialize(table)?;
        if without_decision {
            recipe.decision = DecisionSettings::fitting(recipe.loss.kind.threshold());
        }
        recipe.check()?;
        Ok(recipe)
    }

    /// Refuses impossible values, by key.
    pub fn check(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::setting("name", "must not be empty"));
        }
        let is_no_name = |c: char| c.is_control() || matches!(c, '/' | '\\');
        if self.name.contains(is_no_name) || self.name.starts_with('.') {
            let problem = "names the run's folder, so it can't begin with a dot or hold a slash";
            return Err(Error::setting("name", problem));
        }
        if self.data.limit == Some(0) {
            return Err(Error::setting("data.limit", "must be 1 or more; leave it out for all"));
        }
        if self.data.max_length.is_some_and(|length| length < 4) {
            let problem = "must be 4 word pieces or more; leave it out to never cut";
            return Err(Error::setting("data.max_length", problem));
        }
        match (&self.teacher, &self.loss.distillation) {
            (None, Some(_)) => {
                let problem = "needs a teacher: set teacher to a model folder, or to an earlier \
                               stage's name in a recipe with stages";
                return Err(Error::setting("loss.distillation", problem));
            }
            (Some(_), None) => {
                let problem = "is of no use without loss.distillation; set it, or leave the \
                               teacher out";
                return Err(Error::setting("teacher", problem));
            }
            _ => {}
        }
        self.relation.check()?;
        self.check_input()?;
        self.loss.check()?;
        self.decision.check()?;
        self.decision.check_fits(self.loss.kind.threshold())?;
        if self.decision.is_untuned() && self.data.dev.is_none() {
            let problem = "is tuned on the dev file, but data.dev is missing; name one, or \
                           set decision.threshold (for per-label-probability \
                           decision.thresholds)";
            return Err(Error::setting("decision.rule", problem));
        }
        self.optimizer.check()?;
        self.schedule.check()
    }

    /// What of its files is classified.
    pub fn input(&self) -> Input {
        self.relation.input(self.data.none.as_deref())
    }

    /// The files and folders that a run of it reads.
    pub(crate) fn reads(&self) -> Vec<PathBuf> {
        let models = [&self.start, &self.teacher].into_iter().flatten();
        let encoder = PathBuf::from(&self.encoder.from);
        let encoder = Some(encoder).filter(|folder| folder.is_dir()); // or a name
        self.data.files().chain(models).cloned().chain(encoder).collect()
    }

    /// Refuses settings that mean nothing for what is classified.
    fn check_input(&self) -> Result<()> {
        if self.data.none.is_some() && !matches!(self.relation, RelationSettings::Text {}) {
            let problem = "is for texts, which relation.kind = \"text\" classifies; leave it out";
            return Err(Error::setting("data.none", problem));
        }
        if self.input() == Input::Documents {
            return Ok(());
        }
        if self.data.pairs == Pairs::Labelled {
            let problem = "is for documents with entity pairs; texts have none, and argument pairs \
                           are all labelled. Leave it out";
            return Err(Error::setting("data.pairs", problem));
        }
        for (key, file) in [("relations", &self.data.relations), ("names", &self.data.names)] {
            if file.is_some() {
                let problem = "is for documents; dialogues name their relations themselves, texts \
                               their labels, or labels.txt beside them does. Leave it out";
                return Err(Error::setting(format!("data.{key}"), problem));
            }
        }
        if self.loss.needs().type_pairs {
            let problem = "type-pair needs entities with types, but texts are classified as wholes; \
                           use level = \"pair\"";
            return Err(Error::setting("loss.prior.level", problem));
        }
        Ok(())
    }

    /// The recipe as a run knows it again: without what it says of itself, and with the models
    /// that it reads named by stage alone, wherever the folder of the stages is. That may be
    /// moved, or written in another way, while a run is stopped.
    pub(crate) fn wherever(&self) -> Self {
        let stage = |model: &PathBuf| -> PathBuf {
            let parts: Vec<_> = model.components().rev().take(2).collect();
            parts.into_iter().rev().collect()
        };
        let (start, teacher) = (self.start.as_ref().map(stage), self.teacher.as_ref().map(stage));
        Self { start, teacher, about: None, ..self.clone() }
    }

    /// Writes the recipe, with every default filled in.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let text = self.to_toml();
        files::write_atomically(path, |file| file.write_all(text.as_bytes()))
    }

    /// The recipe as TOML, with every default filled in.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a recipe has a TOML form")
    }
}

/// The table of a recipe's text with overrides applied.
pub(crate) fn table(text: &str, overrides: &[String]) -> Result<toml::Table> {
    let mut table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| Error::setting("TOML", in_toml(text, &e)))?;
    overrides.iter().try_for_each(|change| apply(&mut table, change))?;
    Ok(table)
}

/// The relational encoder of entity pairs of this kind, with overrides of the form
/// `relation.key=value`.
///
/// ```
/// let settings = docre::recipe::relation_settings("axial", &["relation.heads=2".into()]);
/// assert!(settings.is_ok());
/// ```
pub fn relation_settings(kind: &str, overrides: &[String]) -> Result<RelationSettings> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Section {
        relation: RelationSettings,
    }
    let mut table = toml::Table::new();
    apply(&mut table, &format!("relation.kind={kind}"))?;
    for change in overrides {
        apply(&mut table, change)?;
    }
    let Section { relation } = deserialize(table)?;
    relation.check_pairs()?;
    relation.check()?;
    Ok(relation)
}

/// A table as settings, or which key is wrong.
pub(crate) fn deserialize<T: for<'a> Deserialize<'a>>(table: toml::Table) -> Result<T> {
    serde_path_to_error::deserialize(toml::Value::Table(table))
        .map_err(|error| Error::setting(error.path().to_string(), in_toml("", error.inner())))
}

/// Whether a text is a whole number of more digits than TOML has room for.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sets `a.b=c` in a table. The value is TOML; a bare word is a string.
pub(crate) fn apply(table: &mut toml::Table, change: &str) -> Result<()> {
    let Some((key, value)) = change.split_once('=') else {
        let problem = format!("\"{change}\" has no =; an override looks like schedule.epochs=3");
        return Err(Error::setting("set", problem));
    };
    let parsed = format!("value = {value}").parse::<toml::Table>();
    let value = match parsed {
        Ok(mut parsed) => parsed.remove("value").expect("just written"),
        Err(_) if is_number(value.trim()) => {
            let problem = format!("{} is larger than any number may be", value.trim());
            return Err(Error::setting(key.trim(), problem));
        }
        Err(_) => toml::Value::String(value.trim().to_string()),
    };
    let mut parts: Vec<&str> = key.trim().split('.').collect();
    let last = parts.pop().unwrap_or_default();
    let mut section = table;
    for part in parts {
        let entry = section.entry(part).or_insert_with(|| toml::Table::new().into());
        let Some(inner) = entry.as_table_mut() else {
            let problem = format!("{part} is a value, not a section");
            return Err(Error::setting(key.trim(), problem));
        };
        section = inner;
    }
    section.insert(last.to_string(), value);
    Ok(())
}
