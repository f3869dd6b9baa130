//! Pooling of rows by groups: mentions to entities, windows to tokens, cells of a grid to those
//! of a coarser or finer one.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    math, reference,
    segments::Groups,
};

/// The logarithm of the sum of exponentials over each group's rows, column by
/// column; zeros for an empty group (ATLOP, Eq. 2: an entity from its mentions).
///
/// # Shapes
///
/// - x: `[rows, width]`
/// - output: `[groups, width]`
pub fn pool_logsumexp(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    pool(x, groups, Pooling::LogSumExp)
}

/// The mean of each group's rows; zeros for an empty group.
///
/// # Shapes
///
/// - x: `[rows, width]`
/// - output: `[groups, width]`
pub fn pool_mean(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    pool(x, groups, Pooling::Mean)
}

/// The largest of each group's rows, column by column; zeros for an empty group.
///
/// # Shapes
///
/// - x: `[rows, width]`
/// - output: `[groups, width]`
pub fn pool_max(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    pool(x, groups, Pooling::Max)
}

/// The sum of each group's rows, each times the member's weight; zeros for an empty group.
///
/// # Shapes
///
/// - x: `[rows, width]`
/// - weights: one a member of `groups`
/// - output: `[groups, width]`
///
/// # Panics
///
/// If there are not as many weights as members.
pub fn pool_weighted(x: Tensor<2>, groups: &Groups, weights: &Arc<[f32]>) -> Tensor<2> {
    assert_eq!(weights.len(), groups.members.len(), "a weight for each member");
    pool(x, groups, Pooling::Weighted(weights.clone()))
}

fn pool(x: Tensor<2>, groups: &Groups, pooling: Pooling) -> Tensor<2> {
    if is_flex(&x.device()) {
        let op = PoolOp { groups: groups.clone(), pooling };
        return fuse(Arc::new(op), [x.into_dispatch()]);
    }
    match pooling {
        Pooling::LogSumExp => reference::pool_logsumexp(x, groups),
        Pooling::Mean => reference::pool_mean(x, groups),
        Pooling::Max => reference::pool_max(x, groups),
        Pooling::Weighted(weights) => reference::pool_weighted(x, groups, &weights),
    }
}

#[derive(Debug, Clone)]
enum Pooling {
    LogSumExp,
    Mean,
    Max,
    Weighted(Arc<[f32]>),
}

#[derive(Debug)]
struct PoolOp {
    groups: Groups,
    pooling: Pooling,
}

impl FusedOp for PoolOp {
    fn retains(&self, _input: usize) -> bool {
        // Sums read no values in their backward pass, but the input's number of rows.
        true
    }

    fn retains_output(&self) -> bool {
        matches!(self.pooling, Pooling::LogSumExp | Pooling::Max)
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let x = inputs[0];
        let width = x.shape[1];
        let out = written(self.groups.count() * width, width, |group, out| {
            let rows = self.groups.rows(group).iter().map(|row| &x.data[row * width..][..width]);
            match &self.pooling {
                Pooling::LogSumExp => logsumexp(out, rows),
                Pooling::Mean => mean(out, rows),
                Pooling::Max => highest(out, rows),
                Pooling::Weighted(weights) => {
                    let weights = &weights[self.groups.segments.range(group)];
                    rows.zip(weights).for_each(|(row, weight)| add_scaled(out, row, *weight));
                }
            }
        });
        (out, vec![self.groups.count(), width], Saved::default())
    }

    fn backward(&self, retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let (x, pooled) = (retained[0].expect("retained"), retained[1]);
        let width = x.shape[1];
        let mut grad_x = zeros(x.data.len());
        // One group after another, since a row may be in several.
        for (group, rows) in self.groups.iter().enumerate() {
            let of_group = group * width..(group + 1) * width;
            let grad = &grad[of_group.clone()];
            let pooled = pooled.map(|pooled| &pooled.data[of_group]);
            let mut open = vec![true; if matches!(self.pooling, Pooling::Max) { width } else { 0 }];
            for (place, row) in rows.iter().enumerate() {
                let of_row = row * width..(row + 1) * width;
                let (grad_x, x) = (&mut grad_x[of_row.clone()], &x.data[of_row]);
                match (&self.pooling, pooled) {
                    (Pooling::Mean, _) => add_scaled(grad_x, grad, 1.0 / rows.len() as f32),
                    (Pooling::Weighted(weights), _) => {
                        let first = self.groups.segments.range(group).start;
                        add_scaled(grad_x, grad, weights[first + place]);
                    }
                    (Pooling::LogSumExp, pooled) => {
                        through_logsumexp(grad_x, grad, x, pooled.expect("retained"));
                    }
                    (Pooling::Max, pooled) => {
                        through_highest(grad_x, grad, x, pooled.expect("retained"), &mut open);
                    }
                }
            }
        }
        vec![Grad::Values(grad_x)]
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_logsumexp(grad_x: &mut [f32], grad: &[f32], x: &[f32], pooled: &[f32]) {
    for (((grad_x, g), x), pooled) in grad_x.iter_mut().zip(grad).zip(x).zip(pooled) {
        *grad_x += g * math::exp(x - pooled);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_exponentials(sums: &mut [f32], row: &[f32], highest: &[f32]) {
    for ((sum, x), high) in sums.iter_mut().zip(row).zip(highest) {
        *sum += math::exp(x - high);
    }
}

/// `out += factor row`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_scaled(out: &mut [f32], row: &[f32], factor: f32) {
    out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * factor);
}

/// Gives a column's gradient to the first row that holds its highest value; from then on the
/// column isn't `open` any more.
fn through_highest(grad_x: &mut [f32], grad: &[f32], x: &[f32], pooled: &[f32], open: &mut [bool]) {
    let columns = grad_x.iter_mut().zip(grad).zip(x.iter().zip(pooled)).zip(open);
    for (((grad_x, g), (x, pooled)), open) in columns {
        if *open && x == pooled {
            *grad_x += g;
            *open = false;
        }
    }
}

fn mean<'a>(out: &mut [f32], rows: impl ExactSizeIterator<Item = &'a [f32]>) {
    let share = 1.0 / rows.len() as f32;
    rows.for_each(|row| add_scaled(out, row, share));
}

fn highest<'a>(out: &mut [f32], mut rows: impl Iterator<Item = &'a [f32]>) {
    let Some(first) = rows.next() else { return };
    out.copy_from_slice(first);
    for row in rows {
        out.iter_mut().zip(row).for_each(|(high, x)| *high = high.max(*x));
    }
}

fn logsumexp<'a>(out: &mut [f32], rows: impl Iterator<Item = &'a [f32]> + Clone) {
    let mut rows_left = rows.clone();
    let Some(first) = rows_left.next() else { return };
    let mut highest = first.to_vec();
    for row in rows_left {
        highest.iter_mut().zip(row).for_each(|(high, x)| *high = high.max(*x));
    }
    for row in rows {
        add_exponentials(out, row, &highest);
    }
    out.iter_mut().zip(&highest).for_each(|(sum, high)| *sum = sum.ln() + high);
}
