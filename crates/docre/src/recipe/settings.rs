//! A recipe as its file says it, before anything is checked.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use docre_kernels::Precision;
use serde::{Deserialize, Serialize};

use super::{About, FinderSettings, OptimizerSettings, Pairs, ScheduleSettings};
use crate::{
    Error, Result,
    corpus::{Input, ReadOptions},
    datasets::DataSet,
    decision::DecisionSettings,
    device::DeviceName,
    error::Remedy,
    files, inputs,
    loss::LossSettings,
    model::Compute,
    relation::RelationSettings,
    text::Markers,
};

/// The settings of a run as a file says them. A [`Recipe`](super::Recipe) is made of them when
/// they are checked; nothing runs without that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeSettings {
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
    /// What finds the entities of plain texts, if the model is to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finder: Option<FinderSettings>,
    /// The training loss.
    #[serde(default)]
    pub loss: LossSettings,
    /// How relations are chosen from scores; without it, as the loss teaches them.
    #[serde(default)]
    pub decision: Option<DecisionSettings>,
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
    /// The relations that hold in both directions, of which the data gives one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub symmetric: BTreeSet<String>,
    /// Leave out what is wrong in documents, and documents that can't be read, and count it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lenient: bool,
    /// Relations that say of two mentions that they are one entity, beside the format's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    /// The key of a Label Studio task's data that holds the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_key: Option<String>,
    /// Only the first so many training documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Cut documents to so many word pieces, with a warning for each mention that is
    /// lost; without it documents of any length are read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
}

fn is_false(setting: &bool) -> bool {
    !*setting
}

impl DataSettings {
    /// How its documents are read.
    pub fn reading(&self) -> ReadOptions {
        let Self { lenient, join, text_key, .. } = self;
        ReadOptions {
            lenient: *lenient,
            join: join.clone(),
            text_key: text_key.clone(),
            ..ReadOptions::default()
        }
    }

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
    /// What it is told of the mentions.
    #[serde(default)]
    pub markers: Markers,
}

impl RecipeSettings {
    /// Refuses a data file that isn't there, and says what the recipe knows of where to get it.
    pub(crate) fn check_there(&self) -> Result<()> {
        let Some(missing) = self.data.files().find(|file| !file.exists()) else { return Ok(()) };
        let needs = self.about.as_ref().map(|about| &about.needs);
        let folder = missing.parent().map(|folder| folder.display().to_string());
        let of_folder =
            |what: &&String| folder.as_ref().is_some_and(|folder| what.contains(folder));
        let needs = needs.into_iter().flatten();
        let told: Vec<String> = needs
            .filter(|(_, what)| of_folder(what))
            .map(|(name, what)| format!("{name} ({what})"))
            .collect();
        let mut problem = String::from("it isn't there");
        if !told.is_empty() {
            problem += &format!("; the recipe needs {}", told.join(" and "));
        }
        let set = DataSet::of_path(missing);
        if set.is_none() && told.is_empty() {
            return Ok(()); // what reads it says all that is known
        }
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, problem);
        let error = Error::Io { path: missing.clone(), action: "read", source };
        Err(match set {
            Some(set) => error.helped_by(Remedy::GetDataSet(set.name)),
            None => error,
        })
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
        let texts = self.finder.iter().flat_map(|finder| &finder.texts);
        self.data.files().chain(models).chain(texts).cloned().chain(encoder).collect()
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

    /// Where it computes, and how precisely.
    pub fn compute(&self) -> Result<Compute> {
        Ok(Compute { device: self.device.open()?, precision: self.precision })
    }
}
