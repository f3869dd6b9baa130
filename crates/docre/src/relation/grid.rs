//! Entity-pair tables as images of several resolutions.

use std::sync::Arc;

use docre_kernels::{Groups, Neighbours, Segments};

/// How often the U-Net halves a table.
const HALVINGS: usize = 2;

/// Square grids that lie one behind another, at full, half and quarter side. All that leads
/// from one to the other are lists of cells.
#[derive(Debug, Clone)]
pub struct Pyramid {
    /// Around each cell, for each resolution.
    pub neighbours: Vec<Neighbours>,
    /// The cells that each cell of the next coarser grids is the largest of.
    pub coarser: Vec<Groups>,
    /// What each cell is mixed of, from the next coarser grids.
    pub finer: Vec<Mixture>,
}

/// Weighted sums of cells.
#[derive(Debug, Clone)]
pub struct Mixture {
    /// The cells of each sum.
    pub groups: Groups,
    /// The weight of each of them.
    pub weights: Arc<[f32]>,
}

impl Pyramid {
    /// The resolutions of grids of these sides.
    pub fn new(sides: &[usize]) -> Self {
        let mut levels = vec![sides.to_vec()];
        for level in 0..HALVINGS {
            levels.push(levels[level].iter().map(|side| half(*side)).collect());
        }
        let steps = || levels.windows(2).map(|pair| (&pair[0], &pair[1]));
        Self {
            neighbours: levels.iter().map(|sides| Neighbours::of_squares(sides)).collect(),
            coarser: steps().map(|(fine, coarse)| windows(fine, coarse)).collect(),
            finer: steps().map(|(fine, coarse)| upsampling(fine, coarse)).collect(),
        }
    }
}

/// The side at half the resolution: an odd last row and column are left out. A grid of one
/// cell stays as it is; the public code always has 42 × 42.
fn half(side: usize) -> usize {
    if side == 1 { 1 } else { side / 2 }
}

/// 2×2 windows, cut at the edge of a grid of one cell.
fn windows(fine: &[usize], coarse: &[usize]) -> Groups {
    let (mut lengths, mut members, mut first) = (Vec::new(), Vec::new(), 0);
    for (side, half) in fine.iter().zip(coarse) {
        let along = |at: usize| (2 * at..2 * at + 2).filter(|at| at < side);
        for (row, column) in (0..*half).flat_map(|row| (0..*half).map(move |c| (row, c))) {
            let before = members.len();
            for y in along(row) {
                members.extend(along(column).map(|x| first + y * side + x));
            }
            lengths.push(members.len() - before);
        }
        first += side * side;
    }
    Groups::new(Segments::from_lengths(lengths), members)
}

/// Twice the resolution by bilinear interpolation with aligned corners. What a side has more
/// stays empty at the end, and what it has less (a grid of one cell) is cut off there.
fn upsampling(fine: &[usize], coarse: &[usize]) -> Mixture {
    let (mut lengths, mut members, mut weights, mut first) =
        (Vec::new(), Vec::new(), Vec::new(), 0);
    for (side, half) in fine.iter().zip(coarse) {
        let along: Vec<_> = (0..*side).map(|at| between(at, *half)).collect();
        for (rows, columns) in along.iter().flat_map(|rows| along.iter().map(move |c| (rows, c))) {
            let before = members.len();
            for (y, of_row) in rows {
                members.extend(columns.iter().map(|(x, _)| first + y * half + x));
                weights.extend(columns.iter().map(|(_, of_column)| (of_row * of_column) as f32));
            }
            lengths.push(members.len() - before);
        }
        first += half * half;
    }
    let groups = Groups::new(Segments::from_lengths(lengths), members);
    Mixture { groups, weights: weights.into() }
}

/// The places along a side of `half` that place `at` of the doubled side lies between, with
/// their shares; none beyond the doubled side.
fn between(at: usize, half: usize) -> Vec<(usize, f64)> {
    if at >= 2 * half {
        return Vec::new();
    }
    let place = (at * (half - 1)) as f64 / (2 * half - 1) as f64;
    let (before, share) = (place.floor() as usize, place.fract());
    let both = [(before, 1.0 - share), (before + 1, share)];
    both.into_iter().filter(|(_, share)| *share > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_grids_never_vanish() {
        let pyramid = Pyramid::new(&[1, 2, 3, 5]);
        let counts: Vec<_> = pyramid.neighbours.iter().map(Neighbours::count).collect();
        assert_eq!(counts, [1 + 4 + 9 + 25, 1 + 1 + 1 + 4, 1 + 1 + 1 + 1]);
        assert_eq!(pyramid.coarser[0].rows(0), [0]);
        assert_eq!(pyramid.coarser[0].rows(2), [5, 6, 8, 9]);
        // The grid of one cell is itself again; the last row and column of the third are empty.
        assert_eq!(pyramid.finer[0].groups.rows(0), [0]);
        let third = &pyramid.finer[0].groups;
        let filled: Vec<_> = (5..14).map(|cell| !third.rows(cell).is_empty()).collect();
        assert_eq!(filled, [true, true, false, true, true, false, false, false, false]);
    }

    #[test]
    fn the_weights_of_a_cell_make_one() {
        let finer = &Pyramid::new(&[9]).finer[0];
        for (range, rows) in finer.groups.segments.iter().zip(finer.groups.iter()) {
            let sum: f32 = finer.weights[range].iter().sum();
            assert!(rows.is_empty() || (sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }
}
