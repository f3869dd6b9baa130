//! The pair stage: from token representations to a score for each relation of
//! each ordered entity pair.

mod atlop;
mod layout;
mod merge;
mod settings;

use burn::{module::Module, tensor::Tensor};
use docre_kernels::Precision;

pub use atlop::Atlop;
pub use layout::PairLayout;
pub use merge::DocumentTokens;
pub use settings::RelationSettings;

/// A relational encoder with its classifier.
#[derive(Module, Debug)]
pub enum RelationEncoder {
    /// ATLOP: localized context and a grouped bilinear classifier.
    Atlop(Atlop),
}

impl RelationEncoder {
    /// The scores of all ordered pairs, `[pairs, classes]`, in the batch's order.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        precision: Precision,
    ) -> Tensor<2> {
        match self {
            Self::Atlop(atlop) => atlop.forward(tokens, layout, precision),
        }
    }
}
