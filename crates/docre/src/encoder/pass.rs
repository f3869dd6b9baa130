//! How a forward pass is done.

use docre_kernels::{Dropout, Precision};

/// What a forward pass needs beside its input. A [`Dropout`] alone, or a [`Precision`] alone,
/// converts to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pass {
    /// The masks of a training step, or [`Dropout::OFF`] at inference.
    pub dropout: Dropout,
    /// The precision of matrix products, forward and backward.
    pub precision: Precision,
}

impl From<Dropout> for Pass {
    /// In 32-bit floats.
    fn from(dropout: Dropout) -> Self {
        Self { dropout, precision: Precision::F32 }
    }
}

impl From<Precision> for Pass {
    /// Inference.
    fn from(precision: Precision) -> Self {
        Self { dropout: Dropout::OFF, precision }
    }
}
