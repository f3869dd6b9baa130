//! Dropout whose mask is a function of a key and a position, not of a generator's state.
//!
//! So a backward pass needs no stored mask, a resumed run sees the masks of the
//! unbroken one, and two operations can share a mask.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{PART, written},
    reference,
};

/// A dropout mask, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    probability: f32,
    key: u64,
}

/// Of masks that have no probability of their own yet: above 0, for they aren't off.
const ANY: f32 = 0.5;

impl Dropout {
    /// No dropout, as at inference.
    pub const OFF: Self = Self { probability: 0.0, key: 0 };

    /// Drops each value with `probability` in [0, 1); `key` selects the mask.
    ///
    /// # Panics
    ///
    /// If the probability isn't in [0, 1).
    pub fn new(probability: f32, key: u64) -> Self {
        assert!((0.0..1.0).contains(&probability), "a dropout probability is in [0, 1)");
        Self { probability, key }
    }

    /// The masks of a training step. What uses one sets its own
    /// [probability](Self::with_probability).
    pub fn of_step(seed: u64, step: u64) -> Self {
        Self { probability: ANY, key: seed }.at(step)
    }

    /// Another mask with the same key's lineage: each `site` of a model gets its own.
    pub fn at(self, site: u64) -> Self {
        Self { key: mix64(self.key ^ mix64(site.wrapping_add(1))), ..self }
    }

    /// The same mask lineage with another probability.
    pub fn with_probability(self, probability: f32) -> Self {
        Self::new(probability, self.key)
    }

    /// Whether nothing is ever dropped.
    pub fn is_off(self) -> bool {
        self.probability == 0.0
    }

    /// The mask's factors are 0 or this.
    #[inline(always)]
    pub(crate) fn scale(self) -> f32 {
        1.0 / (1.0 - self.probability)
    }

    #[inline(always)]
    pub(crate) fn stream(self) -> Stream {
        Stream {
            low: self.key as u32,
            high: (self.key >> 32) as u32,
            threshold: (f64::from(self.probability) * 4_294_967_296.0) as u32,
            scale: self.scale(),
        }
    }

    /// The factors of positions `0..count`: 0 where the value is dropped.
    pub fn factors(self, count: usize) -> Vec<f32> {
        let stream = self.stream();
        (0..count).map(|index| stream.factor(index as u32)).collect()
    }
}

/// What the hash of a position multiplies by: the golden ratio, then the "lowbias32"
/// constants.
pub(crate) const MIX: [u32; 3] = [0x9e37_79b1, 0x7feb_352d, 0x846c_a68b];

/// A mask, ready for the inner loop.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    pub low: u32,
    pub high: u32,
    pub threshold: u32,
    pub scale: f32,
}

impl Stream {
    /// 0 or the scale: a hash of the position with few multiplications, which
    /// vectorises. The composed form takes the same hash.
    #[inline(always)]
    pub(crate) fn factor(self, index: u32) -> f32 {
        let mut x = index.wrapping_mul(MIX[0]).wrapping_add(self.low);
        x ^= x >> 16;
        x = x.wrapping_mul(MIX[1]);
        x ^= (x >> 15) ^ self.high;
        x = x.wrapping_mul(MIX[2]);
        x ^= x >> 16;
        if x >= self.threshold { self.scale } else { 0.0 }
    }
}

fn mix64(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Drops values of `x` and scales the rest, so that the expectation stays.
pub fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    if dropout.is_off() {
        return x;
    }
    if is_flex(&x.device()) {
        return fuse(Arc::new(DropoutOp(dropout)), [x.into_dispatch()]);
    }
    reference::dropout(x, dropout)
}

/// `values ∘ mask`
pub(crate) fn masked(values: &[f32], dropout: Dropout) -> Vec<f32> {
    let stream = dropout.stream();
    written(values.len(), PART, |number, out| {
        let from = number * PART;
        apply_mask(out, &values[from..from + out.len()], stream, from as u32);
    })
}

/// `out = values ∘ mask`, the mask from position `start` on.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn apply_mask(out: &mut [f32], values: &[f32], stream: Stream, start: u32) {
    for (index, (out, value)) in out.iter_mut().zip(values).enumerate() {
        *out = value * stream.factor(start.wrapping_add(index as u32));
    }
}

#[derive(Debug)]
struct DropoutOp(Dropout);

impl FusedOp for DropoutOp {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        (masked(inputs[0].data, self.0), inputs[0].shape.to_vec(), Saved::default())
    }

    fn backward(&self, _inputs: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        vec![Grad::Values(masked(grad, self.0))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_dropped_is_the_probability() {
        for probability in [0.1, 0.5] {
            let factors = Dropout::new(probability, 7).factors(200_000);
            let dropped = factors.iter().filter(|f| **f == 0.0).count() as f32 / 200_000.0;
            assert!((dropped - probability).abs() < 0.005, "{dropped}");
            let mean = factors.iter().sum::<f32>() / 200_000.0;
            assert!((mean - 1.0).abs() < 0.01, "{mean}");
        }
    }

    #[test]
    fn each_site_has_its_own_mask() {
        let base = Dropout::new(0.5, 3);
        let (a, b) = (base.at(0).factors(10_000), base.at(1).factors(10_000));
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        assert!((4_700..5_300).contains(&same), "{same}");
        assert_eq!(a, base.at(0).factors(10_000));
    }
}
