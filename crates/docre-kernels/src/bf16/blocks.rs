//! A product, block by block.
//!
//! The operand with fewer lanes is packed whole and shared by all threads. The lanes
//! of the other one are split into parts, one a task, which packs its part itself,
//! a chunk of depth at a time, into memory that stays in its core's cache. Chunks
//! are short, so that a panel of the shared operand stays in the first-level cache.

use std::cell::Cell;
use std::ops::Range;
use std::thread::LocalKey;

use rayon::prelude::*;

use super::pack::{DEPTH, LANES, Operand, Part, Tile};
use crate::matmul::{Into, Matrix, Target};

/// Most steps of a chunk: with 16, a panel of the shared operand takes 32 KiB of the first-level
/// cache, while those of the own operand stream past from the second level.
const CHUNK_STEPS: usize = 16;
/// Most panels that a task packs for itself: at most 192 KiB a chunk.
const OWN_PANELS: usize = 6;
/// Most panels of the shared operand in a task, so that its output stays in the
/// second-level cache from chunk to chunk.
const SHARED_PANELS: usize = 48;
/// Fewest multiplications that are worth waking other threads for.
const PARALLEL_WORK: usize = 1 << 22;

/// A unit that packs and multiplies.
pub(super) trait Kernel {
    /// Packs a part of an operand, panel by panel, each as two tiles a step.
    ///
    /// # Safety
    ///
    /// The CPU has the unit.
    unsafe fn pack(source: &Operand, part: Part, tiles: &mut [Tile]);

    /// Does work that multiplies on the calling thread.
    ///
    /// # Safety
    ///
    /// The CPU has the unit.
    unsafe fn run(work: impl FnOnce());

    /// `out = a b` or `out += a b` for a panel of each operand, of the same length. Of the 32
    /// rows and columns the first `size` matter; what becomes of the others is left open.
    ///
    /// # Safety
    ///
    /// The CPU has the unit, the call comes from inside `run`, and `out` may be read
    /// and written at 32 rows of 32, `stride` apart.
    unsafe fn multiply(
        a: &[Tile],
        b: &[Tile],
        out: *mut f32,
        stride: usize,
        size: Size,
        into: Into,
    );
}

/// Rows and columns of a block of the output, at most 32 each.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub rows: usize,
    pub columns: usize,
}

impl Size {
    const WHOLE: Self = Self { rows: LANES, columns: LANES };
}

thread_local! {
    // Kept from call to call, since small products would spend their time on allocation.
    static SHARED: Cell<Vec<Tile>> = const { Cell::new(Vec::new()) };
    static OWN: Cell<Vec<Tile>> = const { Cell::new(Vec::new()) };
}

/// Lends the thread's memory to some work. The memory is taken out while it's lent,
/// since a thread that waits for others may take up another product.
fn with_tiles(
    memory: &'static LocalKey<Cell<Vec<Tile>>>,
    count: usize,
    work: impl FnOnce(&mut [Tile]),
) {
    let mut tiles = memory.take();
    if tiles.len() < count {
        tiles = vec![Tile::ZERO; count];
    }
    work(&mut tiles[..count]);
    memory.set(tiles);
}

/// The product on a unit; see `product` of the module above.
///
/// # Safety
///
/// The CPU has the unit, the target has room for the product, and holds values if they are
/// added to.
pub(super) unsafe fn product<K: Kernel>(
    out: Target,
    a: Matrix,
    b: Matrix,
    into: Into,
    parallel: bool,
) {
    assert_eq!(a.columns, b.rows, "the inner sizes of a product agree");
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    assert!(n <= out.stride || m == 1, "rows of the output don't overlap");
    if k == 0 {
        if into == Into::Replace {
            // SAFETY: the target has room for the rows.
            (0..m).for_each(|row| unsafe { out.start.add(row * out.stride).write_bytes(0, n) });
        }
        return;
    }
    let parallel = parallel && m * n * k >= PARALLEL_WORK;
    let threads = if parallel { rayon::current_num_threads() } else { 1 };
    let output = Output { start: out.start, stride: out.stride, rows: m, columns: n, into };
    let plan = Plan::new(Operand::left(a), Operand::right(b), threads);
    with_tiles(&SHARED, plan.shared_tiles(), |tiles| {
        // SAFETY: the CPU has the unit by the caller's promise.
        each_mut(parallel, tiles, 2 * plan.chunk_steps, |i, tiles| unsafe {
            plan.pack_shared::<K>(i, tiles)
        });
        let tiles = &*tiles;
        each(parallel, plan.own_parts * plan.shared_parts, |task| {
            // SAFETY: the CPU has the unit, the output is borrowed by the caller and
            // holds the product, and tasks write to blocks that don't overlap.
            unsafe { plan.task::<K>(task, tiles, &output) }
        });
    });
}

/// Calls for each number below `count`.
fn each(parallel: bool, count: usize, call: impl Fn(usize) + Send + Sync) {
    if parallel {
        (0..count).into_par_iter().for_each(call);
    } else {
        (0..count).for_each(call);
    }
}

/// Calls for each chunk of `length` tiles.
fn each_mut(
    parallel: bool,
    tiles: &mut [Tile],
    length: usize,
    call: impl Fn(usize, &mut [Tile]) + Send + Sync,
) {
    if parallel {
        tiles.par_chunks_mut(length).enumerate().for_each(|(i, tiles)| call(i, tiles));
    } else {
        tiles.chunks_mut(length).enumerate().for_each(|(i, tiles)| call(i, tiles));
    }
}

/// How a product is split into tasks.
struct Plan<'a> {
    shared: Operand<'a>,
    own: Operand<'a>,
    /// Whether the shared operand is the left one.
    shared_left: bool,
    shared_parts: usize,
    own_parts: usize,
    steps: usize,
    chunk_steps: usize,
}

impl<'a> Plan<'a> {
    fn new(left: Operand<'a>, right: Operand<'a>, threads: usize) -> Self {
        let shared_left = left.lanes <= right.lanes;
        let (shared, own) = if shared_left { (left, right) } else { (right, left) };
        let (own_panels, shared_panels) = (own.panels(), shared.panels());
        // As many parts for each thread, if there are enough.
        let own_parts = own_panels.div_ceil(OWN_PANELS).next_multiple_of(threads).min(own_panels);
        let shared_parts = shared_panels.div_ceil(SHARED_PANELS);
        let shared_parts = shared_parts.max(threads.div_ceil(own_parts)).min(shared_panels);
        let steps = left.depth.div_ceil(DEPTH);
        let chunk_steps = steps.div_ceil(steps.div_ceil(CHUNK_STEPS));
        Self { shared, own, shared_left, shared_parts, own_parts, steps, chunk_steps }
    }

    fn chunks(&self) -> usize {
        self.steps.div_ceil(self.chunk_steps)
    }

    /// The steps of a chunk; the last one may be shorter.
    fn chunk(&self, chunk: usize) -> Range<usize> {
        let start = chunk * self.chunk_steps;
        start..(start + self.chunk_steps).min(self.steps)
    }

    /// Room for whole chunks of all panels of the shared operand.
    fn shared_tiles(&self) -> usize {
        self.chunks() * self.shared.panels() * 2 * self.chunk_steps
    }

    /// Packs a chunk of a panel of the shared operand, counted through all chunks.
    ///
    /// # Safety
    ///
    /// The CPU has the unit.
    unsafe fn pack_shared<K: Kernel>(&self, i: usize, tiles: &mut [Tile]) {
        let (chunk, panel) = (i / self.shared.panels(), i % self.shared.panels());
        let steps = self.chunk(chunk);
        let part = Part { panel, panels: 1, step: steps.start, steps: steps.len() };
        // SAFETY: the caller's promise.
        unsafe { K::pack(&self.shared, part, &mut tiles[..2 * steps.len()]) };
    }

    /// The packed chunk of a panel of the shared operand.
    fn shared_panel<'t>(&self, tiles: &'t [Tile], chunk: usize, panel: usize) -> &'t [Tile] {
        let start = (chunk * self.shared.panels() + panel) * 2 * self.chunk_steps;
        &tiles[start..start + 2 * self.chunk(chunk).len()]
    }

    /// Packs a part of the own operand and multiplies it by a part of the shared one.
    ///
    /// # Safety
    ///
    /// The CPU has the unit, and nobody else touches the task's blocks of the output.
    unsafe fn task<K: Kernel>(&self, task: usize, shared: &[Tile], output: &Output) {
        let own = share(self.own.panels(), self.own_parts, task % self.own_parts);
        let panels = share(self.shared.panels(), self.shared_parts, task / self.own_parts);
        with_tiles(&OWN, 2 * own.len() * self.chunk_steps, |tiles| {
            let work = || {
                for chunk in 0..self.chunks() {
                    // SAFETY: the caller's promise.
                    unsafe { self.chunk_of_task::<K>(chunk, &own, &panels, tiles, shared, output) };
                }
            };
            // SAFETY: the CPU has the unit.
            unsafe { K::run(work) };
        });
    }

    /// # Safety
    ///
    /// As for `task`, and inside the unit's `run`.
    unsafe fn chunk_of_task<K: Kernel>(
        &self,
        chunk: usize,
        own: &Range<usize>,
        panels: &Range<usize>,
        tiles: &mut [Tile],
        shared: &[Tile],
        output: &Output,
    ) {
        let steps = self.chunk(chunk);
        let part =
            Part { panel: own.start, panels: own.len(), step: steps.start, steps: steps.len() };
        let tiles = &mut tiles[..2 * own.len() * steps.len()];
        // SAFETY: the caller's promise.
        unsafe { K::pack(&self.own, part, tiles) };
        let into = if chunk == 0 { output.into } else { Into::Add };
        for panel in panels.clone() {
            let left = self.shared_panel(shared, chunk, panel);
            for (right, own) in tiles.chunks_exact(2 * steps.len()).zip(own.clone()) {
                // SAFETY: the caller's promise; both panels lie inside their operands.
                unsafe {
                    if self.shared_left {
                        output.multiply::<K>(left, right, panel, own, into);
                    } else {
                        output.multiply::<K>(right, left, own, panel, into);
                    }
                }
            }
        }
    }
}

/// The `i`-th of `parts` shares of `count` that are as even as can be.
fn share(count: usize, parts: usize, i: usize) -> Range<usize> {
    i * count / parts..(i + 1) * count / parts
}

/// Where a product goes.
struct Output {
    start: *mut f32,
    stride: usize,
    rows: usize,
    columns: usize,
    into: Into,
}

// SAFETY: threads reach the output through `multiply` alone, whose callers promise
// that no two of them touch the same block.
unsafe impl Sync for Output {}

impl Output {
    /// Multiplies the panels of a block of 32 rows and 32 columns.
    ///
    /// # Safety
    ///
    /// The CPU has the unit, the call comes from inside its `run`, the output may be
    /// written, the block begins inside it, and nobody else touches the block.
    unsafe fn multiply<K: Kernel>(
        &self,
        a: &[Tile],
        b: &[Tile],
        row_panel: usize,
        column_panel: usize,
        into: Into,
    ) {
        let (row, column) = (row_panel * LANES, column_panel * LANES);
        let rows = LANES.min(self.rows - row);
        let columns = LANES.min(self.columns - column);
        let size = Size { rows, columns };
        // SAFETY: the block begins inside the output.
        let start = unsafe { self.start.add(row * self.stride + column) };
        if size == Size::WHOLE {
            // SAFETY: the whole block lies inside the output.
            unsafe { K::multiply(a, b, start, self.stride, size, into) };
            return;
        }
        let mut block = Block([[0.0; LANES]; LANES]);
        let from = block.0.as_mut_ptr().cast();
        // SAFETY: rows and columns are those inside the output, and the block is whole.
        unsafe {
            if into == Into::Add {
                copy(start, self.stride, from, LANES, rows, columns);
            }
            K::multiply(a, b, from, LANES, size, into);
            copy(from, LANES, start, self.stride, rows, columns);
        }
    }
}

/// A block of the output, for those at its edges.
#[repr(align(64))]
struct Block([[f32; LANES]; LANES]);

/// Copies rows between memory with two strides.
///
/// # Safety
///
/// The rows may be read and written, and the two memories don't overlap.
unsafe fn copy(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    rows: usize,
    columns: usize,
) {
    for row in 0..rows {
        // SAFETY: the caller's promise.
        unsafe {
            let from = from.add(row * from_stride);
            std::ptr::copy_nonoverlapping(from, to.add(row * to_stride), columns);
        }
    }
}
