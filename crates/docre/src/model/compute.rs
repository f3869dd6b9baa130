//! Where and how precisely a model computes.

use std::path::Path;

use burn::tensor::Device;
use docre_kernels::{Precision, is_flex};

use super::Extractor;
use crate::{Error, Result};

/// Where a model computes, and how precisely.
#[derive(Debug, Clone)]
pub struct Compute {
    /// Where.
    pub device: Device,
    /// The precision of matrix products.
    pub precision: Precision,
}

impl Compute {
    /// A model from its folder, that computes so.
    pub fn load(&self, folder: impl AsRef<Path>) -> Result<Extractor> {
        self.check()?;
        let mut extractor = Extractor::load(folder, &self.device)?;
        extractor.set_precision(self.precision);
        Ok(extractor)
    }

    /// Refuses a precision that the device can't have.
    pub fn check(&self) -> Result<()> {
        if self.precision != Precision::Int8 || is_flex(&self.device) {
            return Ok(());
        }
        let problem = "is int8, which is for the CPU; on a GPU use bf16 or f32";
        Err(Error::setting("precision", problem))
    }

    /// The same for training.
    pub(crate) fn autodiff(&self) -> Self {
        Self { device: self.device.clone().autodiff(), precision: self.precision }
    }

    /// Whether bfloat16 is asked for, and the device doesn't multiply it.
    pub fn falls_back(&self) -> bool {
        self.precision.falls_back(&self.device)
    }
}

/// Refuses a precision that has no gradients.
pub(crate) fn check_trains(precision: Precision) -> Result<()> {
    if precision != Precision::Int8 {
        return Ok(());
    }
    let problem = "is int8, in which nothing can be trained; train in f32 or bf16, and apply the \
                   model in int8";
    Err(Error::setting("precision", problem))
}
