//! How the process keeps its memory.

/// Gives freed memory back to the system and forgets how much the process has held, so that
/// the next of several runs is measured as if it were the first.
pub fn begin_anew() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it frees what nobody holds.
    unsafe {
        libc::malloc_trim(0);
    }
    // Where the system has no such file, the peak is that of all runs so far.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Keeps freed memory for the next step instead of giving it back to the system.
///
/// Every training step takes and frees the same hundreds of megabytes. glibc returns large
/// buffers at once, and the system clears each page again when they are next touched: a tenth
/// of a step's time. All threads share one heap, for each one's own would keep what it freed
/// from the others: a third of the peak. A step's buffers are large and few, so nobody waits for
/// it there. Reading makes many small ones and does wait: two threads are slower than one.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const MEGABYTE: libc::c_int = 1 << 20;
        // SAFETY: no other thread runs yet, and any values may be set.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 1);
            // Before 2.35, glibc takes no more than 32 MB.
            let taken = libc::mallopt(libc::M_MMAP_THRESHOLD, 1024 * MEGABYTE) == 1
                || libc::mallopt(libc::M_MMAP_THRESHOLD, 32 * MEGABYTE) == 1;
            // A threshold that is set stops the others from adapting, so all or none.
            if taken {
                libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
                libc::mallopt(libc::M_TOP_PAD, 64 * MEGABYTE);
            }
        }
    }
}
