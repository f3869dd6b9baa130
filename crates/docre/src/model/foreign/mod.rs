//! Models of other programs: the PyTorch checkpoints that the public codes of ATLOP, DocuNet,
//! KD-DocRE and DREEAM save (`torch.save(model.state_dict(), ...)`).

mod checkpoint;
mod layout;

use std::path::{Path, PathBuf};

use burn::{
    store::{BurnToPyTorchAdapter, ModuleSnapshot, PyTorchToBurnAdapter},
    tensor::Device,
};
use docre_kernels::Precision;

use self::checkpoint::Checkpoint;
pub use self::layout::Layout;
use super::{Extractor, Model, ModelConfig, Origin};
use crate::{
    Error, Result,
    decision::DecisionSettings,
    document::RelationSet,
    encoder::{Encoder, EncoderConfig},
    relation::{Initialiser, RelationEncoder, RelationSettings},
    text::{Tokenizer, tokenizer::TokenizerOptions},
};

/// The most relations of a pair that the public codes predict (`num_labels`).
const MOST_RELATIONS: usize = 4;

/// A checkpoint, and what isn't in it.
///
/// The pairs' scores are those of the public code on the same word pieces, but for three things.
/// DocuNet's and KD-DocRE's tables are filled up to 42 entities there, and cells of no entity take
/// part. KD-DocRE and DREEAM add less to the sum of a context's weights than ATLOP's 1e-5, which
/// changes a score by some ten-thousandths. DocuNet's code marks mentions by their types where the
/// encoder is BERT (`[unused1]`, ...), which docre doesn't: such a model has to be trained further.
#[derive(Debug, Clone)]
pub struct ForeignModel {
    /// The file: `.pt`, `.pth`, `.bin`, `.ckpt` or `.safetensors`.
    pub checkpoint: PathBuf,
    /// The folder of the encoder that it was trained from: its `config.json` and its tokenizer. Its
    /// weights aren't read.
    pub encoder: PathBuf,
    /// The relations, in the columns that the training had (`rel2id.json`).
    pub relations: RelationSet,
    /// Whose code saved it; told by its tensors where it isn't given. Between ATLOP and DREEAM
    /// nothing tells.
    pub layout: Option<Layout>,
}

impl ForeignModel {
    /// The model. [`Extractor::save`] writes its folder.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or lacks a tensor, or one has another shape than the encoder's
    /// configuration, the relations and the other tensors ask for, or isn't finite.
    pub fn load(&self, device: &Device) -> Result<Extractor> {
        let checkpoint = Checkpoint::open(&self.checkpoint)?;
        let layout = self.layout.unwrap_or_else(|| Layout::told_by(&checkpoint.shapes()));
        let sizes = EncoderConfig::from_folder(&self.encoder)?;
        let tokenizer = Tokenizer::load(&self.encoder, TokenizerOptions::default())?;
        let ids = sizes.check_vocabulary(tokenizer.id_count());
        ids.map_err(|problem| Error::file(&self.encoder, problem))?;
        let settings = self.settings(&checkpoint, layout, &sizes)?;
        let relation = self.relation(&checkpoint, layout, &settings, &sizes, device)?;
        let encoder = Encoder::load_file(&self.checkpoint, &sizes, device)?;
        let decision = DecisionSettings::ThresholdClass { cap: Some(MOST_RELATIONS) };
        let config = ModelConfig::new(sizes, settings, decision, None, self.origin(layout));
        let model = Model { encoder, relation, finder: None };
        let (relations, precision) = (self.relations.clone(), Precision::F32);
        Ok(Extractor { model, config, tokenizer, relations, precision })
    }

    /// The relational encoder's sizes, checked.
    fn settings(
        &self,
        checkpoint: &Checkpoint,
        layout: Layout,
        encoder: &EncoderConfig,
    ) -> Result<RelationSettings> {
        let shapes = checkpoint.shapes();
        let strange = || {
            let example = shapes.names().last().unwrap_or("none at all");
            checkpoint.wrong(format!(
                "isn't a checkpoint of {layout}: the tensors that tell its sizes aren't there (one \
                 is called {example})"
            ))
        };
        let settings = layout.relation(&shapes).ok_or_else(strange)?;
        let [classes, _] = shapes.of(layout.classifier()).ok_or_else(strange)?;
        if classes != self.relations.classes() {
            return Err(checkpoint.wrong(format!(
                "scores {} relations and the none class, but the relations name {}; give those \
                 that it was trained with",
                classes - 1,
                self.relations.classes() - 1
            )));
        }
        let fits = settings.check_for(encoder.hidden_size);
        fits.map_err(|error| checkpoint.wrong(format!("has sizes that don't fit: {error}")))?;
        Ok(settings)
    }

    fn relation(
        &self,
        checkpoint: &Checkpoint,
        layout: Layout,
        settings: &RelationSettings,
        encoder: &EncoderConfig,
        device: &Device,
    ) -> Result<RelationEncoder> {
        let (hidden, classes) = (encoder.hidden_size, self.relations.classes());
        let mut relation = settings.build(hidden, classes, &mut Initialiser::blank(), device);
        let wanted = relation.collect(None, Some(Box::new(BurnToPyTorchAdapter)), true);
        let tensors = wanted.iter().map(|ours| {
            let (name, shape) = (&ours.name, ours.shape.to_vec());
            checkpoint.tensor(name, &shape, &layout.source(name))
        });
        let tensors = tensors.collect::<Result<Vec<_>>>()?;
        let adapter = Box::new(PyTorchToBurnAdapter);
        let result = relation.apply(tensors, None, Some(adapter), true);
        if let Some(error) = result.errors.first() {
            return Err(checkpoint.wrong(error.to_string()));
        }
        assert!(result.missing.is_empty(), "every tensor was made: {result}");
        match crate::encoder::first_not_finite(&relation) {
            None => Ok(relation),
            Some((name, value)) => {
                Err(checkpoint.wrong(format!("what becomes the tensor {name} holds {value}")))
            }
        }
    }

    fn origin(&self, layout: Layout) -> Origin {
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Origin {
            docre: env!("CARGO_PKG_VERSION").into(),
            recipe: format!("checkpoint {} of {layout}", name(&self.checkpoint)),
            encoder: name(&self.encoder),
            ..Origin::default()
        }
    }
}
