//! A whole model: encoder, what finds entities, pair stage, and the folder that holds all.

mod built_in;
mod compute;
mod eight_bits;
mod extractor;
mod find;
mod finder;
mod folder;
mod foreign;
mod long;
mod reader;
mod stream;

use burn::{module::Module, tensor::Tensor};
use docre_kernels::{Precision, Segments};

pub use built_in::{BUILT_IN, card, fingerprint, model_folder};
pub use compute::Compute;
pub(crate) use compute::check_trains;
pub use extractor::Extractor;
pub(crate) use find::{FinderPass, FoundMentions, name};
pub(crate) use finder::WordBatch;
pub use finder::{EntityFinder, FinderConfig, JoinBy, SpanFinder, SpanForm, TagFinder};
pub use folder::{ModelConfig, Origin, Weights};
pub(crate) use folder::{example_options, save_weights};
pub use foreign::{ForeignModel, Layout};
pub(crate) use reader::{FactReader, PairRow};
pub use stream::Extracted;
pub(crate) use stream::first_batch;

use crate::{
    encoder::{Encoder, EncoderInput, Pass},
    relation::{
        AttendedDocument, DocumentTokens, EntityAttention, PairLayout, PairPass, PairScores,
        RelationEncoder, pair_sentence_shares,
    },
    text::EncodedBatch,
};

/// A pretrained encoder with a relational encoder on top.
#[derive(Module, Debug)]
pub struct Model {
    /// The text encoder.
    pub encoder: Encoder,
    /// The pair stage.
    pub relation: RelationEncoder,
    /// What finds the entities of plain texts, if the model does.
    pub finder: Option<EntityFinder>,
}

/// What separates the pair stage's masks from those of the encoder.
const PAIR_STAGE: u64 = 1 << 48;

impl Model {
    /// Packs the large matrices in eight bits, for inference on the CPU with
    /// [`Precision::Int8`], and frees their floats. The model can't be trained or saved any more.
    ///
    /// In eight bits are the table of word pieces, the maps of attention and feed-forward layers,
    /// the maps of entities, contexts and pairs before a relation's score, the bilinear map, and
    /// the hidden layers of what finds entities. Norms, softmax, the products of queries with keys
    /// and of attention with values, convolutions, classifiers on single vectors and the CRF stay
    /// in floats.
    pub fn pack(&mut self) {
        let hidden = self.encoder.hidden_size();
        self.encoder.pack();
        self.relation.pack(hidden);
        if let Some(finder) = &mut self.finder {
            finder.pack();
        }
    }

    /// Whether [`Self::pack`] was called.
    pub(crate) fn is_packed(&self) -> bool {
        self.encoder.is_packed()
    }

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
        self.score_and_share(batch, pass.into(), features, &[]).0
    }

    /// [`Model::score_pairs`], and how the attention of some pairs, those of each document, is
    /// shared out among its sentences, `[pairs, most sentences]`; `None` without any document.
    pub(crate) fn score_and_share(
        &self,
        batch: &EncodedBatch,
        pass: Pass,
        features: bool,
        attended: &[AttendedDocument],
    ) -> (PairScores, Option<Tensor<2>>) {
        let (tokens, layout) = (self.tokens(batch, pass), PairLayout::new(batch));
        let shares =
            (!attended.is_empty()).then(|| pair_sentence_shares(&tokens, &layout, attended));
        let training = !pass.dropout.is_off();
        let dropout = pass.dropout.at(PAIR_STAGE);
        let pass = PairPass { precision: pass.precision, training, features, dropout };
        (self.relation.forward(tokens, &layout, pass), shares)
    }

    /// [`Model::forward`] at inference, and what the batch's entities attend to.
    pub fn score_and_attend(
        &self,
        batch: &EncodedBatch,
        precision: Precision,
    ) -> (Tensor<2>, EntityAttention) {
        let tokens = self.tokens(batch, precision.into());
        let layout = PairLayout::new(batch);
        let attention = EntityAttention::new(&tokens, &layout);
        let pass = PairPass { precision, ..PairPass::default() };
        (self.relation.forward(tokens, &layout, pass).logits, attention)
    }

    /// The encoder's output on the documents' own tokens; of wholes on the first alone.
    fn tokens(&self, batch: &EncodedBatch, pass: Pass) -> DocumentTokens {
        let first_tokens = batch.first_tokens_of_wholes();
        let tokens = self.encoder.forward(
            EncoderInput {
                ids: &batch.ids,
                positions: &batch.positions,
                types: &batch.types,
                segments: &Segments::new(batch.segments.clone()),
                attention_rows: &batch.mention_rows.tokens.clone().into(),
                output_rows: first_tokens.as_ref(),
            },
            pass,
        );
        if first_tokens.is_some() {
            return DocumentTokens { hidden: tokens.hidden, attention: tokens.attention };
        }
        DocumentTokens::merge(tokens, batch)
    }
}
