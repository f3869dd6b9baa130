//! The precision of matrix products.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bf16::{self, Unit};

/// How operands of matrix products are rounded on the CPU. Sums, and all that isn't a product,
/// stay in 32-bit floats; on other devices products do too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// bfloat16, where the CPU has instructions for it (AMX-BF16 or AVX512-BF16); on others
    /// 32-bit floats.
    Bf16,
    /// The values rounded to bfloat16, but multiplied as 32-bit floats: shows on any CPU what
    /// bfloat16 does to a model, at no gain in speed.
    Bf16Emulated,
}

impl Precision {
    /// What products are made with on this CPU: `f32`, `bf16-emulated`, `amx-bf16` or
    /// `avx512-bf16`.
    pub fn products(self) -> &'static str {
        match (self, bf16::unit()) {
            (Self::F32, _) | (Self::Bf16, None) => "f32",
            (Self::Bf16Emulated, _) => "bf16-emulated",
            (Self::Bf16, Some(Unit::Amx)) => "amx-bf16",
            (Self::Bf16, Some(Unit::Avx512Bf16)) => "avx512-bf16",
        }
    }

    /// Whether bfloat16 is asked for, but this CPU has no instructions for it, so that
    /// 32-bit floats are used.
    pub fn falls_back(self) -> bool {
        self == Self::Bf16 && bf16::unit().is_none()
    }
}

impl FromStr for Precision {
    /// What is wrong with the name.
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            "bf16-emulated" => Ok(Self::Bf16Emulated),
            _ => Err(format!("must be f32, bf16 or bf16-emulated, not {name:?}")),
        }
    }
}

impl TryFrom<String> for Precision {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}
