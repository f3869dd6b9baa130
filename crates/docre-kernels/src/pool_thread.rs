//! Where work is done that calls many kernels.

/// Does some work on a thread of the pool that kernels share their parts out to, and waits for
/// it. From another thread each kernel would wake the pool up and be woken by it, which costs as
/// much as a small kernel.
pub fn on_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
