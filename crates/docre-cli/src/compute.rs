//! How models are applied. How they are trained the recipe says.

use std::path::Path;

use docre::{Device, Precision, Result, device::DeviceName, model::Extractor};

use crate::{messages::note, precision::PrecisionName};

/// The choice of a device and of the precision of matrix products.
#[derive(Debug, clap::Args)]
pub struct Compute {
    /// Where to compute: cpu, cuda or wgpu; cuda:1 for the second of its kind
    #[arg(long, value_name = "NAME", default_value_t)]
    device: DeviceName,
    /// The precision of matrix products
    #[arg(long, value_enum, default_value = "f32")]
    precision: PrecisionName,
}

impl Compute {
    /// The device, without autodiff.
    pub fn device(&self) -> Result<Device> {
        self.device.open()
    }

    /// The precision; says so where another one will be used.
    pub fn precision(&self) -> Precision {
        let precision = self.precision.into();
        note_fall_back(precision, self.device);
        precision
    }

    /// A model from its folder.
    pub fn load(&self, model: &Path) -> Result<Extractor> {
        let mut extractor = Extractor::load(model, &self.device()?)?;
        extractor.precision = self.precision();
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
