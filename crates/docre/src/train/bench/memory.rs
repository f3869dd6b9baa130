//! How much memory the process has held.

use std::fs;

/// The most memory that this process has held since it began or since [`reset_peak`], in MB
/// (2^20 bytes), where the system tells.
pub(super) fn peak_megabytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Counts the peak from what is held now, where the system can.
pub(super) fn reset_peak() {
    // Nothing depends on it but the number shown, which is then too high.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
