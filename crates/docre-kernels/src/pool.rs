//! Pooling of rows by groups: mentions to entities, windows to tokens.

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

fn pool(x: Tensor<2>, groups: &Groups, pooling: Pooling) -> Tensor<2> {
    if is_flex(&x.device()) {
        let op = PoolOp { groups: groups.clone(), pooling };
        return fuse(Arc::new(op), [x.into_dispatch()]);
    }
    match pooling {
        Pooling::LogSumExp => reference::pool_logsumexp(x, groups),
        Pooling::Mean => reference::pool_mean(x, groups),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Pooling {
    LogSumExp,
    Mean,
}

#[derive(Debug)]
struct PoolOp {
    groups: Groups,
    pooling: Pooling,
}

impl FusedOp for PoolOp {
    fn retains(&self, _input: usize) -> bool {
        // The mean reads no values in its backward pass, but the input's number of rows.
        true
    }

    fn retains_output(&self) -> bool {
        self.pooling == Pooling::LogSumExp
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let x = inputs[0];
        let width = x.shape[1];
        let out = written(self.groups.count() * width, width, |group, out| {
            let rows = self.groups.rows(group).iter().map(|row| &x.data[row * width..][..width]);
            match self.pooling {
                Pooling::LogSumExp => logsumexp(out, rows),
                Pooling::Mean => mean(out, rows),
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
            let grad = &grad[group * width..][..width];
            for row in rows {
                let grad_x = &mut grad_x[row * width..][..width];
                match self.pooling {
                    Pooling::Mean => {
                        let share = 1.0 / rows.len() as f32;
                        grad_x.iter_mut().zip(grad).for_each(|(sum, g)| *sum += g * share);
                    }
                    Pooling::LogSumExp => {
                        let pooled = pooled.expect("retained").data;
                        let (x, pooled) =
                            (&x.data[row * width..][..width], &pooled[group * width..][..width]);
                        through_logsumexp(grad_x, grad, x, pooled);
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

fn mean<'a>(out: &mut [f32], rows: impl ExactSizeIterator<Item = &'a [f32]>) {
    let share = 1.0 / rows.len() as f32;
    for row in rows {
        out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * share);
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
