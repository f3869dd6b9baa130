//! Where work is done that calls many kernels.

use std::{
    hint,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use burn::tensor::Device;

use crate::bridge::is_flex;

/// Does some work on a thread of the pool that kernels share their parts out to, and keeps the
/// pool's other threads awake until it is done. On another device than the CPU it is just done.
///
/// A kernel of a small batch takes less time than waking a thread up. So the others look for
/// parts to do all along, as those of OpenMP do, and give way to other programs in between.
pub fn on_pool<R: Send>(device: &Device, work: impl FnOnce() -> R + Send) -> R {
    if !is_flex(device) {
        return work();
    }
    let watch = Watch::default();
    rayon::scope(|scope| {
        let others = rayon::current_num_threads() - 1;
        (0..others).for_each(|_| scope.spawn(|_| watch.keep()));
        watch.begin(others);
        let _ends_here = Ends(&watch);
        work()
    })
}

/// What keeps threads awake.
///
/// A thread that came to watch while it waits for a part of the work would keep the work from
/// ever ending. So threads watch that come before the work has begun, and no others.
#[derive(Default)]
struct Watch {
    come: AtomicUsize,
    begun: AtomicBool,
    ended: AtomicBool,
}

impl Watch {
    /// Lets others come, for a moment.
    fn begin(&self, others: usize) {
        let asked = Instant::now();
        while self.come.load(Ordering::Acquire) < others && asked.elapsed() < PATIENCE {
            thread::yield_now();
        }
        self.begun.store(true, Ordering::Release);
    }

    /// Does what parts of the work there are until it has ended.
    fn keep(&self) {
        if self.begun.load(Ordering::Acquire) {
            return;
        }
        self.come.fetch_add(1, Ordering::AcqRel);
        while !self.ended.load(Ordering::Acquire) {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                (0..SPINS).for_each(|_| hint::spin_loop());
                thread::yield_now();
            }
        }
    }
}

/// Ends a watch when the work ends, by a panic too.
struct Ends<'a>(&'a Watch);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

/// How long others are waited for, which is much longer than an idle thread needs.
const PATIENCE: Duration = Duration::from_micros(500);

/// Rests between two looks for work, together less than a microsecond.
const SPINS: usize = 16;

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    fn sum_to(count: u32) -> u32 {
        (0..count).into_par_iter().with_max_len(1).map(|number| number % 7).sum()
    }

    #[test]
    fn work_returns_what_it_computes_with_the_pools_help() {
        let all = (0..20_000_u32).map(|number| number % 7).sum::<u32>();
        assert_eq!(on_pool(&Device::flex(), || sum_to(20_000)), all);
    }

    #[test]
    fn works_of_several_threads_and_works_inside_works_end() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..50).for_each(|_| {
                        on_pool(&Device::flex(), || {
                            sum_to(50) + on_pool(&Device::flex(), || sum_to(50))
                        });
                    });
                });
            }
        });
    }

    #[test]
    fn threads_are_free_again_after_a_panic() {
        let failed = std::panic::catch_unwind(|| {
            on_pool(&Device::flex(), || panic!("as the test wants it"))
        });
        assert!(failed.is_err());
        assert_eq!(on_pool(&Device::flex(), || sum_to(7)), 21);
    }
}
