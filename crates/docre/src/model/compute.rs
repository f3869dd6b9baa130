//! Where and how precisely a model computes.

use std::path::Path;

use burn::tensor::Device;
use docre_kernels::Precision;

use super::Extractor;
use crate::Result;

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
        let mut extractor = Extractor::load(folder, &self.device)?;
        extractor.precision = self.precision;
        Ok(extractor)
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
