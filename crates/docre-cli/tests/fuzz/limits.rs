//! How much memory a process may take.

use std::{fs, io};

/// What reading a spoilt file may take more than reading a good one.
pub const GROWTH: u64 = 1 << 30;

/// Lets this process take so much more address space than it has now; more is refused, and the
/// program then aborts.
pub fn limit_growth(growth: u64) -> io::Result<()> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = pages.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    limit(pages * 4096 + growth)
}

/// Lets this process take so much address space.
pub fn limit(bytes: u64) -> io::Result<()> {
    let limits = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the kernel reads the limits and keeps nothing.
    match unsafe { libc::setrlimit(libc::RLIMIT_AS, &limits) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
