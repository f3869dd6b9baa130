//! How models are applied. How they are trained the recipe says.

use std::path::Path;

use docre::{Device, Precision, Result, device::DeviceName, model::Extractor};

use crate::messages::note;

/// The choice of a device and of the precision of matrix products.
#[derive(Debug, clap::Args)]
pub struct Compute {
    /// Where to compute: cpu, cuda or wgpu; cuda:1 for the second of its kind
    #[arg(long, value_name = "NAME", default_value_t)]
    device: DeviceName,
    /// The precision of matrix products: bf16 where the CPU multiplies it (AMX-BF16 or
    /// AVX512-BF16), else as f32; bf16-emulated rounds alike on any CPU, no faster
    #[arg(long, default_value = "f32", value_name = "f32|bf16|bf16-emulated")]
    pub precision: Precision,
}

impl Compute {
    /// The device, without autodiff.
    pub fn device(&self) -> Result<Device> {
        self.device.open()
    }

    /// Says so where bfloat16 is asked for and can't be had.
    pub fn note_fall_back(&self) {
        note_fall_back(self.precision, self.device);
    }

    /// A model from its folder.
    pub fn load(&self, model: &Path) -> Result<Extractor> {
        let mut extractor = Extractor::load(model, &self.device()?)?;
        extractor.precision = self.precision;
        self.note_fall_back();
        Ok(extractor)
    }
}

/// Says so where bfloat16 is asked for and can't be had.
pub fn note_fall_back(precision: Precision, device: DeviceName) {
    if device != DeviceName::default() && precision != Precision::F32 {
        note("bfloat16 products are made on the CPU only: 32-bit floats are used");
    } else if precision.falls_back() {
        note("this CPU has no instructions for bfloat16 products: 32-bit floats are used");
    }
}
