//! Weights in tiles.
//!
//! A tile holds 16 outputs by 64 of depth, which products sum over: 16 rows, each of which has
//! four bytes that follow each other in depth for each output. Two tiles side by side make a
//! *panel* of 32 outputs. The depth may be cut into *sections*, each with sums of its own.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::Int8Matrix;

/// Rows or outputs of a tile.
pub(super) const LANES: usize = 16;
/// Depth of a tile.
pub(super) const DEPTH: usize = 64;
/// Outputs of a panel, and rows.
pub(super) const PANEL: usize = 2 * LANES;
/// The greatest depth whose sums fit 32 bits, whatever the unit adds to them.
pub(super) const MOST_DEPTH: usize = 1 << 16;

/// 16 rows of 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Tile(pub [[i8; DEPTH]; LANES]);

impl Tile {
    pub const ZERO: Tile = Tile([[0; DEPTH]; LANES]);
}

/// The packed weights of a linear map.
#[derive(Debug)]
pub(super) struct Packed {
    /// Section by section, panel by panel: the steps of one half of a panel, then of the other.
    tiles: Vec<Tile>,
    /// The sums of the bytes of each section and output, `[sections, outputs]` and what fills the
    /// last panel.
    sums: Vec<i32>,
    /// The scales of outputs, zero behind the last.
    pub scales: Vec<f32>,
    pub outputs: usize,
    pub depth: usize,
    pub section: usize,
}

impl Packed {
    /// Packs some of the columns of a matrix whose rows are outputs, in sections of so many.
    ///
    /// # Panics
    ///
    /// Panics if the columns aren't a number of whole sections, or a section is too deep.
    pub fn new(matrix: &Int8Matrix, columns: Range<usize>, section: usize) -> Self {
        let [outputs, _] = matrix.dims();
        let depth = columns.len();
        assert!(section <= MOST_DEPTH, "the sums of a section fit 32 bits");
        assert!(section > 0 && depth.is_multiple_of(section), "whole sections");
        let (panels, steps, sections) =
            (outputs.div_ceil(PANEL), section.div_ceil(DEPTH), depth / section);
        let mut tiles = vec![Tile::ZERO; sections * panels * 2 * steps];
        let mut sums = vec![0; sections * panels * PANEL];
        let halves = tiles.par_chunks_mut(steps).zip(sums.par_chunks_mut(LANES));
        halves.enumerate().for_each(|(half, (tiles, sums))| {
            let (of_section, first) = (half / (2 * panels), half % (2 * panels) * LANES);
            let from = columns.start + of_section * section;
            for (lane, sum) in sums.iter_mut().enumerate().take(outputs.saturating_sub(first)) {
                let bytes = &matrix.row(first + lane)[from..from + section];
                *sum = bytes.iter().map(|byte| i32::from(*byte)).sum();
                for (depth, byte) in bytes.iter().enumerate() {
                    let (step, depth) = (depth / DEPTH, depth % DEPTH);
                    tiles[step].0[depth / 4][4 * lane + depth % 4] = *byte;
                }
            }
        });
        let mut scales = matrix.scales().to_vec();
        scales.resize(panels * PANEL, 0.0);
        Self { tiles, sums, scales, outputs, depth, section }
    }

    pub fn panels(&self) -> usize {
        self.outputs.div_ceil(PANEL)
    }

    pub fn sections(&self) -> usize {
        self.depth / self.section
    }

    /// Tiles along a section.
    pub fn steps(&self) -> usize {
        self.section.div_ceil(DEPTH)
    }

    /// The two halves of a panel, of a section.
    pub fn panel(&self, section: usize, panel: usize) -> [&[Tile]; 2] {
        let steps = self.steps();
        let start = (section * self.panels() + panel) * 2 * steps;
        let (first, second) = self.tiles[start..start + 2 * steps].split_at(steps);
        [first, second]
    }

    /// The sums of the bytes of a panel's outputs, of a section.
    pub fn sums(&self, section: usize, panel: usize) -> &[i32; PANEL] {
        let start = (section * self.panels() + panel) * PANEL;
        self.sums[start..].first_chunk().expect("whole panels")
    }
}
