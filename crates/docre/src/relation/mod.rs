//! The pair stage: from token representations to a score for each relation of
//! each ordered entity pair.

mod atlop;
mod attention;
mod axial;
mod axial_attention;
mod batch_norm;
mod channel_map;
mod docunet;
mod entities;
mod global;
mod grid;
mod jerex;
mod layout;
mod long;
mod memory;
mod mention_pairs;
mod mention_states;
mod merge;
mod multi_instance;
mod pair_classifier;
mod projection;
mod scores;
mod sentences;
mod settings;
mod sizes;
mod table;
mod text;
mod unet;

use burn::{module::Module, tensor::Tensor};

use docre_kernels::Precision;

use self::entities::Entities;
use crate::text::EncodedBatch;

pub use crate::initialiser::Initialiser;
pub use atlop::Atlop;
pub use attention::EntityAttention;
pub use axial::{Axial, AxialSettings};
pub use axial_attention::{
    Attend, AxialAttention, AxialForm, PrintedLayer, PrintedLayers, PublicLayer, PublicLayers,
};
pub use batch_norm::BatchNorm;
pub use channel_map::{ChannelKind, ChannelMap};
pub use docunet::{DocuNet, DocuNetSettings};
pub use global::GlobalClassifier;
pub use grid::{Mixture, Pyramid};
pub use jerex::{JerexClassifier, JerexSettings};
pub use layout::PairLayout;
pub(crate) use long::LongDocument;
pub use memory::{Memory, MemoryForm, MemorySettings};
pub use merge::DocumentTokens;
pub use multi_instance::MultiInstanceClassifier;
pub use scores::{PairFeatures, PairPass, PairScores};
pub(crate) use sentences::pair_sentence_shares;
pub use sentences::{AttendedDocument, sentence_shares};
pub use settings::RelationSettings;
pub use table::{PairTable, TableAxes};
pub use text::TextClassifier;
pub use unet::UNet;

/// A relational encoder with its classifier.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one a model")]
pub enum RelationEncoder {
    /// ATLOP: localized context and a grouped bilinear classifier.
    Atlop(Atlop),
    /// DocuNet: a U-shaped network over the table of entity pairs.
    DocuNet(DocuNet),
    /// KD-DocRE: axial attention over the table of entity pairs.
    Axial(Axial),
    /// JEREX: what two entities are.
    Global(GlobalClassifier),
    /// JEREX: each pair of their mentions, and what is between them.
    MultiInstance(MultiInstanceClassifier),
    /// No relational encoder: a classifier of whole texts.
    Text(TextClassifier),
}

impl RelationEncoder {
    /// Packs the large matrices in eight bits, for inference on hidden states of width `hidden`.
    pub(crate) fn pack(&mut self, hidden: usize) {
        match self {
            Self::Atlop(encoder) => encoder.pack(hidden),
            Self::DocuNet(encoder) => encoder.pack(hidden),
            Self::Axial(encoder) => encoder.pack(hidden),
            Self::Global(encoder) => encoder.pack(),
            Self::MultiInstance(encoder) => encoder.pack(),
            Self::Text(_) => {}
        }
    }

    /// The scores of a long document's ordered pairs without gradients, in their order: `tile`
    /// pairs at a time where each pair is scored alone, else all at once.
    pub(crate) fn score_long(
        &self,
        document: LongDocument,
        batch: &EncodedBatch,
        tile: usize,
        precision: Precision,
        mut each: impl FnMut(Tensor<2>),
    ) {
        let pass = PairPass { precision, ..PairPass::default() };
        let of_table = || (Entities::of_long(document.clone()), PairLayout::new(batch));
        match self {
            Self::Atlop(encoder) => {
                encoder.score_long(&document, &batch.ordered_pairs, tile, pass, each);
            }
            Self::DocuNet(encoder) => {
                let (entities, layout) = of_table();
                each(encoder.forward(&entities, &layout, pass).logits);
            }
            Self::Axial(encoder) => {
                let (entities, layout) = of_table();
                each(encoder.forward(&entities, &layout, pass).logits);
            }
            Self::Global(encoder) => {
                each(encoder.forward(document.tokens(), &PairLayout::new(batch), pass).logits);
            }
            Self::MultiInstance(encoder) => {
                each(encoder.forward(document.tokens(), &PairLayout::new(batch), pass).logits);
            }
            Self::Text(_) => unreachable!("a text has no pairs"),
        }
    }

    /// The scores of all ordered pairs, or of all texts, in the batch's order.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        match self {
            Self::Atlop(encoder) => encoder.forward(tokens, layout, pass),
            Self::DocuNet(encoder) => encoder.forward(&Entities::new(tokens, layout), layout, pass),
            Self::Axial(encoder) => encoder.forward(&Entities::new(tokens, layout), layout, pass),
            Self::Global(encoder) => encoder.forward(tokens, layout, pass),
            Self::MultiInstance(encoder) => encoder.forward(tokens, layout, pass),
            Self::Text(classifier) => classifier.forward(tokens, pass),
        }
    }
}
