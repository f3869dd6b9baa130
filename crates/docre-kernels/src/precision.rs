//! The precision of matrix products.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use burn::{
    backend::{Backend, DTypeUsage, Dispatch},
    tensor::{DType, Device},
};

use crate::{
    bf16::{self, Unit},
    bridge::is_flex,
    int8,
};

/// How operands of matrix products are rounded. Sums, and all that isn't a product, stay in
/// 32-bit floats; on other devices than the CPU so do convolutions and DeBERTa's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// bfloat16, where the CPU has instructions for it (AMX-BF16 or AVX512-BF16) or the GPU says
    /// that it has matrix units for it; elsewhere 32-bit floats.
    Bf16,
    /// For inference on the CPU: weights of the large linear maps in eight bits, and what they are
    /// multiplied by too, where a model has been packed for it. All other products are as for
    /// [`Self::Bf16`].
    Int8,
    /// The values rounded to bfloat16, but multiplied as 32-bit floats: shows on any CPU what
    /// bfloat16 does to a model, at no gain in speed.
    Bf16Emulated,
}

impl Precision {
    /// What products are made with on this CPU: `f32`, `bf16-emulated`, `amx-bf16`,
    /// `avx512-bf16`, `amx-int8`, `avx512-vnni`, `avx-vnni`, `avx2-int8` or `int8`.
    pub fn products(self) -> &'static str {
        match (self, bf16::unit()) {
            (Self::F32, _) | (Self::Bf16, None) => "f32",
            (Self::Int8, _) => int8::unit().name(),
            (Self::Bf16Emulated, _) => "bf16-emulated",
            (Self::Bf16, Some(Unit::Amx)) => "amx-bf16",
            (Self::Bf16, Some(Unit::Avx512Bf16)) => "avx512-bf16",
        }
    }

    /// What products are made with on a device: on the CPU what [`Self::products`] says, on others
    /// `f32` or `bf16`.
    pub fn products_on(self, device: &Device) -> &'static str {
        match self {
            _ if is_flex(device) => self.products(),
            Self::Bf16 if multiplies_bf16(device) => "bf16",
            _ => Self::F32.products(),
        }
    }

    /// Whether another precision than 32-bit floats is asked for, but they are what the device
    /// multiplies.
    pub fn falls_back(self, device: &Device) -> bool {
        self != Self::F32 && self.products_on(device) == Self::F32.products()
    }
}

/// Whether a device that isn't the CPU has matrix units for bfloat16.
pub(crate) fn multiplies_bf16(device: &Device) -> bool {
    let usage = Dispatch::dtype_usage(device.as_dispatch(), DType::BF16);
    usage.is_superset(DTypeUsage::Storage | DTypeUsage::Accelerated)
}

impl FromStr for Precision {
    /// What is wrong with the name.
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            "int8" => Ok(Self::Int8),
            "bf16-emulated" => Ok(Self::Bf16Emulated),
            _ => Err(format!("must be f32, bf16, int8 or bf16-emulated, not {name:?}")),
        }
    }
}

impl TryFrom<String> for Precision {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}
