//! Operands rounded to bf16 and packed into tiles.
//!
//! The rows of the left operand and the columns of the right one are *lanes*; along a
//! lane runs the *depth* that a product sums over. A tile holds 16 lanes by 32 of
//! depth as 16 by 16 words, each a *pair* of bf16 that follow each other in depth.
//! Tiles of the left operand have a row a lane, tiles of the right one a row a pair.
//! Two tiles on top of each other make a *panel* of 32 lanes; what lies beyond the
//! operand is zero.

use crate::matmul::Matrix;

/// Lanes of a tile.
const TILE_LANES: usize = 16;
/// Lanes of a panel.
pub(super) const LANES: usize = 2 * TILE_LANES;
/// Depth of a tile.
pub(super) const DEPTH: usize = 32;

/// 16 words of two bf16, the first one in the lower half.
pub(super) type Words = [u32; 16];

/// 16 lanes by 16 pairs, or 16 pairs by 16 lanes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Tile(pub [Words; 16]);

impl Tile {
    pub const ZERO: Tile = Tile([[0; 16]; 16]);
}

/// What a row of a tile is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Row {
    Lane,
    Pair,
}

/// An operand as lanes by depth.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    data: &'a [f32],
    pub lanes: usize,
    pub depth: usize,
    lane_stride: usize,
    depth_stride: usize,
    row: Row,
}

impl<'a> Operand<'a> {
    pub fn left(a: Matrix<'a>) -> Self {
        Self::new(a, Row::Lane)
    }

    pub fn right(b: Matrix<'a>) -> Self {
        Self::new(b.t(), Row::Pair)
    }

    fn new(lanes: Matrix<'a>, row: Row) -> Self {
        assert!(lanes.row_stride == 1 || lanes.column_stride == 1, "one of the strides is 1");
        let last = |size: usize, stride| size.saturating_sub(1) * stride;
        let end = last(lanes.rows, lanes.row_stride) + last(lanes.columns, lanes.column_stride);
        assert!(end < lanes.data.len(), "the operand lies inside its data");
        Self {
            data: lanes.data,
            lanes: lanes.rows,
            depth: lanes.columns,
            lane_stride: lanes.row_stride,
            depth_stride: lanes.column_stride,
            row,
        }
    }

    pub fn panels(&self) -> usize {
        self.lanes.div_ceil(LANES)
    }
}

/// A part of an operand, counted in panels of lanes and in tiles of depth (steps).
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub panel: usize,
    pub panels: usize,
    pub step: usize,
    pub steps: usize,
}

/// What a CPU does to pack a tile.
pub(super) trait Packer {
    /// Rounds 32 values that follow each other into 16 pairs.
    ///
    /// # Safety
    ///
    /// The CPU can do it, and 32 values can be read.
    unsafe fn pairs(values: *const f32, into: &mut Words);

    /// Rounds 16 first and 16 second values into 16 pairs.
    ///
    /// # Safety
    ///
    /// The CPU can do it, and 16 values can be read from each.
    unsafe fn zip(first: *const f32, second: *const f32, into: &mut Words);

    /// Swaps rows and columns.
    ///
    /// # Safety
    ///
    /// The CPU can do it.
    unsafe fn transpose(tile: &mut Tile);
}

/// Packs a part, panel by panel, each as two tiles a step.
///
/// # Safety
///
/// The CPU can do what the packer needs.
#[inline(always)] // so that it's compiled for the CPU that its caller is compiled for
pub(super) unsafe fn pack<P: Packer>(source: &Operand, part: Part, tiles: &mut [Tile]) {
    let (halves, steps) = (2 * part.panels, part.steps);
    assert_eq!(tiles.len(), halves * steps);
    // No closures here: they'd be compiled for any CPU, and nothing inlined into them.
    for i in 0..halves * steps {
        // The order follows the memory of the source.
        let along = source.depth_stride == 1;
        let (half, step) = if along { (i / steps, i % steps) } else { (i % halves, i / halves) };
        let lane = part.panel * LANES + half * TILE_LANES;
        let tile = &mut tiles[(half / 2 * steps + step) * 2 + half % 2];
        // SAFETY: the caller's promise.
        unsafe { pack_tile::<P>(source, lane, (part.step + step) * DEPTH, tile) };
    }
}

/// # Safety
///
/// As for `pack`.
#[inline(always)]
unsafe fn pack_tile<P: Packer>(source: &Operand, lane: usize, depth: usize, tile: &mut Tile) {
    let along = source.depth_stride == 1;
    if lane + TILE_LANES <= source.lanes && depth + DEPTH <= source.depth {
        let start = lane * source.lane_stride + depth * source.depth_stride;
        let stride = if along { source.lane_stride } else { source.depth_stride };
        // SAFETY: the whole tile lies inside the operand, whose values lie inside the data.
        unsafe { round::<P>(source.data.as_ptr().add(start), stride, along, source.row, tile) };
    } else if lane >= source.lanes || depth >= source.depth {
        *tile = Tile::ZERO;
    } else {
        let (values, stride) = edge(source, lane, depth);
        // SAFETY: the values are as many as a tile holds, row by row.
        unsafe { round::<P>(values.as_ptr(), stride, along, source.row, tile) };
    }
}

/// The values of a tile that lies partly outside the operand, which are zero there,
/// and the stride of their rows, which run in the direction that the source's do.
#[cold]
fn edge(source: &Operand, lane: usize, depth: usize) -> ([f32; TILE_LANES * DEPTH], usize) {
    let mut values = [0.0; TILE_LANES * DEPTH];
    let lanes = TILE_LANES.min(source.lanes - lane);
    let depths = DEPTH.min(source.depth - depth);
    let start = lane * source.lane_stride + depth * source.depth_stride;
    let (stride, rows, length, width) = if source.depth_stride == 1 {
        (source.lane_stride, lanes, depths, DEPTH)
    } else {
        (source.depth_stride, depths, lanes, TILE_LANES)
    };
    for (row, values) in values.chunks_exact_mut(width).take(rows).enumerate() {
        let from = start + row * stride;
        values[..length].copy_from_slice(&source.data[from..from + length]);
    }
    (values, width)
}

/// Rounds the values of a tile that lie in rows `stride` apart: 16 rows along the depth,
/// or else 32 rows along the lanes.
///
/// # Safety
///
/// The rows can be read, and the CPU can do what the packer needs.
#[inline(always)]
unsafe fn round<P: Packer>(
    values: *const f32,
    stride: usize,
    along: bool,
    row: Row,
    tile: &mut Tile,
) {
    for (i, words) in tile.0.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            if along {
                P::pairs(values.add(i * stride), words);
            } else {
                P::zip(values.add(2 * i * stride), values.add((2 * i + 1) * stride), words);
            }
        }
    }
    if along != (row == Row::Lane) {
        // SAFETY: the caller's promise.
        unsafe { P::transpose(tile) };
    }
}
