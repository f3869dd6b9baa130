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
mod extractor;
mod grid;
mod layout;
mod merge;
mod scores;
mod settings;
mod table;
mod text;
mod unet;

use burn::module::Module;

pub use atlop::Atlop;
pub use attention::EntityAttention;
pub use axial::{Axial, AxialForm, AxialSettings};
pub use axial_attention::{
    Attend, AxialAttention, PrintedLayer, PrintedLayers, PublicLayer, PublicLayers,
};
pub use batch_norm::BatchNorm;
pub use channel_map::{ChannelKind, ChannelMap};
pub use docunet::{DocuNet, DocuNetSettings};
pub use grid::{Mixture, Pyramid};
pub use layout::PairLayout;
pub use merge::DocumentTokens;
pub use scores::{PairFeatures, PairPass, PairScores};
pub use settings::RelationSettings;
pub use table::{Table, TableAxes};
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
    /// No relational encoder: a classifier of whole texts.
    Text(TextClassifier),
}

impl RelationEncoder {
    /// The scores of all ordered pairs, or of all texts, in the batch's order.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        match self {
            Self::Atlop(encoder) => encoder.forward(tokens, layout, pass),
            Self::DocuNet(encoder) => encoder.forward(tokens, layout, pass),
            Self::Axial(encoder) => encoder.forward(tokens, layout, pass),
            Self::Text(classifier) => classifier.forward(tokens, pass),
        }
    }
}
