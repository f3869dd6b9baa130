//! Files that can't get longer.

/// Makes a file that would be longer than the system allows (`ulimit -f`) an error of writing,
/// as a full disk is: by itself the system would end the program, which couldn't remove what it
/// has half-written.
pub fn is_an_error() {
    #[cfg(unix)]
    // SAFETY: to ignore a signal runs nothing.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
