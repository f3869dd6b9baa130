//! What sums products of bytes.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;
mod plain;

use super::packed::{PANEL, Tile};

/// A unit of the CPU that multiplies matrices of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Int8Unit {
    /// The tiles of Intel's Advanced Matrix Extensions.
    Amx,
    /// The byte dot products of AVX-512.
    Avx512Vnni,
    /// The byte dot products of AVX.
    AvxVnni,
    /// The 16-bit products of AVX2.
    Avx2,
    /// Plain Rust, on any CPU.
    Plain,
}

/// The best unit of this CPU for products of bytes. Found once per process.
pub fn unit() -> Int8Unit {
    static UNIT: std::sync::OnceLock<Int8Unit> = std::sync::OnceLock::new();
    *UNIT.get_or_init(|| {
        let all = [Int8Unit::Amx, Int8Unit::Avx512Vnni, Int8Unit::AvxVnni, Int8Unit::Avx2];
        all.into_iter().find(|unit| unit.is_here()).unwrap_or(Int8Unit::Plain)
    })
}

/// Sums of 32 rows and 32 outputs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Block(pub [[i32; PANEL]; PANEL]);

impl Block {
    pub const ZERO: Block = Block([[0; PANEL]; PANEL]);
}

impl Int8Unit {
    /// What products are called that are made with it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Amx => "amx-int8",
            Self::Avx512Vnni => "avx512-vnni",
            Self::AvxVnni => "avx-vnni",
            Self::Avx2 => "avx2-int8",
            Self::Plain => "int8",
        }
    }

    /// Whether this CPU, and its operating system, have the unit.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn is_here(self) -> bool {
        use std::arch::is_x86_feature_detected;
        match self {
            Self::Amx => crate::bf16::has_amx_int8(),
            Self::Avx512Vnni => {
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")
            }
            Self::AvxVnni => is_x86_feature_detected!("avxvnni"),
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Plain => true,
        }
    }

    /// Whether this CPU, and its operating system, have the unit.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn is_here(self) -> bool {
        self == Self::Plain
    }

    /// What the bytes of rows are turned by. The dot products of vectors want them unsigned: then
    /// they are 128 greater, which 128 times the sum of an output's bytes makes good.
    pub(super) fn flip(self) -> u8 {
        match self {
            Self::Amx | Self::Avx2 | Self::Plain => 0,
            Self::Avx512Vnni | Self::AvxVnni => 0x80,
        }
    }

    /// Does work that multiplies on the calling thread.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        assert!(self == unit() || self.is_here(), "the CPU has the unit {self:?}");
        #[cfg(target_arch = "x86_64")]
        if self == Self::Amx {
            // SAFETY: the CPU has the unit by the assertion.
            return unsafe { amx::run(work) };
        }
        work()
    }

    /// Writes the products of rows and outputs to the block, or adds them: of the first half of
    /// the rows, or of both, and of all outputs of the panel. All halves have as many tiles. Where
    /// bytes are turned, products can only be added.
    ///
    /// # Safety
    ///
    /// The call comes from inside `run` of the same unit.
    pub(super) unsafe fn multiply(
        self,
        rows: &[&[Tile]],
        panel: [&[Tile]; 2],
        block: &mut Block,
        add: bool,
    ) {
        debug_assert!(add || self.flip() == 0, "what turned bytes add is made good");
        let steps = panel[0].len();
        assert!(panel[1].len() == steps && rows.iter().all(|half| half.len() == steps));
        assert!(rows.len() == 1 || rows.len() == 2, "one half of the rows, or both");
        // SAFETY: the CPU has the unit, or `run` had panicked; lengths are checked above.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Amx => amx::multiply(rows, panel, block, add),
                #[cfg(target_arch = "x86_64")]
                Self::Avx512Vnni => avx512::multiply(rows, panel, block),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => avx2::multiply(rows, panel, block, add),
                #[cfg(target_arch = "x86_64")]
                Self::AvxVnni => avx_vnni::multiply(rows, panel, block),
                _ => plain::multiply(rows, panel, block, add),
            }
        }
    }
}
