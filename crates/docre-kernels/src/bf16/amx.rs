//! Products on the tiles of Intel's Advanced Matrix Extensions.
//!
//! The intrinsics aren't stable in Rust yet, so this is assembly.

use std::arch::asm;

use super::avx512::Avx512;
use super::blocks::{Kernel, Size};
use super::pack::{Operand, Part, Tile};
use crate::matmul::Into;

/// The unit. CPUs that have it have AVX-512, which packs for it.
pub(super) struct Amx;

/// What `ldtilecfg` reads: all eight tiles have 16 rows of 64 bytes.
#[repr(C, align(64))]
pub(crate) struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

pub(crate) static SHAPES: Shapes = Shapes {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

impl Kernel for Amx {
    unsafe fn pack(source: &Operand, part: Part, tiles: &mut [Tile]) {
        // SAFETY: the caller's promise.
        unsafe { Avx512::pack(source, part, tiles) };
    }

    unsafe fn run(work: impl FnOnce()) {
        // SAFETY: the CPU has tiles, and the shapes are valid.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &SHAPES, options(nostack, readonly)) };
        work();
        // Without tiles in use, switching threads is cheaper for the system.
        // SAFETY: the CPU has tiles.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }

    unsafe fn multiply(a: &[Tile], b: &[Tile], out: *mut f32, stride: usize, _: Size, into: Into) {
        let steps = a.len() / 2;
        assert!(steps > 0 && a.len() == 2 * steps && b.len() == a.len());
        // The accumulators are tiles 0 to 3, 4 and 5 are of `a`, 6 and 7 of `b`.
        // SAFETY: the loop reads two tiles a step from each of `a` and `b`, and the rest
        // reads and writes the 32 rows of 32 that the caller promises, on tiles shaped
        // by `run`.
        unsafe {
            asm!(
                "test {add:e}, {add:e}",
                "jz 2f",
                "tileloadd tmm0, [{upper} + {stride}*1]",
                "tileloadd tmm1, [{upper} + {stride}*1 + 64]",
                "tileloadd tmm2, [{lower} + {stride}*1]",
                "tileloadd tmm3, [{lower} + {stride}*1 + 64]",
                "jmp 3f",
                "2:",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "3:",
                "tileloadd tmm4, [{a} + {row}*1]",
                "tileloadd tmm6, [{b} + {row}*1]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{b} + {row}*1 + 1024]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{a} + {row}*1 + 1024]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {a}, 2048",
                "add {b}, 2048",
                "dec {steps}",
                "jnz 3b",
                "tilestored [{upper} + {stride}*1], tmm0",
                "tilestored [{upper} + {stride}*1 + 64], tmm1",
                "tilestored [{lower} + {stride}*1], tmm2",
                "tilestored [{lower} + {stride}*1 + 64], tmm3",
                add = in(reg) u32::from(into == Into::Add),
                upper = in(reg) out,
                lower = in(reg) out.add(16 * stride),
                stride = in(reg) 4 * stride,
                row = in(reg) 64_usize,
                a = inout(reg) a.as_ptr() => _,
                b = inout(reg) b.as_ptr() => _,
                steps = inout(reg) steps => _,
                out("tmm0") _,
                out("tmm1") _,
                out("tmm2") _,
                out("tmm3") _,
                out("tmm4") _,
                out("tmm5") _,
                out("tmm6") _,
                out("tmm7") _,
                options(nostack),
            );
        }
    }
}
