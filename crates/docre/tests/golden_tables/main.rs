//! What stands between entity pairs and their classifier: axial attention, the U-Net and the
//! memory against their golden values, and the encoders on documents of few entities.

#![cfg(feature = "model")]

mod axial_public;
mod documents;
mod memory;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};
use docre::{
    relation::{
        Attend, AxialAttention, AxialForm, DocumentTokens, Initialiser, PairLayout, PairPass,
        PairScores, PairTable, PrintedLayer, Pyramid, RelationEncoder, RelationSettings, TableAxes,
        UNet,
    },
    text::{EncodedBatch, Example, ExampleOptions, Rows, Tokenizer, tokenizer::TokenizerOptions},
};
use docre_kernels::{Dropout, Precision};
use safetensors::SafeTensors;
use serde_json::Value;

const PASS: PairPass =
    PairPass { precision: Precision::F32, training: false, features: false, dropout: Dropout::OFF };

/// Golden tensors as Burn's.
struct Golden<'a> {
    tensors: SafeTensors<'a>,
    device: Device,
}

impl<'a> Golden<'a> {
    fn new(bytes: &'a [u8], device: &Device) -> Self {
        Self { tensors: SafeTensors::deserialize(bytes).unwrap(), device: device.clone() }
    }

    fn shape(&self, name: &str) -> Vec<usize> {
        self.tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).shape().to_vec()
    }

    fn values(&self, name: &str) -> Vec<f64> {
        let view = self.tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        support::f32s(&view).into_iter().map(f64::from).collect()
    }

    /// With `rows` dimensions in front of the last ones, which become one.
    fn matrix(&self, name: &str, columns: usize) -> Tensor<2> {
        let view = self.tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let values = support::f32s(&view);
        let rows = values.len() / columns;
        Tensor::from_data(TensorData::new(values, [rows, columns]), &self.device)
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn number(json: &Value, key: &str) -> f64 {
    json[key].as_f64().unwrap_or_else(|| panic!("no number {key}"))
}

/// A layer of Eq. 7 with golden weights, which are applied as W x.
fn printed_layer(golden: &Golden, name: &str, form: AxialForm, width: usize) -> PrintedLayer {
    let mut random = Initialiser::new(1);
    let attention = AxialAttention::new(form, 1, 1, width, &mut random, &golden.device);
    let AxialAttention::Printed(mut layers) = attention else { panic!("the printed form") };
    let mut layer = layers.layers.remove(0);
    let weight = |letter: &str, old: Param<Tensor<2>>| {
        let new = golden.matrix(&format!("{name}/w_{letter}"), width).transpose();
        old.map(|_| new.require_grad())
    };
    layer.query.weight = weight("q", layer.query.weight);
    layer.key.weight = weight("k", layer.key.weight);
    layer.value.weight = weight("v", layer.value.weight);
    layer
}

#[test]
fn axial_attention_of_every_case() {
    let list = support::golden_json("kd.json");
    let bytes = std::fs::read(support::golden("kd.safetensors")).unwrap();
    let device = support::device().autodiff();
    let golden = Golden::new(&bytes, &device);
    let tolerance = &list["tolerance"]["f32"];
    let (rtol, atol) = (number(tolerance, "rtol"), number(tolerance, "atol"));
    let (grad_rtol, grad_atol) = (number(tolerance, "grad_rtol"), number(tolerance, "grad_atol"));
    for case in list["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let shape = golden.shape(&format!("{name}/g"));
        let (side, width) = (shape[0], shape[2]);
        let axes = TableAxes::new(&[side]);
        let how = Attend { axes: &axes, heads: 1, precision: Precision::F32 };
        let layer = printed_layer(&golden, name, AxialForm::Paper, width);
        let g = golden.matrix(&format!("{name}/g"), width).require_grad();
        let (r_h, r_w) = layer.steps(g.clone(), &how, false);
        let (_, sequential) = layer.steps(g.clone(), &how, true);
        for (output, got) in [("r_h", &r_h), ("r_w", &r_w), ("r_w_sequential", &sequential)] {
            let name = format!("{name}/{output}");
            support::assert_close(&name, &values(got.clone()), &golden.values(&name), rtol, atol);
        }
        let cotangent = golden.matrix(&format!("{name}/cotangent"), width);
        let grads = (r_w * cotangent).sum().backward();
        let of_weight = |weight: &Param<Tensor<2>>| weight.val().grad(&grads).unwrap().transpose();
        for (output, got) in [
            ("grad_g", g.grad(&grads).unwrap()),
            ("grad_w_q", of_weight(&layer.query.weight)),
            ("grad_w_k", of_weight(&layer.key.weight)),
            ("grad_w_v", of_weight(&layer.value.weight)),
        ] {
            let name = format!("{name}/{output}");
            let want = golden.values(&name);
            support::assert_close(&name, &values(got), &want, grad_rtol, grad_atol);
        }
    }
}

#[test]
fn the_layers_of_a_form_are_what_its_steps_give() {
    let device = support::device();
    let axes = TableAxes::new(&[3, 1, 2]);
    let g = Tensor::<2>::from_data(
        TensorData::new((0..14 * 8).map(|i| (i % 11) as f32 * 0.2 - 1.0).collect(), [14, 8]),
        &device,
    );
    for form in [AxialForm::Paper, AxialForm::Sequential] {
        let mut random = Initialiser::new(3);
        let attention = AxialAttention::new(form, 2, 2, 8, &mut random, &device);
        let got = attention.forward(g.clone(), &axes, Precision::F32);
        let AxialAttention::Printed(layers) = attention else { panic!("the printed form") };
        let how = Attend { axes: &axes, heads: 2, precision: Precision::F32 };
        let sequential = form == AxialForm::Sequential;
        let first = layers.layers[0].steps(g.clone(), &how, sequential).1;
        let want = layers.layers[1].steps(first, &how, sequential).1;
        assert_eq!(values(got), values(want));
    }
}

/// The public names of the U-Net's parameters, by ours.
fn public_name(ours: &str) -> String {
    let (block, rest) = ours.split_once('.').unwrap();
    let block = match block {
        "input" => "inc.conv.double_conv",
        "down_1" => "down1.maxpool_conv.1.double_conv",
        "down_2" => "down2.maxpool_conv.1.double_conv",
        "up_1" => "up1.conv.double_conv",
        "up_2" => "up2.conv.double_conv",
        "output" => return format!("outc.conv.{rest}"),
        other => panic!("{other}"),
    };
    let (turn, rest) = rest.split_once('.').unwrap();
    let turn = 3 * usize::from(turn == "second");
    match rest.strip_prefix("norm.") {
        None => format!("{block}.{turn}.{rest}"),
        Some(rest) => {
            let rest = rest.replace("gamma", "weight").replace("beta", "bias");
            format!("{block}.{}.{rest}", turn + 1)
        }
    }
}

/// Visits parameters by their path.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn name(&self) -> String {
        public_name(&self.0.join("."))
    }
}

/// Gives the U-Net its golden weights.
struct Fill<'a> {
    path: Path,
    golden: &'a Golden<'a>,
    filled: usize,
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.0.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.0.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = format!("weights/{}", self.path.name());
        self.filled += 1;
        let shape = self.golden.shape(&name);
        let device = &self.golden.device;
        let stored: Vec<f32> = self.golden.values(&name).into_iter().map(|x| x as f32).collect();
        param.map(|old| {
            let new = match shape[..] {
                // [outputs, inputs, 3, 3] to [3, 3, inputs, outputs]
                [outputs, inputs, height, width] => {
                    let data = TensorData::new(stored, [outputs, inputs, height, width]);
                    Tensor::<4>::from_data(data, device).permute([2, 3, 1, 0]).reshape(old.shape())
                }
                _ => Tensor::<1>::from_data(TensorData::new(stored, shape), device)
                    .reshape(old.shape()),
            };
            new.set_require_grad(device.is_autodiff())
        })
    }
}

/// The norm of each parameter's gradient, by public name.
struct Norms<'a> {
    path: Path,
    grads: &'a Gradients,
    norms: BTreeMap<String, f64>,
}

impl ModuleVisitor for Norms<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.0.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.0.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(grad) = param.val().grad(self.grads) else { return };
        let squares: f64 = values(grad).iter().map(|g| f64::from(*g).powi(2)).sum();
        self.norms.insert(self.path.name(), squares.sqrt());
    }
}

/// `[1, channels, side, side]` to `[cells, channels]`.
fn cells_of(golden: &Golden, name: &str) -> (Tensor<2>, usize) {
    let [_, channels, side, _] = golden.shape(name)[..] else { panic!("an image") };
    (golden.matrix(name, side * side).reshape([channels, side * side]).transpose(), side)
}

#[test]
fn the_unet_of_the_public_code() {
    let list = support::golden_json("docunet.json");
    let bytes = std::fs::read(support::golden("docunet.safetensors")).unwrap();
    let device = support::device().autodiff();
    let golden = Golden::new(&bytes, &device);
    let size = |key: &str| list[key].as_u64().unwrap() as usize;
    let (channels, outputs) = (size("input_channels"), size("class_number"));
    let mut random = Initialiser::new(1);
    let unet = UNet::new(channels, size("down_channel"), outputs, &mut random, &device);
    let mut fill = Fill { path: Path::default(), golden: &golden, filled: 0 };
    let unet = unet.map(&mut fill);
    let stored = golden.tensors.names().into_iter().filter(|name| name.starts_with("weights/"));
    assert_eq!(fill.filled, stored.count());

    let (padded, side) = cells_of(&golden, "input_padded");
    let got = unet.forward(padded, &Pyramid::new(&[side]), PASS);
    let want = golden.values("output_padded");
    support::assert_close("output_padded", &values(got), &want, 1e-4, 2e-5);

    let (input, side) = cells_of(&golden, "input");
    let input = input.require_grad();
    let output = unet.forward(input.clone(), &Pyramid::new(&[side]), PASS);
    let want = golden.values("output");
    support::assert_close("output", &values(output.clone()), &want, 1e-4, 2e-5);
    let grads = (output * golden.matrix("cotangent", outputs)).sum().backward();
    let grad = input.grad(&grads).unwrap().transpose();
    support::assert_close("grad_input", &values(grad), &golden.values("grad_input"), 5e-4, 2e-4);

    let mut norms = Norms { path: Path::default(), grads: &grads, norms: BTreeMap::new() };
    unet.visit(&mut norms);
    let want = list["grad_l2_norms"].as_object().unwrap();
    assert_eq!(norms.norms.len(), want.len());
    for (name, want) in want {
        let (got, want) = (norms.norms[name], want.as_f64().unwrap());
        assert!((got - want).abs() <= 1e-3 * want + 1e-5, "{name}: {got}, expected {want}");
    }
}
