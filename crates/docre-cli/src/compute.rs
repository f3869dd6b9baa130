//! How models are applied. How they are trained the recipe says.

use std::path::Path;

use docre::{
    Device, Precision, Result,
    device::DeviceName,
    model::{self, Extractor},
};

use crate::messages::note;

/// The choice of a device and of the precision of matrix products.
#[derive(Debug, clap::Args)]
pub struct Compute {
    /// Where to compute: cpu, cuda or wgpu; cuda:1 for the second of its kind
    #[arg(long, value_name = "NAME", default_value_t)]
    device: DeviceName,
    /// The precision of matrix products: bf16 where the device multiplies it (AMX-BF16 or
    /// AVX512-BF16 on a CPU), else as f32; int8, on a CPU: large weights in eight bits, the rest as
    /// bf16; bf16-emulated rounds like bf16 on any CPU, no faster
    #[arg(long, default_value = "f32", value_name = "f32|bf16|int8|bf16-emulated")]
    pub precision: Precision,
}

impl Compute {
    /// The device, without autodiff.
    pub fn device(&self) -> Result<Device> {
        self.device.open()
    }

    /// The device, without autodiff. Says so where bfloat16 is asked for and can't be had.
    pub fn noted_device(&self) -> Result<Device> {
        let compute = model::Compute { device: self.device()?, precision: self.precision };
        compute.check()?;
        note_fall_back(&compute);
        Ok(compute.device)
    }

    /// The same for the library. Says so where bfloat16 is asked for and can't be had.
    #[cfg(feature = "serve")]
    pub fn noted(&self) -> Result<model::Compute> {
        let compute = model::Compute { device: self.device()?, precision: self.precision };
        compute.check()?;
        note_fall_back(&compute);
        Ok(compute)
    }

    /// A model from its folder.
    pub fn load(&self, folder: &Path) -> Result<Extractor> {
        let compute = model::Compute { device: self.device()?, precision: self.precision };
        let extractor = compute.load(folder)?;
        note_fall_back(&compute);
        Ok(extractor)
    }
}

/// Says so where bfloat16 is asked for and can't be had.
fn note_fall_back(compute: &model::Compute) {
    if compute.falls_back() {
        note("this device doesn't multiply bfloat16: 32-bit floats are used");
    }
}
