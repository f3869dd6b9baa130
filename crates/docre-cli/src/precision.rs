//! The names of precisions on the command line.

use clap::ValueEnum;
use docre::Precision;

/// The precision of matrix products.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PrecisionName {
    /// 32-bit floats
    F32,
    /// bfloat16 operands where the CPU multiplies them (AMX-BF16 or AVX512-BF16), else as f32
    Bf16,
    /// Operands rounded to bfloat16, multiplied as 32-bit floats: no faster, on any CPU
    Bf16Emulated,
}

impl From<PrecisionName> for Precision {
    fn from(name: PrecisionName) -> Self {
        match name {
            PrecisionName::F32 => Self::F32,
            PrecisionName::Bf16 => Self::Bf16,
            PrecisionName::Bf16Emulated => Self::Bf16Emulated,
        }
    }
}
