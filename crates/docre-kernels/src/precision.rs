//! The precision of matrix products.

use serde::{Deserialize, Serialize};

use crate::bf16;

/// How operands of matrix products are rounded on the CPU. Sums, and all that isn't a product,
/// stay in 32-bit floats; on other devices products do too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Whether bfloat16 is asked for, but this CPU has no instructions for it, so that
    /// 32-bit floats are used.
    pub fn falls_back(self) -> bool {
        self == Self::Bf16 && bf16::unit().is_none()
    }
}
