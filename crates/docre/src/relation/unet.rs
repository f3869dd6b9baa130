//! DocuNet's U-shaped network over entity-pair tables.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, Neighbours, convolution, pool_max, pool_weighted};

use super::{BatchNorm, Initialiser, PairPass, Pyramid};
use crate::layers::{Linear, linear};

/// Places of a 3×3 convolution.
const PLACES: usize = 9;

/// The U-Net (DocuNet, Section 3.3; sizes and order of the public code): two convolutions a
/// level, twice halved by the largest of 2×2 cells, twice doubled by bilinear interpolation and
/// set behind the channels that were there before the halving.
#[derive(Module, Debug)]
pub struct UNet {
    input: DoubleConvolution,
    down_1: DoubleConvolution,
    down_2: DoubleConvolution,
    up_1: DoubleConvolution,
    up_2: DoubleConvolution,
    output: Linear,
}

impl UNet {
    /// From `channels` channels to `outputs`, with `filters` after the first convolution, an
    /// even number.
    pub fn new(
        channels: usize,
        filters: usize,
        outputs: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let mut double = |inputs, outputs| DoubleConvolution::new(inputs, outputs, random, device);
        Self {
            input: double(channels, filters),
            down_1: double(filters, 2 * filters),
            down_2: double(2 * filters, 2 * filters),
            up_1: double(4 * filters, filters),
            up_2: double(2 * filters, filters / 2),
            output: random.linear(filters / 2, outputs, device),
        }
    }

    /// `[cells, channels]` to `[cells, outputs]`.
    pub fn forward(&self, x: Tensor<2>, pyramid: &Pyramid, pass: PairPass) -> Tensor<2> {
        let [full, half, quarter] = &pyramid.neighbours[..] else { unreachable!("two halvings") };
        let x_1 = self.input.forward(x, full, pass);
        let x_2 = pool_max(x_1.clone(), &pyramid.coarser[0]);
        let x_2 = self.down_1.forward(x_2, half, pass);
        let x_3 = pool_max(x_2.clone(), &pyramid.coarser[1]);
        let x_3 = self.down_2.forward(x_3, quarter, pass);
        let doubled = |x, step: usize| {
            let mixture = &pyramid.finer[step];
            pool_weighted(x, &mixture.groups, &mixture.weights)
        };
        let x = Tensor::cat(vec![x_2, doubled(x_3, 1)], 1);
        let x = self.up_1.forward(x, half, pass);
        let x = Tensor::cat(vec![x_1, doubled(x, 0)], 1);
        let x = self.up_2.forward(x, full, pass);
        linear(&self.output, x, Activation::None, pass.precision)
    }
}

/// Two convolutions, each with batch normalisation and rectifier.
#[derive(Module, Debug)]
struct DoubleConvolution {
    first: Convolution,
    second: Convolution,
}

impl DoubleConvolution {
    fn new(inputs: usize, outputs: usize, random: &mut Initialiser, device: &Device) -> Self {
        Self {
            first: Convolution::new(inputs, outputs, random, device),
            second: Convolution::new(outputs, outputs, random, device),
        }
    }

    fn forward(&self, x: Tensor<2>, neighbours: &Neighbours, pass: PairPass) -> Tensor<2> {
        let x = self.first.forward(x, neighbours, pass);
        self.second.forward(x, neighbours, pass)
    }
}

/// A 3×3 convolution with padding 1, batch normalisation and rectifier.
#[derive(Module, Debug)]
struct Convolution {
    /// `[9 * inputs, outputs]`: the places of the window row by row, then the inputs.
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    norm: BatchNorm,
}

impl Convolution {
    /// PyTorch's initialisation.
    fn new(inputs: usize, outputs: usize, random: &mut Initialiser, device: &Device) -> Self {
        let bound = 1.0 / ((PLACES * inputs) as f64).sqrt();
        Self {
            weight: random.uniform([PLACES * inputs, outputs], bound, device),
            bias: random.uniform([outputs], bound, device),
            norm: BatchNorm::new(outputs, device),
        }
    }

    fn forward(&self, x: Tensor<2>, neighbours: &Neighbours, pass: PairPass) -> Tensor<2> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let x = convolution(x, weight, bias, neighbours, pass.precision);
        self.norm.forward(x, pass.training)
    }
}
