//! The pair stage: from token representations to a score for each relation of
//! each ordered entity pair.

mod atlop;
mod layout;
mod merge;
mod scores;
mod settings;

use burn::module::Module;

pub use atlop::Atlop;
pub use layout::PairLayout;
pub use merge::DocumentTokens;
pub use scores::{PairFeatures, PairPass, PairScores};
pub use settings::RelationSettings;

/// A relational encoder with its classifier.
#[derive(Module, Debug)]
pub enum RelationEncoder {
    /// ATLOP: localized context and a grouped bilinear classifier.
    Atlop(Atlop),
}

impl RelationEncoder {
    /// The scores of all ordered pairs, in the batch's order.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        match self {
            Self::Atlop(atlop) => atlop.forward(tokens, layout, pass),
        }
    }
}
