//! Rotary positions: pairs of a head's dimensions are turned by an angle that grows with the place.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::written,
    reference,
};

/// Turns each head of each token by its position (Su et al. 2021, RoFormer): dimensions `i` and
/// `i + width / 2` of a head by the angle `position / base^(2 i / width)`.
///
/// # Shapes
///
/// - x, output: `[tokens, heads * head width]`, the head width even
/// - positions: `[tokens]`
pub fn rotate(x: Tensor<2>, positions: &Arc<[u32]>, heads: usize, base: f64) -> Tensor<2> {
    if is_flex(&x.device()) {
        let op = RotateOp { positions: positions.clone(), heads, base };
        return fuse(Arc::new(op), [x.into_dispatch()]);
    }
    reference::rotate(x, positions, heads, base)
}

#[derive(Debug)]
struct RotateOp {
    positions: Arc<[u32]>,
    heads: usize,
    base: f64,
}

impl RotateOp {
    /// Every row turned forwards, or backwards where `sign` is -1.
    fn turned(&self, x: &[f32], width: usize, sign: f32) -> Vec<f32> {
        let half = width / self.heads / 2;
        let turns = Turns::new(&self.positions, 2 * half, self.base);
        let rows_a_part = 64;
        written(x.len(), rows_a_part * width, |part, out| {
            let from = part * rows_a_part;
            let x = &x[from * width..][..out.len()];
            let rows = out.chunks_exact_mut(width).zip(x.chunks_exact(width));
            for ((out, x), position) in rows.zip(&self.positions[from..]) {
                let (cos, sin) = turns.of(*position);
                for (out, x) in out.chunks_exact_mut(2 * half).zip(x.chunks_exact(2 * half)) {
                    let ((out_a, out_b), (a, b)) = (out.split_at_mut(half), x.split_at(half));
                    for i in 0..half {
                        let sin = sign * sin[i];
                        out_a[i] = a[i] * cos[i] - b[i] * sin;
                        out_b[i] = b[i] * cos[i] + a[i] * sin;
                    }
                }
            }
        })
    }
}

impl FusedOp for RotateOp {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x] = inputs else { unreachable!("one input") };
        (self.turned(x.data, x.shape[1], 1.0), x.shape.to_vec(), Saved::default())
    }

    fn backward(&self, _retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let width = grad.len() / self.positions.len().max(1);
        vec![Grad::Values(if width == 0 { Vec::new() } else { self.turned(grad, width, -1.0) })]
    }
}

/// The cosines and sines of all positions up to the highest.
pub(crate) struct Turns {
    half: usize,
    /// `[positions, half]` each.
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Turns {
    /// For heads of this width.
    pub fn new(positions: &[u32], width: usize, base: f64) -> Self {
        let half = width / 2;
        let count = positions.iter().max().map_or(0, |highest| *highest as usize + 1);
        let angles = (0..count).flat_map(|position| {
            (0..half).map(move |i| position as f64 / base.powf(2.0 * i as f64 / width as f64))
        });
        let (sin, cos) = angles.map(|angle| (angle.sin() as f32, angle.cos() as f32)).unzip();
        Self { half, cos, sin }
    }

    /// The cosines and sines of a position, `[half]` each.
    pub fn of(&self, position: u32) -> (&[f32], &[f32]) {
        let from = position as usize * self.half;
        (&self.cos[from..][..self.half], &self.sin[from..][..self.half])
    }
}
