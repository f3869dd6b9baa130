//! A module's parameters by the names that public code gives them.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};
use safetensors::SafeTensors;

/// A parameter's public name and, of one that public code keeps together with others, the number
/// of its part among all outputs.
pub type PublicName = (String, Option<usize>);

/// Gives a module its golden weights, `weights/NAME`; maps are stored to be applied as W x.
/// Returns it with the names that were read.
pub fn with_weights<M: Module>(
    module: M,
    tensors: &SafeTensors,
    name: fn(&str) -> PublicName,
    device: &Device,
) -> (M, BTreeMap<String, usize>) {
    let mut fill = Fill { path: Vec::new(), name, tensors, device, read: BTreeMap::new() };
    let module = module.map(&mut fill);
    (module, fill.read)
}

/// The norm of each parameter's gradient, by public name.
pub fn gradient_norms<M: Module>(
    module: &M,
    grads: &Gradients,
    name: fn(&str) -> PublicName,
) -> BTreeMap<String, f64> {
    let mut squares = Squares { path: Vec::new(), name, grads, sums: BTreeMap::new() };
    module.visit(&mut squares);
    squares.sums.into_iter().map(|(name, sum)| (name, sum.sqrt())).collect()
}

struct Fill<'a> {
    path: Vec<String>,
    name: fn(&str) -> PublicName,
    tensors: &'a SafeTensors<'a>,
    device: &'a Device,
    read: BTreeMap<String, usize>,
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        let (name, part) = (self.name)(&path);
        *self.read.entry(name.clone()).or_default() += 1;
        let stored = self.tensors.tensor(&format!("weights/{name}"));
        let stored = super::f32s(&stored.unwrap_or_else(|e| panic!("{name}: {e}")));
        let (device, applied) = (self.device, path.ends_with(".weight"));
        param.map(|old| {
            let shape = old.shape();
            let size = shape.num_elements();
            let from = part.unwrap_or_default() * size;
            let data = stored[from..from + size].to_vec();
            let new = match old.dims()[..] {
                [inputs, outputs] if applied => {
                    let data = TensorData::new(data, [outputs, inputs]);
                    Tensor::<2>::from_data(data, device).transpose().reshape(shape)
                }
                _ => Tensor::<1>::from_data(TensorData::new(data, [size]), device).reshape(shape),
            };
            new.set_require_grad(device.is_autodiff())
        })
    }
}

struct Squares<'a> {
    path: Vec<String>,
    name: fn(&str) -> PublicName,
    grads: &'a Gradients,
    sums: BTreeMap<String, f64>,
}

impl ModuleVisitor for Squares<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let (name, _) = (self.name)(&self.path.join("."));
        let grad = param.val().grad(self.grads);
        let grad =
            grad.map_or_else(Vec::new, |grad| grad.into_data().try_into_vec::<f32>().unwrap());
        let squares: f64 = grad.iter().map(|g| f64::from(*g).powi(2)).sum();
        *self.sums.entry(name).or_default() += squares;
    }
}
