//! Products of rounded rows and packed weights, and what follows them.

use std::{ops::Range, time::Instant};

use multiversion::multiversion;
use rayon::prelude::*;

use super::{
    matrix::Int8Matrix,
    memory,
    packed::{DEPTH, LANES, PANEL, Packed, Tile},
    rows::quantise_rows,
    units::{Block, Int8Unit, unit},
};
use crate::{
    linear::Activation,
    math,
    matmul::{Matrix, Shared, Target},
};

/// Most rows of a task: with what it multiplies them by, they stay in its core's cache.
const TASK_ROWS: usize = 128;
/// Fewest multiplications that are worth waking other threads for.
const PARALLEL_WORK: usize = 1 << 21;

/// A linear map with its bias and activation.
#[derive(Clone, Copy)]
pub(super) struct Map<'a> {
    pub weight: &'a Packed,
    pub bias: &'a [f32],
    pub activation: Activation,
}

/// Rows that have been rounded.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub unit: Int8Unit,
    /// Halves of panels, 16 rows each, one after another.
    pub tiles: &'a [Tile],
    pub scales: &'a [f32],
}

/// Rounds rows in the thread's memory, and lends them to some work.
pub(super) fn with_rows<R>(unit: Int8Unit, x: Matrix, work: impl FnOnce(Rows) -> R) -> R {
    let steps = x.columns.div_ceil(DEPTH);
    let tiles = x.rows.div_ceil(LANES) * steps;
    memory::with(&memory::FIRST, tiles, Tile::ZERO, |tiles| {
        let mut scales = vec![0.0; x.rows];
        quantise_rows(x.data, x.columns, unit.flip(), tiles, &mut scales);
        work(Rows { unit, tiles, scales: &scales })
    })
}

impl Rows<'_> {
    /// Writes what the rows become in some panels of outputs.
    ///
    /// # Safety
    ///
    /// The call comes from inside the unit's `run`, and no other thread touches what is written:
    /// these outputs of as many rows from `out` on.
    pub unsafe fn map(self, map: Map, panels: Range<usize>, out: Target) {
        let Self { unit, tiles, scales } = self;
        let steps = map.weight.steps();
        for panel in panels {
            let first = panel * PANEL;
            let columns = PANEL.min(map.weight.outputs - first);
            let mut bias = [0.0; PANEL];
            bias[..columns].copy_from_slice(&map.bias[first..first + columns]);
            let of_outputs = map.weight.scales[first..].first_chunk().expect("whole panels");
            let start = starting(unit, map.weight.sums(0, panel));
            let mut block = Block::ZERO;
            for (number, scales) in scales.chunks(PANEL).enumerate() {
                if let Some(start) = start {
                    block = Block([start; PANEL]);
                }
                let halves = halves(tiles, steps, number, scales.len());
                // SAFETY: the caller's promise.
                unsafe {
                    let halves = &halves[..scales.len().div_ceil(LANES)];
                    let weights = map.weight.panel(0, panel);
                    unit.multiply(halves, weights, &mut block, start.is_some());
                    let row = number * PANEL;
                    let start = out.start.add(row * out.stride + first);
                    let finish = Finish { scales, of_outputs, bias: &bias, columns };
                    finish_block(&block, &finish, map.activation, start, out.stride);
                }
            }
        }
    }
}

/// The tiles of the two halves of a panel of rows; the second is the first where it is missing.
pub(super) fn halves(tiles: &[Tile], steps: usize, panel: usize, rows: usize) -> [&[Tile]; 2] {
    let half = |half: usize| &tiles[half * steps..(half + 1) * steps];
    [half(2 * panel), half(2 * panel + usize::from(rows > LANES))]
}

/// What sums begin with where bytes of rows are turned, so that they end as if they weren't.
pub(super) fn starting(unit: Int8Unit, sums: &[i32; PANEL]) -> Option<[i32; PANEL]> {
    (unit.flip() != 0).then(|| sums.map(|sum| -128 * sum))
}

/// What makes a block's sums values.
struct Finish<'a> {
    scales: &'a [f32],
    of_outputs: &'a [f32; PANEL],
    bias: &'a [f32; PANEL],
    columns: usize,
}

/// Writes the values of a block.
///
/// # Safety
///
/// Rows of so many columns may be written, a row a scale, `stride` apart.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
unsafe fn finish_block(
    block: &Block,
    finish: &Finish,
    activation: Activation,
    start: *mut f32,
    stride: usize,
) {
    if finish.columns < PANEL {
        let mut rows = [[0.0; PANEL]; PANEL];
        // SAFETY: the rows are whole.
        unsafe { finish_rows(block, finish, activation, rows.as_mut_ptr().cast(), PANEL) };
        for (number, row) in rows.iter().enumerate().take(finish.scales.len()) {
            // SAFETY: the caller's promise.
            unsafe {
                let out = start.add(number * stride);
                row.as_ptr().copy_to_nonoverlapping(out, finish.columns);
            }
        }
        return;
    }
    // SAFETY: the caller's promise.
    unsafe { finish_rows(block, finish, activation, start, stride) };
}

/// Writes the values of a block with all columns.
///
/// # Safety
///
/// As for [`finish_block`].
#[inline(always)]
unsafe fn finish_rows(
    block: &Block,
    finish: &Finish,
    activation: Activation,
    start: *mut f32,
    stride: usize,
) {
    let Finish { scales, of_outputs, bias, .. } = *finish;
    for (row, (sums, scale)) in block.0.iter().zip(scales).enumerate() {
        let mut values = [0.0; PANEL];
        for (i, value) in values.iter_mut().enumerate() {
            *value = (sums[i] as f32).mul_add(scale * of_outputs[i], bias[i]);
        }
        match activation {
            Activation::None => {}
            Activation::Gelu => values.iter_mut().for_each(|x| *x = math::gelu(*x)),
            Activation::GeluTanh => values.iter_mut().for_each(|x| *x = math::gelu_tanh(*x)),
            Activation::Tanh => values.iter_mut().for_each(|x| *x = math::tanh(*x)),
        }
        // SAFETY: the caller's promise.
        unsafe { start.add(row * stride).cast::<[f32; PANEL]>().write_unaligned(values) };
    }
}

/// How rows and outputs are shared out to threads.
pub(super) struct Plan {
    rows: usize,
    row_parts: usize,
    column_parts: usize,
}

impl Plan {
    /// Tasks for so many rows, each multiplied by so many weights; outputs are cut too, in at most
    /// so many parts, where rows are too few for all threads.
    pub fn new(rows: usize, weights: usize, most_rows: usize, most_column_parts: usize) -> Self {
        let parallel = rows.saturating_mul(weights) >= PARALLEL_WORK;
        let threads = if parallel { rayon::current_num_threads() } else { 1 };
        let panels = rows.div_ceil(PANEL).max(1);
        let parts = panels.div_ceil(most_rows.div_ceil(PANEL));
        let row_parts = parts.next_multiple_of(threads).min(panels);
        let column_parts = threads.div_ceil(row_parts).min(most_column_parts.max(1));
        Self { rows, row_parts, column_parts }
    }

    /// Calls `task` with each part of the rows and each part of the outputs, of so many.
    pub fn each(&self, task: impl Fn(Range<usize>, (usize, usize)) + Sync) {
        let count = self.row_parts * self.column_parts;
        let call = |number: usize| {
            let panels = self.rows.div_ceil(PANEL);
            let rows = share(panels, self.row_parts, number % self.row_parts);
            let rows = rows.start * PANEL..(rows.end * PANEL).min(self.rows);
            task(rows, (number / self.row_parts, self.column_parts));
        };
        if count > 1 {
            (0..count).into_par_iter().for_each(call);
        } else {
            call(0);
        }
    }
}

/// The `i`-th of `parts` shares of `count` that are as even as can be.
fn share(count: usize, parts: usize, i: usize) -> Range<usize> {
    i * count / parts..(i + 1) * count / parts
}

/// What each map makes of the rows, in a buffer of its own. Bits don't depend on threads or unit.
pub(super) fn maps<const N: usize>(unit: Int8Unit, x: Matrix, maps: [Map; N]) -> [Vec<f32>; N] {
    assert!(x.column_stride == 1 && x.row_stride == x.columns, "rows one behind another");
    let mut outs = maps.map(|map| {
        let Packed { depth, section, outputs, .. } = *map.weight;
        assert!(depth == x.columns && section == depth, "the inner sizes of a product agree");
        assert_eq!(map.bias.len(), outputs, "a bias for each output");
        Vec::<f32>::with_capacity(x.rows * outputs)
    });
    let targets = outs.each_mut().map(Shared::of_spare);
    let weights: usize = maps.iter().map(|map| map.weight.outputs * x.columns).sum();
    let most_parts = maps.iter().map(|map| map.weight.panels()).min().unwrap_or(1);
    Plan::new(x.rows, weights, TASK_ROWS, most_parts).each(|rows, (part, parts)| {
        if rows.is_empty() {
            return;
        }
        with_rows(unit, x.part(rows.clone()), |quantised| {
            unit.run(|| {
                for (map, out) in maps.iter().zip(targets) {
                    let outputs = map.weight.outputs;
                    let panels = share(map.weight.panels(), parts, part);
                    let out = out.target(rows.start * outputs, rows.len(), outputs, outputs);
                    // SAFETY: no other task writes these outputs of these rows.
                    unsafe { quantised.map(*map, panels, out) };
                }
            });
        });
    });
    for (out, map) in outs.iter_mut().zip(maps) {
        // SAFETY: tasks have written all rows and outputs.
        unsafe { out.set_len(x.rows * map.weight.outputs) };
    }
    outs
}

/// The seconds that the fastest of ten products took, of rows that are rounded each time.
pub(crate) fn rate_of(a: Matrix, b: Matrix) -> f64 {
    let transposed: Vec<f32> =
        (0..b.columns).flat_map(|j| (0..b.rows).map(move |i| b.data[i * b.columns + j])).collect();
    let matrix = Int8Matrix::quantise(&transposed, b.columns, b.rows);
    let weight = Packed::new(&matrix, 0..b.rows, b.rows);
    let bias = vec![0.0; b.columns];
    let map = Map { weight: &weight, bias: &bias, activation: Activation::None };
    let seconds = (0..=10).map(|_| {
        let begun = Instant::now();
        std::hint::black_box(maps(unit(), a, [map]));
        begun.elapsed().as_secs_f64()
    });
    seconds.skip(1).fold(f64::INFINITY, f64::min)
}
