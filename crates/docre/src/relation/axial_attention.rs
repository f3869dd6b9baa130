//! Axial attention over entity-pair tables (KD-DocRE, Eq. 7).

use std::sync::Arc;

use burn::{
    module::Module,
    nn::{LayerNorm, LayerNormConfig},
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, Dropout, Precision, attention, gather_rows, layer_norm};
use serde::{Deserialize, Serialize};

use super::{Initialiser, TableAxes};
use crate::layers::{Linear, linear};

/// What PyTorch adds to variances in layer normalisation.
const EPSILON: f64 = 1e-5;

/// Which form of axial attention is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AxialForm {
    /// Eq. 7 as printed: along columns, then along rows, the projections of both read g. One
    /// layer with one head, scores without a scale.
    #[default]
    Paper,
    /// The same, but the projections along rows read what came of the columns.
    Sequential,
    /// The public code's: six layers with eight heads, see [`PublicLayer`].
    Public,
}

/// Layers of axial attention over the pair representations of all cells, `[cells, width]`.
#[derive(Module, Debug)]
pub enum AxialAttention {
    /// As the paper prints it.
    Printed(PrintedLayers),
    /// As the public code has it.
    Public(PublicLayers),
}

impl AxialAttention {
    /// New layers for pair representations `width` wide, a multiple of `heads`.
    pub fn new(
        form: AxialForm,
        layers: usize,
        heads: usize,
        width: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let layers = 0..layers;
        match form {
            AxialForm::Paper | AxialForm::Sequential => Self::Printed(PrintedLayers {
                layers: layers.map(|_| PrintedLayer::new(width, random, device)).collect(),
                sequential: form == AxialForm::Sequential,
                heads,
            }),
            AxialForm::Public => Self::Public(PublicLayers {
                layers: layers.map(|_| PublicLayer::new(width, random, device)).collect(),
                heads,
            }),
        }
    }

    /// The enhanced pair representations, of the same shape as `g`.
    pub fn forward(&self, g: Tensor<2>, axes: &TableAxes, precision: Precision) -> Tensor<2> {
        match self {
            Self::Printed(PrintedLayers { layers, sequential, heads }) => {
                let how = Attend { axes, heads: *heads, precision };
                layers.iter().fold(g, |g, layer| layer.steps(g, &how, *sequential).1)
            }
            Self::Public(PublicLayers { layers, heads }) => {
                let how = Attend { axes, heads: *heads, precision };
                let x = layers.iter().fold(g.clone(), |x, layer| layer.forward(x, &how));
                g + x
            }
        }
    }
}

/// Layers as printed, one behind another.
#[derive(Module, Debug)]
pub struct PrintedLayers {
    /// The paper has one.
    pub layers: Vec<PrintedLayer>,
    sequential: bool,
    heads: usize,
}

/// One layer of Eq. 7: `W_Q`, `W_K` and `W_V`, `[width, width]` without bias.
#[derive(Module, Debug)]
pub struct PrintedLayer {
    /// `W_Q`.
    pub query: Linear,
    /// `W_K`.
    pub key: Linear,
    /// `W_V`.
    pub value: Linear,
}

impl PrintedLayer {
    fn new(width: usize, random: &mut Initialiser, device: &Device) -> Self {
        let mut layer = || random.linear_without_bias(width, width, device);
        Self { query: layer(), key: layer(), value: layer() }
    }

    /// `(r_h, r_w)`, both shaped like `g`, `[cells, width]`:
    ///
    /// ```text
    /// r_h(s,o) = g(s,o)   + Σ_p softmax_p(q(s,o) · k(p,o)) v(p,o)
    /// r_w(s,o) = r_h(s,o) + Σ_p softmax_p(q(s,o) · k(s,p)) v(s,p)
    /// ```
    ///
    /// Scores are not scaled, and no cell is hidden, not even on the diagonal. As printed, q, k
    /// and v of both steps are projections of g; if `sequential`, those of the second are
    /// projections of r_h, which is how layers of attention are usually built.
    pub fn steps(&self, g: Tensor<2>, how: &Attend, sequential: bool) -> (Tensor<2>, Tensor<2>) {
        let first = self.project(g.clone(), how);
        let r_h = g + how.along_columns(first.clone());
        let second = if sequential { self.project(r_h.clone(), how) } else { first };
        let r_w = r_h.clone() + how.along_rows(second);
        (r_h, r_w)
    }

    fn project(&self, x: Tensor<2>, how: &Attend) -> Projections {
        let [_, width] = x.dims();
        // The kernel divides scores by the root of a head's width; the paper doesn't.
        let scale = ((width / how.heads) as f64).sqrt();
        Projections {
            query: how.map(&self.query, x.clone()) * scale,
            key: how.map(&self.key, x.clone()),
            value: how.map(&self.value, x),
        }
    }
}

/// Layers as the public code has them, one behind another, with a residual around all of them.
#[derive(Module, Debug)]
pub struct PublicLayers {
    /// The public code has six.
    pub layers: Vec<PublicLayer>,
    heads: usize,
}

/// One layer of KD-DocRE's public code. Both axes have weights of their own and read the same
/// input; a linear map and a layer norm follow the sum: `LN(W (x + columns(x) + rows(x)) + b)`.
#[derive(Module, Debug)]
pub struct PublicLayer {
    columns: AxisAttention,
    rows: AxisAttention,
    linear: Linear,
    norm: LayerNorm,
}

impl PublicLayer {
    fn new(width: usize, random: &mut Initialiser, device: &Device) -> Self {
        Self {
            columns: AxisAttention::new(width, random, device),
            rows: AxisAttention::new(width, random, device),
            linear: random.linear(width, width, device),
            norm: LayerNormConfig::new(width).with_epsilon(EPSILON).init(device),
        }
    }

    fn forward(&self, x: Tensor<2>, how: &Attend) -> Tensor<2> {
        let columns = how.along_columns(self.columns.project(x.clone(), how));
        let rows = how.along_rows(self.rows.project(x.clone(), how));
        let sum = x + self.columns.output(columns, how) + self.rows.output(rows, how);
        let mapped = how.map(&self.linear, sum);
        let beta = self.norm.beta.as_ref().expect("a layer norm has a bias").val();
        layer_norm(mapped, self.norm.gamma.val(), beta, EPSILON)
    }
}

/// Attention along one axis: scaled scores, and an output projection with a bias.
#[derive(Module, Debug)]
struct AxisAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

impl AxisAttention {
    fn new(width: usize, random: &mut Initialiser, device: &Device) -> Self {
        let mut layer = || random.linear_without_bias(width, width, device);
        let (query, key, value) = (layer(), layer(), layer());
        Self { query, key, value, output: random.linear(width, width, device) }
    }

    fn project(&self, x: Tensor<2>, how: &Attend) -> Projections {
        Projections {
            query: how.map(&self.query, x.clone()),
            key: how.map(&self.key, x.clone()),
            value: how.map(&self.value, x),
        }
    }

    fn output(&self, x: Tensor<2>, how: &Attend) -> Tensor<2> {
        how.map(&self.output, x)
    }
}

/// What cells ask for, are found by and give, `[cells, width]` each.
#[derive(Clone)]
struct Projections {
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
}

/// How cells attend to each other.
#[derive(Debug, Clone, Copy)]
pub struct Attend<'a> {
    /// The tables.
    pub axes: &'a TableAxes,
    /// Heads.
    pub heads: usize,
    /// The precision of matrix products.
    pub precision: Precision,
}

impl Attend<'_> {
    /// Cell (s, o) attends to all (s, p).
    fn along_rows(&self, of: Projections) -> Tensor<2> {
        let Projections { query, key, value } = of;
        attention(query, key, value, &self.axes.rows, self.heads, Dropout::OFF, self.precision)
    }

    /// Cell (s, o) attends to all (p, o).
    fn along_columns(&self, of: Projections) -> Tensor<2> {
        let transposed = |x| gather_rows(x, &Arc::clone(&self.axes.transposed));
        transposed(self.along_rows(Projections {
            query: transposed(of.query),
            key: transposed(of.key),
            value: transposed(of.value),
        }))
    }

    fn map(&self, layer: &Linear, x: Tensor<2>) -> Tensor<2> {
        linear(layer, x, Activation::None, self.precision)
    }
}
