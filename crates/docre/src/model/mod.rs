//! A whole model: encoder, pair stage, and the folder that holds both.

mod extractor;
mod folder;
mod initialiser;
mod reader;
mod stream;

use burn::{module::Module, tensor::Tensor};
use docre_kernels::Segments;

pub use extractor::Extractor;
pub(crate) use folder::save_weights;
pub use folder::{ModelConfig, Origin};
pub use initialiser::Initialiser;
pub(crate) use reader::{FactReader, PairRow};
pub use stream::Extracted;
pub(crate) use stream::takes;

use crate::{
    encoder::{Encoder, EncoderInput, Pass},
    relation::{DocumentTokens, PairLayout, PairPass, PairScores, RelationEncoder},
    text::EncodedBatch,
};

/// A pretrained encoder with a relational encoder on top.
#[derive(Module, Debug)]
pub struct Model {
    /// The text encoder.
    pub encoder: Encoder,
    /// The pair stage.
    pub relation: RelationEncoder,
}

impl Model {
    /// The scores of a batch's ordered pairs, `[pairs, classes]`.
    ///
    /// The dropout of `pass` selects the masks of a training step; it is off at inference.
    pub fn forward(&self, batch: &EncodedBatch, pass: impl Into<Pass>) -> Tensor<2> {
        self.score_pairs(batch, pass, false).logits
    }

    /// [`Model::forward`] with the pairs' features beside their scores, if they are wanted.
    pub fn score_pairs(
        &self,
        batch: &EncodedBatch,
        pass: impl Into<Pass>,
        features: bool,
    ) -> PairScores {
        let pass = pass.into();
        let tokens = self.encoder.forward(
            EncoderInput {
                ids: &batch.ids,
                positions: &batch.positions,
                segments: &Segments::new(batch.segments.clone()),
                attention_rows: &batch.mention_rows.tokens.clone().into(),
            },
            pass,
        );
        let tokens = DocumentTokens::merge(tokens, batch);
        let training = !pass.dropout.is_off();
        let pass = PairPass { precision: pass.precision, training, features };
        self.relation.forward(tokens, &PairLayout::new(batch), pass)
    }
}
