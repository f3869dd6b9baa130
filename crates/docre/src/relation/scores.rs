//! What a relational encoder says of entity pairs.

use burn::tensor::{Device, Tensor};
use docre_kernels::{Dropout, Precision};

/// How a relational encoder is run.
#[derive(Debug, Clone, Copy)]
pub struct PairPass {
    /// The precision of matrix products.
    pub precision: Precision,
    /// Whether it is a training step, so that normalisation uses the batch's own statistics.
    pub training: bool,
    /// Whether the pairs' features are wanted beside their scores.
    pub features: bool,
    /// Selects the masks of a training step, for encoders that have dropout of their own.
    pub dropout: Dropout,
}

impl Default for PairPass {
    fn default() -> Self {
        let precision = Precision::default();
        Self { precision, training: false, features: false, dropout: Dropout::OFF }
    }
}

/// The scores of a batch's ordered pairs, and what they were made of.
#[derive(Debug, Clone)]
pub struct PairScores {
    /// `[pairs, classes]`; column 0 is the threshold (none) class.
    pub logits: Tensor<2>,
    /// The vector of each pair that the classifier reads, if it was asked for.
    pub features: Option<PairFeatures>,
}

/// The vector of each pair that the classifier reads, `[pairs, width]`.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one a batch")]
pub enum PairFeatures {
    /// Blocks of head and tail feature side by side, multiplied out:
    /// `x = ‖_g (z_h^g ⊗ z_t^g)` (ATLOP; PEMSCL, Eq. 14), held as its factors.
    Kronecker {
        /// z_h, `[pairs, groups * block]`.
        heads: Tensor<2>,
        /// z_t, same shape.
        tails: Tensor<2>,
        /// The width of a block.
        block: usize,
    },
    /// A vector as it is.
    Vector(Tensor<2>),
}

/// Rows one behind another, `[rows, columns]`; there may be no part.
pub(super) fn together(parts: Vec<Tensor<2>>, columns: usize, device: &Device) -> Tensor<2> {
    match parts.is_empty() {
        true => Tensor::zeros([0, columns], device),
        false => Tensor::cat(parts, 0),
    }
}
