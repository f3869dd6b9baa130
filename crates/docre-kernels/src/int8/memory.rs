//! Memory that each thread keeps from call to call: small products would spend their time on
//! allocation.

use std::{cell::Cell, thread::LocalKey};

use super::{packed::Tile, units::Block};

thread_local! {
    pub(super) static FIRST: Cell<Vec<Tile>> = const { Cell::new(Vec::new()) };
    pub(super) static SECOND: Cell<Vec<Tile>> = const { Cell::new(Vec::new()) };
    pub(super) static INNER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
    pub(super) static OUTER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
    pub(super) static SUMS: Cell<Vec<Block>> = const { Cell::new(Vec::new()) };
}

/// Lends the thread's memory to some work, with whatever it held. It is taken out while it's lent,
/// since a thread that waits for others may take up another product.
pub(super) fn with<T: Clone, R>(
    memory: &'static LocalKey<Cell<Vec<T>>>,
    count: usize,
    blank: T,
    work: impl FnOnce(&mut [T]) -> R,
) -> R {
    let mut values = memory.take();
    if values.len() < count {
        values = vec![blank; count];
    }
    let result = work(&mut values[..count]);
    memory.set(values);
    result
}
