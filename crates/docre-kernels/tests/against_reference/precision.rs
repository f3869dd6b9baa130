//! Products in bfloat16.

use burn::tensor::Tensor;
use docre_kernels::{
    Activation, Dropout, Precision, Segments, attention, disentangled_attention, grouped_bilinear,
    linear,
};

use super::disentangled::positions;
use super::{F32, Shape, assert_close, fused_device, row, run, tensor, values};

/// The values and gradients in bfloat16 are those of 32-bit floats, up to its 8 significant
/// bits; and those of the CPU's unit, where it has one, are those of the emulation.
fn check_precision<const N: usize>(
    op: impl Fn([Tensor<2>; N], Precision) -> Tensor<2>,
    shapes: [Shape; N],
) {
    let inputs: [Vec<f32>; N] =
        std::array::from_fn(|i| values(shapes[i][0] * shapes[i][1], i as u32 + 1));
    let run = |precision| {
        let (value, grads) = run(|inputs| op(inputs, precision), &inputs, shapes, &fused_device());
        std::iter::once(value).chain(grads).collect::<Vec<_>>()
    };
    let (exact, emulated, unit) = (run(F32), run(Precision::Bf16Emulated), run(Precision::Bf16));
    for i in 0..exact.len() {
        assert_close("emulated", &emulated[i], &exact[i], 0.02);
        assert_ne!(emulated[i], exact[i], "operands are rounded");
        if docre_kernels::bf16_unit().is_some() {
            // Products that follow on others round values that differ in their last bits.
            assert_close("on the unit", &unit[i], &emulated[i], 0.005);
        } else {
            assert_eq!(unit[i], exact[i], "without a unit, 32-bit floats");
        }
    }
}

#[test]
fn products_in_bfloat16() {
    let segments = Segments::new(vec![0, 30, 70]);
    check_precision(
        |[x, w], precision| {
            let bias = row(tensor(&values(50, 9), [1, 50]));
            linear(x, w, bias, Activation::Gelu, precision)
        },
        [[70, 40], [40, 50]],
    );
    check_precision(
        |[q, k, v], precision| attention(q, k, v, &segments, 2, Dropout::OFF, precision),
        [[70, 64], [70, 64], [70, 64]],
    );
    check_precision(
        |[q, k, v, a, b], precision| {
            let relative = positions(40, Some(a), Some(b));
            disentangled_attention(q, k, v, relative, &segments, 2, Dropout::OFF, precision)
        },
        [[70, 64], [70, 64], [70, 64], [12, 64], [12, 64]],
    );
    check_precision(
        |[h, t, w], precision| {
            let bias = row(tensor(&values(7, 9), [1, 7]));
            grouped_bilinear(h, t, w, bias, 8, precision)
        },
        [[90, 24], [90, 24], [192, 7]],
    );
}
