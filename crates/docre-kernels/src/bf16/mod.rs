//! Matrix products whose operands are rounded to bf16, on CPUs with instructions for it.
//!
//! Both operands are packed into tiles of bf16 (`pack`), blocks of the output are
//! shared out to the threads (`blocks`), and a unit of the CPU multiplies tiles
//! (`amx`, `avx512`). Sums are kept in f32. Each element of the output is summed in
//! an order that depends on the inner size alone, so the result doesn't depend on
//! the number of threads.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "x86_64", test))]
mod blocks;
#[cfg(target_arch = "x86_64")]
mod detect;
mod emulated;
#[cfg(any(target_arch = "x86_64", test))]
mod pack;
#[cfg(test)]
mod scalar;
#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
pub(crate) use self::amx::SHAPES as TILE_SHAPES;
#[cfg(target_arch = "x86_64")]
pub(crate) use self::detect::has_amx_int8;
pub(crate) use self::emulated::Rounded;
use crate::matmul::{Into, Matrix, Target};

/// A unit of the CPU that multiplies bf16 matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The tiles of Intel's Advanced Matrix Extensions.
    Amx,
    /// The bf16 dot products of AVX-512.
    Avx512Bf16,
}

/// The best unit of this CPU for bf16 products, or `None`. Found once per process.
#[cfg(target_arch = "x86_64")]
pub fn unit() -> Option<Unit> {
    static UNIT: std::sync::OnceLock<Option<Unit>> = std::sync::OnceLock::new();
    *UNIT.get_or_init(detect::unit)
}

/// The best unit of this CPU for bf16 products: none on this architecture.
#[cfg(not(target_arch = "x86_64"))]
pub fn unit() -> Option<Unit> {
    None
}

/// `out = a b` or `out += a b`, with `a` and `b` rounded to bf16 (to nearest, ties to
/// even) and sums in f32. One of the strides of each of `a` and `b` is 1. Values below the
/// smallest normal f32 may count as zero.
///
/// # Safety
///
/// The target has room for the product, and holds values if they are added to.
///
/// # Panics
///
/// Panics if sizes don't agree, or if the CPU lacks the unit.
pub(crate) unsafe fn product(
    unit: Unit,
    out: Target,
    a: Matrix,
    b: Matrix,
    into: Into,
    parallel: bool,
) {
    let best = self::unit();
    assert!(best == Some(unit) || best == Some(Unit::Amx), "the CPU has the unit {unit:?}");
    #[cfg(target_arch = "x86_64")]
    {
        // A CPU with AMX has AVX-512 with bf16 too, or `unit` hadn't named AMX.
        let multiply = match unit {
            Unit::Amx => blocks::product::<amx::Amx>,
            Unit::Avx512Bf16 => blocks::product::<avx512::Avx512>,
        };
        // SAFETY: the CPU has the unit by the assertion, and the caller promises the rest.
        unsafe { multiply(out, a, b, into, parallel) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (out, a, b, into, parallel);
}
