//! The grouped bilinear classifier in eight bits.
//!
//! A pair's head and tail values of a group are rounded to 12 bits, each by the greatest of them,
//! so that the high half of a product of two is a byte: the outer products are made as bytes,
//! where they are multiplied. Each group has sums of its own, which the two scales then turn into
//! floats.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use multiversion::multiversion;

use super::{
    linear::no_gradient,
    matrix::{Int8Matrix, LEAST, NEAREST},
    memory,
    packed::{DEPTH, LANES, MOST_DEPTH, PANEL, Packed, Tile},
    product::{Plan, halves, starting},
    units::{Block, Int8Unit, unit},
};
use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse},
    matmul::Shared,
};

/// The weight of a grouped bilinear map, packed for products in eight bits. Copies share it.
#[derive(Debug, Clone)]
pub struct Int8Bilinear {
    packed: Arc<Packed>,
    block: usize,
}

impl Int8Bilinear {
    /// Packs a weight `[classes, width * block]`, columns ordered group, head value, tail value.
    ///
    /// # Panics
    ///
    /// Panics if columns aren't whole groups, or if groups are larger than [`Self::takes`] says.
    pub fn new(weight: &Int8Matrix, block: usize) -> Self {
        let columns = weight.dims()[1];
        Self { packed: Arc::new(Packed::new(weight, 0..columns, block * block)), block }
    }

    /// Whether groups of so many values can be summed.
    pub fn takes(block: usize) -> bool {
        (1..=MOST_DEPTH).contains(&(block * block))
    }
}

/// [`grouped_bilinear()`](crate::grouped_bilinear()) with a weight in eight bits, on the CPU.
///
/// # Shapes
///
/// - heads, tails: `[pairs, width]`
/// - bias: `[classes]`
/// - output: `[pairs, classes]`
pub fn grouped_bilinear_int8(
    heads: Tensor<2>,
    tails: Tensor<2>,
    weight: &Int8Bilinear,
    bias: Tensor<1>,
) -> Tensor<2> {
    let inputs = [heads.into_dispatch(), tails.into_dispatch(), bias.into_dispatch()];
    fuse(Arc::new(BilinearInt8Op { weight: weight.clone() }), inputs)
}

/// Most pairs of a task.
const TASK_PAIRS: usize = 128;
/// Most tiles of outer products that a half of a panel of pairs holds at a time: with 128 pairs,
/// 256 kB.
const CHUNK: usize = 32;
/// The magnitude that a group's greatest head and tail value are rounded to: the high 17 bits of
/// the product of two are 127, rounded.
const MOST: f32 = 2040.0;
/// What a product of two is cut by.
const CUT: u32 = 15;

#[derive(Debug)]
struct BilinearInt8Op {
    weight: Int8Bilinear,
}

impl FusedOp for BilinearInt8Op {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [heads, tails, bias] = inputs else { unreachable!("three inputs") };
        let classes = bias.data.len();
        let pairs = heads.shape[0];
        let out = logits(unit(), &self.weight, [heads.data, tails.data], bias.data, pairs);
        (out, vec![pairs, classes], Saved::default())
    }

    fn backward(&self, _inputs: &[Option<View>], _saved: &Saved, _grad: &[f32]) -> Vec<Grad> {
        no_gradient()
    }
}

/// The scores of pairs, `[pairs, classes]`, from their heads and tails.
pub(super) fn logits(
    unit: Int8Unit,
    weight: &Int8Bilinear,
    [heads, tails]: [&[f32]; 2],
    bias: &[f32],
    pairs: usize,
) -> Vec<f32> {
    let (packed, classes) = (&*weight.packed, bias.len());
    let width = packed.depth / weight.block;
    assert_eq!(packed.outputs, classes, "a bias for each class");
    assert!(heads.len() == pairs * width && tails.len() == heads.len(), "whole pairs");
    let mut out: Vec<f32> = Vec::with_capacity(pairs * classes);
    let shared = Shared::of_spare(&mut out);
    Plan::new(pairs, packed.depth * classes, TASK_PAIRS, 1).each(|rows, _| {
        // SAFETY: no other task touches these pairs.
        let out = unsafe { shared.zeroed(rows.start * classes, rows.len() * classes) };
        out.chunks_exact_mut(classes.max(1)).for_each(|row| row.copy_from_slice(bias));
        let part = rows.start * width..rows.end * width;
        let task = Task {
            unit,
            packed,
            block: weight.block,
            width,
            heads: &heads[part.clone()],
            tails: &tails[part],
        };
        unit.run(|| (0..packed.sections()).for_each(|group| task.add_group(group, out)));
    });
    // SAFETY: tasks have written all pairs.
    unsafe { out.set_len(pairs * classes) };
    out
}

/// The work on some pairs.
struct Task<'a> {
    unit: Int8Unit,
    packed: &'a Packed,
    block: usize,
    width: usize,
    heads: &'a [f32],
    tails: &'a [f32],
}

/// A pair's values of a group, rounded.
struct Rounded {
    heads: Vec<i16>,
    tails: Vec<i16>,
    /// What a byte of the outer product stands for.
    scales: Vec<f32>,
}

impl Task<'_> {
    fn pairs(&self) -> usize {
        self.heads.len() / self.width.max(1)
    }

    /// Adds what a group says to the scores.
    fn add_group(&self, group: usize, out: &mut [f32]) {
        let rounded = self.rounded(group);
        let (pairs, panels) = (self.pairs(), self.packed.panels());
        let blocks = pairs.div_ceil(PANEL) * panels;
        let halves = pairs.div_ceil(LANES);
        memory::with(&memory::SUMS, blocks, Block::ZERO, |blocks| {
            for (number, block) in blocks.iter_mut().enumerate() {
                let sums = self.packed.sums(group, number % panels);
                if let Some(start) = starting(self.unit, sums) {
                    *block = Block([start; PANEL]);
                }
            }
            memory::with(&memory::FIRST, halves * CHUNK, Tile::ZERO, |tiles| {
                let steps = self.packed.steps();
                for first in (0..steps).step_by(CHUNK) {
                    let steps = first..(first + CHUNK).min(steps);
                    let tiles = &mut tiles[..halves * steps.len()];
                    self.outer_products(&rounded, &steps, tiles);
                    self.multiply(group, &steps, tiles, blocks);
                }
            });
            let scales = &rounded.scales;
            add_blocks(blocks, panels, scales, &self.packed.scales, self.packed.outputs, out);
        });
    }

    fn rounded(&self, group: usize) -> Rounded {
        let (block, pairs) = (self.block, self.pairs());
        let mut rounded = Rounded {
            heads: vec![0; pairs * block],
            tails: vec![0; pairs * block],
            scales: vec![0.0; pairs],
        };
        for pair in 0..pairs {
            let from = pair * self.width + group * block;
            let part = pair * block..(pair + 1) * block;
            let head = round(&self.heads[from..from + block], &mut rounded.heads[part.clone()]);
            let tail = round(&self.tails[from..from + block], &mut rounded.tails[part]);
            rounded.scales[pair] = head * tail * (1 << CUT) as f32;
        }
        rounded
    }

    /// Writes the outer products of some steps of all pairs.
    fn outer_products(&self, rounded: &Rounded, steps: &Range<usize>, tiles: &mut [Tile]) {
        let (block, flip) = (self.block, self.unit.flip());
        let pairs = rounded.heads.chunks_exact(block).zip(rounded.tails.chunks_exact(block));
        for (pair, (heads, tails)) in pairs.enumerate() {
            let tiles = &mut tiles[pair / LANES * steps.len()..][..steps.len()];
            match tails.first_chunk::<DEPTH>() {
                Some(tails) if block == DEPTH => {
                    let heads = &heads[steps.clone()];
                    outer_by_tiles(heads, tails, flip, tiles, pair % LANES);
                }
                _ => outer(heads, tails, steps.start * DEPTH, flip, tiles, pair % LANES),
            }
        }
    }

    /// Adds the products of some steps to all blocks.
    fn multiply(&self, group: usize, steps: &Range<usize>, tiles: &[Tile], blocks: &mut [Block]) {
        let (pairs, panels) = (self.pairs(), self.packed.panels());
        let add = steps.start > 0 || self.unit.flip() != 0;
        for (number, block) in blocks.iter_mut().enumerate() {
            let (row, panel) = (number / panels, number % panels);
            let rows = PANEL.min(pairs - row * PANEL);
            let outputs = self.packed.panel(group, panel).map(|half| &half[steps.clone()]);
            let halves = halves(tiles, steps.len(), row, rows);
            // SAFETY: tasks call this inside the unit's `run`.
            unsafe { self.unit.multiply(&halves[..rows.div_ceil(LANES)], outputs, block, add) };
        }
    }
}

/// Rounds values by the greatest of them, and says what one of the integers stands for. Values
/// that aren't finite make that not a number.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn round(values: &[f32], out: &mut [i16]) -> f32 {
    let most = values.iter().fold(0u32, |most, value| most.max(value.to_bits() & 0x7fff_ffff));
    let most = f32::from_bits(most);
    if !most.is_finite() {
        out.fill(0);
        return f32::NAN;
    }
    let factor = if most < LEAST { 0.0 } else { MOST / most };
    for (out, value) in out.iter_mut().zip(values) {
        *out = value.mul_add(factor, NEAREST).to_bits() as i16;
    }
    if most < LEAST { 0.0 } else { most / MOST }
}

/// A byte of an outer product.
#[inline(always)]
fn byte(head: i16, tail: i16) -> i8 {
    ((i32::from(head) * i32::from(tail) + (1 << (CUT - 1))) >> CUT) as i8
}

/// A row of each tile is a head value times all 64 tail values.
fn outer_by_tiles(heads: &[i16], tails: &[i16; DEPTH], flip: u8, tiles: &mut [Tile], lane: usize) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512bw") {
        // SAFETY: the CPU has the feature.
        return unsafe { outer_by_avx512(heads, tails, flip, tiles, lane) };
    }
    outer_plainly(heads, tails, flip, tiles, lane);
}

/// The same with the instruction that does what [`byte`] does.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn outer_by_avx512(heads: &[i16], tails: &[i16; DEPTH], flip: u8, tiles: &mut [Tile], lane: usize) {
    use std::arch::x86_64::*;
    // Two vectors are packed to bytes eight values at a time, in turn.
    let place = |vector: usize, i: usize| i / 8 * 16 + vector * 8 + i % 8;
    let vector = |number: usize| -> [i16; 32] { std::array::from_fn(|i| tails[place(number, i)]) };
    let parts = [vector(0), vector(1)];
    // SAFETY: 32 values of 16 bits are 64 bytes.
    let parts = unsafe {
        [_mm512_loadu_si512(parts[0].as_ptr().cast()), _mm512_loadu_si512(parts[1].as_ptr().cast())]
    };
    let flip = _mm512_set1_epi8(flip as i8);
    for (head, tile) in heads.iter().zip(tiles) {
        let head = _mm512_set1_epi16(*head);
        let first = _mm512_mulhrs_epi16(head, parts[0]);
        let second = _mm512_mulhrs_epi16(head, parts[1]);
        let bytes = _mm512_xor_si512(_mm512_packs_epi16(first, second), flip);
        // SAFETY: a row of a tile is 64 bytes.
        unsafe { _mm512_storeu_si512(tile.0[lane].as_mut_ptr().cast(), bytes) };
    }
}

/// The same on any CPU.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn outer_plainly(heads: &[i16], tails: &[i16; DEPTH], flip: u8, tiles: &mut [Tile], lane: usize) {
    for (head, tile) in heads.iter().zip(tiles) {
        for (out, tail) in tile.0[lane].iter_mut().zip(tails) {
            *out = byte(*head, *tail) ^ flip as i8;
        }
    }
}

/// Outer products from a place on, whatever the block.
fn outer(heads: &[i16], tails: &[i16], from: usize, flip: u8, tiles: &mut [Tile], lane: usize) {
    let end = heads.len() * tails.len();
    for (step, tile) in tiles.iter_mut().enumerate() {
        for (i, out) in tile.0[lane].iter_mut().enumerate() {
            let place = from + step * DEPTH + i;
            let value = if place < end {
                byte(heads[place / tails.len()], tails[place % tails.len()])
            } else {
                0
            };
            *out = value ^ flip as i8;
        }
    }
}

/// Adds blocks of sums, times the scales of rows and outputs, to rows of so many outputs.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_blocks(
    blocks: &[Block],
    panels: usize,
    scales: &[f32],
    of_outputs: &[f32],
    outputs: usize,
    out: &mut [f32],
) {
    for (pair, (scale, out)) in scales.iter().zip(out.chunks_exact_mut(outputs.max(1))).enumerate()
    {
        let blocks = &blocks[pair / PANEL * panels..][..panels];
        let parts = blocks.iter().zip(out.chunks_mut(PANEL)).zip(of_outputs.chunks(PANEL));
        for ((block, out), of_outputs) in parts {
            let sums = &block.0[pair % PANEL];
            for ((out, sum), of_output) in out.iter_mut().zip(sums).zip(of_outputs) {
                *out = (*sum as f32).mul_add(scale * of_output, *out);
            }
        }
    }
}
