//! What this CPU and its operating system let us use.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

use super::Unit;

/// The best unit for bf16 products, or `None`.
pub(super) fn unit() -> Option<Unit> {
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16");
    if !avx512 {
        return None;
    }
    // Operands are packed with AVX-512 for AMX too.
    let amx = cpu_has_tiles(AMX_BF16) && system_keeps_tiles() && tiles_permitted();
    Some(if amx { Unit::Amx } else { Unit::Avx512Bf16 })
}

/// Whether the tiles multiply bytes here.
pub(crate) fn has_amx_int8() -> bool {
    // That the system saves vectors says that it saves more than the oldest registers.
    let asks = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("xsave");
    asks && cpu_has_tiles(AMX_INT8) && system_keeps_tiles() && tiles_permitted()
}

const AMX_BF16: u32 = 1 << 22;
const AMX_TILE: u32 = 1 << 24;
const AMX_INT8: u32 = 1 << 25;

/// Whether the CPU has tiles and products of a kind.
#[allow(unused_unsafe)] // `__cpuid` is unsafe in the oldest compiler we support
fn cpu_has_tiles(products: u32) -> bool {
    let wanted = products | AMX_TILE;
    // SAFETY: every x86-64 CPU has the instruction, and the leaf is read only if it exists.
    let edx = unsafe { if __cpuid(0).eax < 7 { 0 } else { __cpuid_count(7, 0).edx } };
    edx & wanted == wanted
}

/// Whether the operating system saves the tiles when it switches threads.
fn system_keeps_tiles() -> bool {
    #[target_feature(enable = "xsave")]
    fn enabled_states() -> u64 {
        // SAFETY: with the feature there is register 0.
        unsafe { _xgetbv(0) }
    }
    const TILE_CONFIG_AND_DATA: u64 = 1 << 17 | 1 << 18;
    // SAFETY: AVX-512 was detected, so the operating system has enabled xsave.
    let states = unsafe { enabled_states() };
    states & TILE_CONFIG_AND_DATA == TILE_CONFIG_AND_DATA
}

/// Asks Linux for the tiles, which it grants to all threads of the process.
#[cfg(target_os = "linux")]
fn tiles_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST_PERMISSION: i64 = 0x1023;
    const TILE_DATA: i64 = 18;
    let result: i64;
    // SAFETY: the system call touches no memory of ours; it overwrites rcx and r11.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// How other systems grant tiles isn't known here.
#[cfg(not(target_os = "linux"))]
fn tiles_permitted() -> bool {
    false
}
