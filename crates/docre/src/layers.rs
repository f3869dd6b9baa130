//! What encoders and relational encoders are both made of.

use std::sync::Arc;

use burn::{
    module::{Module, Param},
    nn::LayerNorm,
    tensor::{Int, Tensor, TensorData, activation},
};
use docre_kernels::{
    Activation, Dropout, Int8Bilinear, Int8Linear, Int8Matrix, Precision, gather_int8, gather_rows,
    linear_int8,
};

/// A linear layer. Its weights may be packed in eight bits, for inference; the floats are gone
/// then. The name is what the store of weights knows linear layers by.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`, or empty where it is packed.
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    packed: Option<Packed>,
}

/// A weight in eight bits.
#[derive(Debug, Clone)]
struct Packed {
    /// Inputs and outputs.
    dims: [usize; 2],
    form: PackedForm,
}

#[derive(Debug, Clone)]
enum PackedForm {
    Whole(Int8Linear),
    Parts(Box<[Int8Linear; 2]>),
    Bilinear(Int8Bilinear),
}

/// How a layer is packed, which follows from how it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PackAs {
    /// As one map.
    Whole,
    /// As one map of the first inputs, so many, and one of the others.
    Parts(usize),
    /// As a grouped bilinear map with blocks of so many values.
    Bilinear(usize),
}

impl From<burn::nn::Linear> for Linear {
    fn from(layer: burn::nn::Linear) -> Self {
        Self { weight: layer.weight, bias: layer.bias, packed: None }
    }
}

impl Linear {
    /// Inputs and outputs.
    pub(crate) fn dims(&self) -> [usize; 2] {
        self.packed.as_ref().map_or_else(|| self.weight.dims(), |packed| packed.dims)
    }

    /// Packs the weight in eight bits, if it can be.
    pub(crate) fn pack(&mut self, how: PackAs) {
        let dims @ [inputs, _] = self.dims();
        let fits = match how {
            PackAs::Whole => Int8Linear::takes(inputs),
            PackAs::Parts(first) => {
                first < inputs && Int8Linear::takes(first) && Int8Linear::takes(inputs - first)
            }
            PackAs::Bilinear(block) => Int8Bilinear::takes(block),
        };
        if self.packed.is_some() || !fits {
            return;
        }
        let matrix = rounded(self.weight.val().transpose());
        let form = match how {
            PackAs::Whole => PackedForm::Whole(Int8Linear::new(&matrix)),
            PackAs::Parts(first) => {
                let part = |inputs| Int8Linear::of_inputs(&matrix, inputs);
                PackedForm::Parts(Box::new([part(0..first), part(first..inputs)]))
            }
            PackAs::Bilinear(block) => PackedForm::Bilinear(Int8Bilinear::new(&matrix, block)),
        };
        self.packed = Some(Packed { dims, form });
        empty(&mut self.weight);
    }

    /// The weight in eight bits, where it is packed as one.
    pub(crate) fn int8(&self) -> Option<&Int8Linear> {
        match &self.packed.as_ref()?.form {
            PackedForm::Whole(weight) => Some(weight),
            _ => None,
        }
    }

    /// The weights of its two parts, where they are packed.
    pub(crate) fn int8_parts(&self) -> Option<&[Int8Linear; 2]> {
        match &self.packed.as_ref()?.form {
            PackedForm::Parts(parts) => Some(parts),
            _ => None,
        }
    }

    /// The weight, where it is packed as a bilinear map.
    pub(crate) fn int8_bilinear(&self) -> Option<&Int8Bilinear> {
        match &self.packed.as_ref()?.form {
            PackedForm::Bilinear(weight) => Some(weight),
            _ => None,
        }
    }

    /// The bias `[outputs]`, which is zero where it has none.
    pub(crate) fn bias(&self) -> Tensor<1> {
        let zeros = || Tensor::zeros([self.dims()[1]], &self.weight.device());
        self.bias.as_ref().map_or_else(zeros, Param::val)
    }
}

/// A table of embeddings, whose rows may be packed in eight bits as a linear layer's weights are.
#[derive(Module, Debug)]
pub struct Table {
    /// `[rows, width]`, or empty where it is packed.
    pub weight: Param<Tensor<2>>,
    #[module(skip)]
    packed: Option<Arc<Int8Matrix>>,
}

impl From<burn::nn::Embedding> for Table {
    fn from(table: burn::nn::Embedding) -> Self {
        Self { weight: table.weight, packed: None }
    }
}

impl Table {
    /// Packs the rows in eight bits.
    pub(crate) fn pack(&mut self) {
        if self.packed.is_none() {
            self.packed = Some(Arc::new(rounded(self.weight.val())));
            empty(&mut self.weight);
        }
    }

    /// Whether the rows are packed.
    pub(crate) fn is_packed(&self) -> bool {
        self.packed.is_some()
    }

    /// The rows of these numbers, `[numbers, width]`.
    pub(crate) fn rows(&self, numbers: &Arc<[u32]>) -> Tensor<2> {
        match &self.packed {
            Some(table) => gather_int8(table, numbers, &self.weight.device()),
            None => gather_rows(self.weight.val(), numbers),
        }
    }
}

/// A small table of embeddings of numbers.
#[derive(Module, Debug)]
pub(crate) struct Embedding {
    /// `[numbers, width]`
    pub weight: Param<Tensor<2>>,
}

impl Embedding {
    /// The embeddings of numbers, `[numbers, width]`; a number beyond the table has its last row.
    pub(crate) fn of(&self, numbers: impl Iterator<Item = usize>) -> Tensor<2> {
        let table = self.weight.val();
        let last = table.dims()[0] - 1;
        rows(&table, numbers.map(|number| number.min(last)))
    }
}

/// A matrix in eight bits.
fn rounded(matrix: Tensor<2>) -> Int8Matrix {
    let [rows, columns] = matrix.dims();
    let data = matrix.into_data();
    Int8Matrix::quantise(data.as_slice().expect("parameters are f32"), rows, columns)
}

/// Gives a parameter's memory back.
fn empty(weight: &mut Param<Tensor<2>>) {
    *weight = Param::initialized(weight.id, Tensor::zeros([0, 0], &weight.device()));
}

/// A linear layer with or without a bias, and what follows it: `[rows, inputs]` to
/// `[rows, outputs]`. One that is packed in eight bits is multiplied so.
pub(crate) fn linear(
    layer: &Linear,
    x: Tensor<2>,
    activation: Activation,
    precision: Precision,
) -> Tensor<2> {
    if let Some(weight) = layer.int8() {
        return linear_int8(x, weight, layer.bias(), activation);
    }
    let (weight, bias) = parameters(layer);
    docre_kernels::linear(x, weight, bias, activation, precision)
}

/// A linear layer's weight `[inputs, outputs]` and bias `[outputs]`, which is zero where it has
/// none.
pub(crate) fn parameters(layer: &Linear) -> (Tensor<2>, Tensor<1>) {
    (layer.weight.val(), layer.bias())
}

/// A layer norm's factor and bias, `[width]` each; the bias is zero where it has none.
pub(crate) fn norm_parameters(norm: &LayerNorm) -> (Tensor<1>, Tensor<1>) {
    let gamma = norm.gamma.val();
    let beta = norm.beta.as_ref().map(Param::val);
    let beta = beta.unwrap_or_else(|| Tensor::zeros(gamma.dims(), &gamma.device()));
    (gamma, beta)
}

/// Dropout behind a hidden layer: none at inference, where there are no masks.
pub(crate) fn drop_hidden(hidden: Tensor<2>, masks: Dropout, probability: f64) -> Tensor<2> {
    match masks.is_off() {
        true => hidden,
        false => docre_kernels::dropout(hidden, masks.with_probability(probability as f32)),
    }
}

/// The binary cross-entropy of logits, a mean; 0 of none. `holds` is 1 where it holds.
pub(crate) fn binary_loss(logits: Tensor<1>, holds: Vec<f32>) -> Tensor<1> {
    let count = holds.len();
    if count == 0 {
        return logits.sum();
    }
    let holds = Tensor::<1>::from_data(TensorData::new(holds, [count]), &logits.device());
    // log(1 + exp(x)) - holds * x
    (activation::softplus(logits.clone(), 1.0) - holds * logits).mean()
}

/// Rows of a matrix, in this order.
pub(crate) fn rows(matrix: &Tensor<2>, places: impl Iterator<Item = usize>) -> Tensor<2> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    let places = TensorData::new(places, [count]);
    matrix.clone().select(0, Tensor::<1, Int>::from_data(places, &matrix.device()))
}
