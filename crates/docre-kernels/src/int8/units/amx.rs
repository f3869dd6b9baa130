//! Products on the tiles of Intel's Advanced Matrix Extensions.
//!
//! The intrinsics aren't stable in Rust yet, so this is assembly.

use std::arch::asm;

use super::{super::packed::Tile, Block};
use crate::bf16::TILE_SHAPES;

/// Does work that multiplies on the calling thread.
///
/// # Safety
///
/// The CPU has the unit.
pub(super) unsafe fn run<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: the CPU has tiles, and the shapes are valid.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &TILE_SHAPES, options(nostack, readonly)) };
    let result = work();
    // Without tiles in use, switching threads is cheaper for the system.
    // SAFETY: the CPU has tiles.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
    result
}

/// Writes products to the block, or adds them.
///
/// # Safety
///
/// The call comes from inside `run`, and all halves have as many tiles, at least one.
pub(super) unsafe fn multiply(rows: &[&[Tile]], panel: [&[Tile]; 2], block: &mut Block, add: bool) {
    let steps = panel[0].len();
    let (upper, outputs) = (rows[0].as_ptr(), panel.map(<[Tile]>::as_ptr));
    if steps == 0 {
        return;
    }
    let out = block.0.as_mut_ptr();
    // The accumulators are tiles 0 to 3, 4 and 5 are of rows, 6 and 7 of outputs.
    // SAFETY: the loops read as many tiles of each half as there are steps, and the rest reads
    // and writes the block, on tiles shaped by `run`.
    unsafe {
        let Some(lower) = rows.get(1) else {
            asm!(
                "test {add:e}, {add:e}",
                "jz 3f",
                "tileloadd tmm0, [{out} + {stride}*1]",
                "tileloadd tmm1, [{out} + {stride}*1 + 64]",
                "jmp 2f",
                "3:",
                "tilezero tmm0",
                "tilezero tmm1",
                "2:",
                "tileloadd tmm4, [{a} + {row}*1]",
                "tileloadd tmm6, [{b} + {row}*1]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{c} + {row}*1]",
                "tdpbssd tmm1, tmm4, tmm7",
                "add {a}, 1024",
                "add {b}, 1024",
                "add {c}, 1024",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{out} + {stride}*1], tmm0",
                "tilestored [{out} + {stride}*1 + 64], tmm1",
                add = in(reg) u32::from(add),
                out = in(reg) out,
                stride = in(reg) 128_usize,
                row = in(reg) 64_usize,
                a = inout(reg) upper => _,
                b = inout(reg) outputs[0] => _,
                c = inout(reg) outputs[1] => _,
                steps = inout(reg) steps => _,
                out("tmm0") _,
                out("tmm1") _,
                out("tmm4") _,
                out("tmm6") _,
                out("tmm7") _,
                options(nostack),
            );
            return;
        };
        asm!(
            "test {add:e}, {add:e}",
            "jz 3f",
            "tileloadd tmm0, [{out} + {stride}*1]",
            "tileloadd tmm1, [{out} + {stride}*1 + 64]",
            "tileloadd tmm2, [{out} + {stride}*1 + 2048]",
            "tileloadd tmm3, [{out} + {stride}*1 + 2112]",
            "jmp 2f",
            "3:",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{a} + {row}*1]",
            "tileloadd tmm6, [{b} + {row}*1]",
            "tdpbssd tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{c} + {row}*1]",
            "tdpbssd tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{d} + {row}*1]",
            "tdpbssd tmm2, tmm5, tmm6",
            "tdpbssd tmm3, tmm5, tmm7",
            "add {a}, 1024",
            "add {b}, 1024",
            "add {c}, 1024",
            "add {d}, 1024",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{out} + {stride}*1], tmm0",
            "tilestored [{out} + {stride}*1 + 64], tmm1",
            "tilestored [{out} + {stride}*1 + 2048], tmm2",
            "tilestored [{out} + {stride}*1 + 2112], tmm3",
            add = in(reg) u32::from(add),
            out = in(reg) out,
            stride = in(reg) 128_usize,
            row = in(reg) 64_usize,
            a = inout(reg) upper => _,
            b = inout(reg) outputs[0] => _,
            c = inout(reg) outputs[1] => _,
            d = inout(reg) lower.as_ptr() => _,
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
