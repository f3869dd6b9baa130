//! Between Burn's tensors and kernels on plain slices.
//!
//! A kernel is a [`FusedOp`]: a forward and a backward pass on `f32` slices.
//! [`fuse`] runs it on the Flex backend and registers its backward pass with
//! Burn's autodiff. One extension trait serves all kernels, by number of inputs.

use std::{fmt::Debug, sync::Arc};

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, DispatchDevice, Flex,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::{Device, DispatchTensor, Tensor, TensorData},
};

use crate::matmul::Matrix;

/// A contiguous tensor, seen from a kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub shape: &'a [usize],
    pub data: &'a [f32],
}

impl<'a> View<'a> {
    /// A tensor of two dimensions.
    pub fn matrix(self) -> Matrix<'a> {
        Matrix::new(self.data, self.shape[0], self.shape[1])
    }
}

/// What a forward pass keeps for the backward pass, beside its inputs.
pub(crate) type Saved = Vec<Vec<f32>>;

/// The gradient of one input.
#[derive(Debug)]
pub(crate) enum Grad {
    /// Its values.
    Values(Vec<f32>),
    /// The same values as those of an earlier input of the same shape.
    SameAs(usize),
}

/// A differentiable operation on `f32` slices with one output.
pub(crate) trait FusedOp: Debug + Send + Sync + 'static {
    /// Whether the backward pass reads input number `input`; if not, it is freed.
    fn retains(&self, input: usize) -> bool;

    /// Whether the backward pass reads the output.
    fn retains_output(&self) -> bool {
        false
    }

    /// The output, its shape, and what the backward pass needs if `keep` is set.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved);

    /// The gradient of each input, from that of the output. `retained` are the
    /// inputs and behind them the output, `None` where the operation doesn't retain them.
    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad>;
}

/// Whether tensors of this device are handled by the fused kernels.
pub fn is_flex(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// Runs a fused operation. Every input is a float tensor on the Flex backend.
pub(crate) fn fuse<const D: usize>(
    op: Arc<dyn FusedOp>,
    inputs: impl Into<Vec<DispatchTensor>>,
) -> Tensor<D> {
    let inputs: Vec<DispatchTensor> = inputs.into();
    let count = inputs.len();
    let mut inputs = inputs.into_iter();
    let mut next = || inputs.next().expect("as many inputs as the call takes");
    let output = match count {
        1 => Dispatch::fused_1(op, next()),
        2 => Dispatch::fused_2(op, next(), next()),
        3 => Dispatch::fused_3(op, next(), next(), next()),
        4 => Dispatch::fused_4(op, next(), next(), next(), next()),
        5 => Dispatch::fused_5(op, next(), next(), next(), next(), next()),
        7 => Dispatch::fused_7(op, next(), next(), next(), next(), next(), next(), next()),
        8 => Dispatch::fused_8(op, next(), next(), next(), next(), next(), next(), next(), next()),
        _ => unreachable!("no operation has {count} inputs"),
    };
    Tensor::from_dispatch(output)
}

/// The kernels as a backend extension, one entry a number of inputs.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait Fused: Backend {
    fn fused_1(op: Arc<dyn FusedOp>, a: FloatTensor<Self>) -> FloatTensor<Self>;
    fn fused_2(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    fn fused_3(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    fn fused_4(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    fn fused_5(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    #[allow(clippy::too_many_arguments)] // one an input; the macro makes more than one function of it
    fn fused_7(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        g: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    #[allow(clippy::too_many_arguments)] // as above
    fn fused_8(
        op: Arc<dyn FusedOp>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        g: FloatTensor<Self>,
        h: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

type F = FlexTensor;

impl Fused for Flex {
    fn fused_1(op: Arc<dyn FusedOp>, a: F) -> F {
        run(&*op, &[a.to_contiguous()], false).0
    }
    fn fused_2(op: Arc<dyn FusedOp>, a: F, b: F) -> F {
        run(&*op, &[a, b].map(|t| t.to_contiguous()), false).0
    }
    fn fused_3(op: Arc<dyn FusedOp>, a: F, b: F, c: F) -> F {
        run(&*op, &[a, b, c].map(|t| t.to_contiguous()), false).0
    }
    fn fused_4(op: Arc<dyn FusedOp>, a: F, b: F, c: F, d: F) -> F {
        run(&*op, &[a, b, c, d].map(|t| t.to_contiguous()), false).0
    }
    fn fused_5(op: Arc<dyn FusedOp>, a: F, b: F, c: F, d: F, e: F) -> F {
        run(&*op, &[a, b, c, d, e].map(|t| t.to_contiguous()), false).0
    }
    fn fused_7(op: Arc<dyn FusedOp>, a: F, b: F, c: F, d: F, e: F, f: F, g: F) -> F {
        run(&*op, &[a, b, c, d, e, f, g].map(|t| t.to_contiguous()), false).0
    }
    fn fused_8(op: Arc<dyn FusedOp>, a: F, b: F, c: F, d: F, e: F, f: F, g: F, h: F) -> F {
        run(&*op, &[a, b, c, d, e, f, g, h].map(|t| t.to_contiguous()), false).0
    }
}

type A<C> = FloatTensor<Autodiff<Flex, C>>;

impl<C: CheckpointStrategy> Fused for Autodiff<Flex, C> {
    fn fused_1(op: Arc<dyn FusedOp>, a: A<C>) -> A<C> {
        track::<C, 1>(op, [a])
    }
    fn fused_2(op: Arc<dyn FusedOp>, a: A<C>, b: A<C>) -> A<C> {
        track::<C, 2>(op, [a, b])
    }
    fn fused_3(op: Arc<dyn FusedOp>, a: A<C>, b: A<C>, c: A<C>) -> A<C> {
        track::<C, 3>(op, [a, b, c])
    }
    fn fused_4(op: Arc<dyn FusedOp>, a: A<C>, b: A<C>, c: A<C>, d: A<C>) -> A<C> {
        track::<C, 4>(op, [a, b, c, d])
    }
    fn fused_5(op: Arc<dyn FusedOp>, a: A<C>, b: A<C>, c: A<C>, d: A<C>, e: A<C>) -> A<C> {
        track::<C, 5>(op, [a, b, c, d, e])
    }
    fn fused_7(
        op: Arc<dyn FusedOp>,
        a: A<C>,
        b: A<C>,
        c: A<C>,
        d: A<C>,
        e: A<C>,
        f: A<C>,
        g: A<C>,
    ) -> A<C> {
        track::<C, 7>(op, [a, b, c, d, e, f, g])
    }
    fn fused_8(
        op: Arc<dyn FusedOp>,
        a: A<C>,
        b: A<C>,
        c: A<C>,
        d: A<C>,
        e: A<C>,
        f: A<C>,
        g: A<C>,
        h: A<C>,
    ) -> A<C> {
        track::<C, 8>(op, [a, b, c, d, e, f, g, h])
    }
}

/// Runs the forward pass and registers the backward pass.
fn track<C: CheckpointStrategy, const N: usize>(op: Arc<dyn FusedOp>, inputs: [A<C>; N]) -> A<C> {
    let (tensors, nodes): (Vec<F>, Vec<_>) = inputs
        .into_iter()
        .map(|input| {
            let (tensor, node) = input.into_parts();
            (tensor.to_contiguous(), node)
        })
        .unzip();
    let nodes = nodes.try_into().expect("a node an input");
    match Step::<N>.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let (output, saved) = run(&*op, &tensors, true);
            let shapes = tensors.iter().map(|t| t.layout().shape().to_vec()).collect();
            let inputs = tensors.into_iter().enumerate();
            let retained = inputs
                .map(|(i, tensor)| op.retains(i).then_some(tensor))
                .chain([op.retains_output().then(|| output.clone())])
                .collect();
            prep.finish(State { op, retained, shapes, saved: Arc::new(saved) }, output)
        }
        OpsKind::UnTracked(prep) => prep.finish(run(&*op, &tensors, false).0),
    }
}

fn run(op: &dyn FusedOp, tensors: &[F], keep: bool) -> (F, Saved) {
    let views: Vec<View> = tensors.iter().map(view).collect();
    let (values, shape, saved) = op.forward(&views, keep);
    (FlexTensor::from_data(TensorData::new(values, shape)), saved)
}

fn view(tensor: &F) -> View<'_> {
    let data = tensor.as_slice().expect("a contiguous f32 tensor");
    View { shape: tensor.layout().shape(), data }
}

/// The backward step of a fused operation with `N` inputs.
#[derive(Debug)]
struct Step<const N: usize>;

#[derive(Debug, Clone)]
struct State {
    op: Arc<dyn FusedOp>,
    retained: Arc<[Option<F>]>,
    shapes: Arc<[Vec<usize>]>,
    saved: Arc<Saved>,
}

impl<const N: usize> Backward<Flex, N> for Step<N> {
    type State = State;

    fn backward(self, ops: Ops<State, N>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let State { op, retained, shapes, saved } = ops.state;
        let views: Vec<Option<View>> = retained.iter().map(|t| t.as_ref().map(view)).collect();
        let gradients = op.backward(&views, &saved, view(&grad).data);
        let mut tensors: Vec<F> = Vec::with_capacity(N);
        for (gradient, shape) in gradients.into_iter().zip(shapes.iter()) {
            tensors.push(match gradient {
                Grad::Values(values) => {
                    FlexTensor::from_data(TensorData::new(values, shape.as_slice()))
                }
                Grad::SameAs(earlier) => tensors[earlier].clone(),
            });
        }
        for (tensor, parent) in tensors.into_iter().zip(&ops.parents) {
            if let Some(parent) = parent {
                grads.register::<Flex>(parent.id, tensor);
            }
        }
    }
}
