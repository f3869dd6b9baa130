//! A model on disk: a folder that needs nothing outside itself.
//!
//! | file | what |
//! |---|---|
//! | `config.toml` | [`ModelConfig`] |
//! | `model.safetensors` | all weights, linear maps as PyTorch has them; large matrices may be in eight bits ([`Weights::Int8`]) |
//! | `tokenizer.json` | the tokenizer |
//! | `relations.json` | the relations in column order, with their names |

use std::{fs, path::Path};

use burn::{
    store::{
        ApplyError, BurnToPyTorchAdapter, ModuleSnapshot, ModuleStore, PyTorchToBurnAdapter,
        SafetensorsStore,
    },
    tensor::Device,
};
use serde::{Deserialize, Serialize};

use super::{FinderConfig, Model, eight_bits, model_folder};
use crate::{
    Error, Result,
    decision::{Calibration, DecisionSettings, EvidenceRule},
    document::FactScope,
    encoder::{Encoder, EncoderConfig},
    error::Remedy,
    error::in_toml,
    files, inputs,
    relation::{Initialiser, RelationSettings},
    text::{ExampleOptions, Markers},
};

/// The entities of a document up to which a model that finds them looks at all pairs.
const ALL_PAIRS: usize = 700;

/// The version of the folder's format that this program writes.
const FORMAT: u32 = 1;

/// What a model is, apart from its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The version of the folder's format.
    pub format: u32,
    /// The most word pieces of a document; without it documents are never cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// What the encoder is told of the mentions.
    #[serde(default, skip_serializing_if = "Markers::are_usual")]
    pub markers: Markers,
    /// Which facts count.
    #[serde(default, skip_serializing_if = "FactScope::is_all")]
    pub scope: FactScope,
    /// The relational encoder.
    pub relation: RelationSettings,
    /// How relations are chosen from scores.
    pub decision: DecisionSettings,
    /// Which sentences facts rest on.
    #[serde(default)]
    pub evidence: EvidenceRule,
    /// How margins become the scores of facts.
    #[serde(default)]
    pub calibration: Calibration,
    /// What finds the entities of plain texts; missing where documents must come with theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finder: Option<FinderConfig>,
    /// Where the model comes from.
    pub origin: Origin,
    /// The encoder's sizes.
    pub encoder: EncoderConfig,
}

/// Where a model comes from, for people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The version of docre that wrote it.
    pub docre: String,
    /// The recipe's name.
    pub recipe: String,
    /// The encoder it started from.
    pub encoder: String,
    /// The training file.
    pub train: String,
    /// The seed.
    pub seed: u64,
    /// The training step after which these weights were kept.
    pub step: u64,
    /// F1 on the dev file at that step, in [0, 1]; missing where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev_f1: Option<f64>,
}

impl ModelConfig {
    /// The configuration of a new model.
    pub fn new(
        encoder: EncoderConfig,
        relation: RelationSettings,
        decision: DecisionSettings,
        max_length: Option<usize>,
        origin: Origin,
    ) -> Self {
        Self {
            format: FORMAT,
            max_length,
            markers: Markers::default(),
            scope: FactScope::default(),
            relation,
            decision,
            evidence: EvidenceRule::default(),
            calibration: Calibration::default(),
            finder: None,
            origin,
            encoder,
        }
    }

    /// Reads and checks `config.toml` of a model folder.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = &*model_folder(folder.as_ref())?;
        let path = folder.join("config.toml");
        if !path.exists() {
            let problem = "is not a docre model: it has no config.toml";
            return Err(Error::file(folder, problem).helped_by(Remedy::Train));
        }
        let text = inputs::read_settings(&path)?;
        let config: Self =
            toml::from_str(&text).map_err(|e| Error::file(&path, in_toml(&text, &e)))?;
        if config.format != FORMAT {
            let problem = format!(
                "is of format {}, but this docre reads format {FORMAT}; train the model again or \
                 use the docre that wrote it ({})",
                config.format, config.origin.docre
            );
            return Err(Error::file(&path, problem));
        }
        let sizes = config.encoder.check().map_err(|problem| Error::file(&path, problem));
        let hidden = config.encoder.hidden_size;
        sizes.and_then(|()| config.relation.check_for(hidden))?;
        let numbers = config.evidence.check().and_then(|()| config.calibration.check());
        numbers.map_err(|problem| Error::file(&path, problem))?;
        let finder = config.finder.as_ref().map_or(Ok(()), FinderConfig::check);
        finder.map_err(|problem| Error::file(&path, problem))?;
        config.decision.check()?;
        Ok(config)
    }

    /// How the model reads documents.
    pub(crate) fn example_options(&self) -> ExampleOptions<'_> {
        let options = example_options(&self.relation, self.max_length, &self.encoder);
        ExampleOptions {
            scope: Some(&self.scope).filter(|scope| !scope.is_all()),
            // A text that a person wrote may be a book, a document that he marked seldom is.
            all_pairs_up_to: self.finder.as_ref().map(|_| ALL_PAIRS),
            markers: self.markers,
            types: self.relation.entity_types(),
            ..options
        }
    }

    /// Refuses a decision that doesn't fit the relations of the folder.
    pub(super) fn check_decision(&self, folder: &Path, relations: usize) -> Result<()> {
        let path = folder.join("config.toml");
        if self.decision.is_untuned() {
            let problem = "decision has no threshold";
            return Err(Error::file(path, problem).helped_by(Remedy::TuneThreshold));
        }
        self.decision.check_relations(relations).map_err(|error| error.within(path))
    }

    /// Writes `config.toml`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let text = toml::to_string(self).expect("a configuration has a TOML form");
        files::write_atomically(folder.join("config.toml"), |file| file.write_all(text.as_bytes()))
    }

    /// A model of this form whose weights are yet to be loaded.
    fn blank(&self, classes: usize, device: &Device) -> Model {
        let hidden = self.encoder.hidden_size;
        Model {
            encoder: Encoder::zeroed(&self.encoder, device),
            relation: self.relation.build(hidden, classes, &mut Initialiser::blank(), device),
            finder: self
                .finder
                .as_ref()
                .map(|finder| finder.build(hidden, &mut Initialiser::blank(), device)),
        }
    }

    /// A model of this form with the weights of a file.
    pub(crate) fn load_weights(
        &self,
        path: &Path,
        classes: usize,
        device: &Device,
    ) -> Result<Model> {
        let mut model = self.blank(classes, device);
        load_weights(&mut model, path)?;
        Ok(model)
    }
}

/// How documents are read for a relational encoder on an encoder, cut to the user's `max_length`;
/// a whole is one input of the encoder.
pub(crate) fn example_options(
    relation: &RelationSettings,
    max_length: Option<usize>,
    encoder: &EncoderConfig,
) -> ExampleOptions<'static> {
    let whole = relation.is_of_wholes();
    let longest = encoder.longest_input();
    let max_length = match whole {
        true => Some(max_length.map_or(longest, |chosen| chosen.min(longest))),
        false => max_length,
    };
    ExampleOptions { max_length, whole, ..Default::default() }
}

/// How a model's file holds its weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weights {
    /// In 32-bit floats.
    #[default]
    F32,
    /// Large matrices as signed bytes, with a scale in 32 bits for each row (for each output of a
    /// linear map, for each entry of a table), in a quarter of the room. Each precision can be
    /// computed with; what [`Precision::Int8`](crate::Precision::Int8) rounds anyway becomes the
    /// same as from floats.
    Int8,
}

/// Writes a model's weights into a folder that is kept only when all of it is whole.
pub(crate) fn save_weights(model: &Model, path: &Path, weights: Weights) -> Result<()> {
    if model.is_packed() {
        let problem = "can't be written from a model that was loaded in eight bits; load it as f32";
        return Err(Error::file(path, problem));
    }
    // The store makes a file for its owner alone, but leaves one that is there its mode.
    fs::File::create(path).map_err(Error::io(path, "write"))?;
    match weights {
        Weights::F32 => write_floats(model, path)?,
        Weights::Int8 => {
            let adapter = Box::new(BurnToPyTorchAdapter);
            eight_bits::write(path, model.collect(None, Some(adapter), true))?;
        }
    }
    // On the disk before anything names it, or a power cut could leave an empty file.
    let written = fs::File::open(path).and_then(|file| file.sync_all());
    written.map_err(Error::io(path, "write"))
}

fn write_floats(model: &Model, path: &Path) -> Result<()> {
    let mut store = SafetensorsStore::from_file(path)
        // One entry: several would stand in another order each time. This one is what
        // Hugging Face's libraries ask for.
        .clear_metadata()
        .metadata("format", "pt")
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true)
        .overwrite(true);
    let saved = model.save_into(&mut store);
    saved.map_err(|e| Error::file(path, format!("cannot be written: {e}")))
}

/// Loads a model's weights: every tensor, of the right shape, finite.
fn load_weights(model: &mut Model, path: &Path) -> Result<()> {
    inputs::check_file(path)?;
    let mut store = SafetensorsStore::from_file(path);
    let broken = |e: &dyn std::fmt::Display| {
        Error::file(path, format!("is not a whole safetensors file of this model: {e}"))
    };
    let tensors = store.get_all_tensors().map_err(|e| broken(&e))?;
    let tensors = eight_bits::restored(tensors).map_err(|problem| Error::file(path, problem))?;
    let result = model.apply(tensors, None, Some(Box::new(PyTorchToBurnAdapter)), true);
    match result.errors.first() {
        Some(ApplyError::ShapeMismatch { path: name, expected, found }) => {
            let (expected, found) = (expected.to_vec(), found.to_vec());
            let problem = format!(
                "tensor {name} has the shape {found:?}, but config.toml and relations.json ask \
                 for {expected:?}"
            );
            return Err(Error::file(path, problem));
        }
        Some(error) => return Err(broken(error)),
        None => {}
    }
    if let Some((name, _)) = result.missing.first() {
        let count = result.missing.len();
        return Err(Error::file(path, format!("lacks {count} tensors of the model, {name} first")));
    }
    match crate::encoder::first_not_finite(model) {
        None => Ok(()),
        Some((name, value)) => {
            let name = name_in_file(model, &name);
            let problem = format!("tensor {name} holds {value}; the model can't be used");
            Err(Error::file(path, problem))
        }
    }
}

/// What a file of weights calls the parameter at a path of the module.
fn name_in_file(model: &Model, path: &str) -> String {
    let parameters = model.collect(None, None, false);
    let in_file = model.collect(None, Some(Box::new(BurnToPyTorchAdapter)), true);
    let mut both = parameters.into_iter().zip(in_file);
    let found = both.find(|(parameter, _)| parameter.name == path);
    found.map_or_else(|| path.to_owned(), |(_, tensor)| tensor.name.clone())
}
