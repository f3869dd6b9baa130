//! Every fused kernel against the form composed of Burn's operations, in value
//! and gradient, and its backward pass against finite differences. The composed form
//! runs on the device that `DOCRE_TEST_DEVICE` names, else on the CPU too.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use docre_kernels::{
    Activation, AdamWState, AdamWStep, Attending, Contrast, DistanceBias, DistanceRows,
    DocumentPairs, Dropout, Groups, Moments, Neighbours, Precision, Relative, RelativeRows, Scope,
    Segments, adamw, add_layer_norm, attend, attend_at, attend_rows, attend_self, attention,
    attention_at, attention_rows, batch_norm_relu, column_moments, contrast, convolution,
    disentangled_attention, disentangled_rows, dropout, gated_gelu, gather_rows, grouped_bilinear,
    layer_norm, linear, pair_context, pair_feature, pool_logsumexp, pool_max, pool_mean,
    pool_weighted, reference, rotate, self_attention, sum_of_squares,
};

/// Repeatable values around 0, most of them in (-2, 2).
fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32
    };
    (0..count).map(|_| (uniform() + uniform() + uniform() - 1.5) * 2.0).collect()
}

const F32: Precision = Precision::F32;

type Op<const N: usize> = fn([Tensor<2>; N]) -> Tensor<2>;

/// An input's rows and columns.
type Shape = [usize; 2];

/// Where the fused form runs.
fn fused_device() -> Device {
    Device::flex().autodiff()
}

/// Where the composed form runs.
fn composed_device() -> Device {
    match std::env::var("DOCRE_TEST_DEVICE").as_deref() {
        Err(_) | Ok("cpu") => Device::flex(),
        #[cfg(feature = "cuda")]
        Ok("cuda") => Device::cuda(0),
        #[cfg(feature = "wgpu")]
        Ok("wgpu") => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        Ok(name) => panic!("the tests were built without {name}"),
    }
    .autodiff()
}

fn tensor(values: &[f32], shape: Shape) -> Tensor<2> {
    tensor_on(values, shape, &fused_device())
}

fn tensor_on(values: &[f32], shape: Shape, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The output and the gradients of `Σ output ∘ cotangent`.
fn run<const N: usize>(
    op: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    inputs: &[Vec<f32>; N],
    shapes: [Shape; N],
    device: &Device,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let leaves: [Tensor<2>; N] =
        std::array::from_fn(|i| tensor_on(&inputs[i], shapes[i], device).require_grad());
    let output = op(leaves.clone());
    let shape = output.dims();
    let cotangent = tensor_on(&values(shape[0] * shape[1], 99), shape, device);
    let grads = (output.clone() * cotangent).sum().backward();
    let grads = leaves
        .iter()
        .map(|leaf| {
            let grad = leaf.grad(&grads).expect("every input has a gradient");
            grad.into_data().convert::<f32>().try_into_vec().unwrap()
        })
        .collect();
    (output.into_data().try_into_vec().unwrap(), grads)
}

fn assert_close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    let largest = want.iter().fold(1.0_f32, |m, x| m.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= tolerance * largest, "{what}[{i}]: {got}, expected {want}");
    }
}

/// The fused form equals the composed one, and its gradients the finite differences.
fn check<const N: usize>(
    fused: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    composed: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    shapes: [Shape; N],
) {
    check_within([1e-4; N], fused, composed, shapes);
}

/// The same with a tolerance for the gradient of each input.
fn check_within<const N: usize>(
    tolerances: [f32; N],
    fused: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    composed: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    shapes: [Shape; N],
) {
    let inputs: [Vec<f32>; N] =
        std::array::from_fn(|i| values(shapes[i][0] * shapes[i][1], i as u32 + 1));
    let (value, grads) = run(&fused, &inputs, shapes, &fused_device());
    let (want_value, want_grads) = run(&composed, &inputs, shapes, &composed_device());
    assert_close("value", &value, &want_value, 2e-5);
    for (i, (got, want)) in grads.iter().zip(&want_grads).enumerate() {
        assert_close(&format!("gradient of input {i}"), got, want, tolerances[i]);
    }
    for (input, grad) in grads.iter().enumerate() {
        let direction = values(grad.len(), 7 + input as u32);
        let along: f32 = grad.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let step = 2e-3;
        let shifted = |sign: f32| {
            let mut inputs = inputs.clone();
            for (x, d) in inputs[input].iter_mut().zip(&direction) {
                *x += sign * step * d;
            }
            let (value, _) = run(&fused, &inputs, shapes, &fused_device());
            let cotangent = values(value.len(), 99);
            value.iter().zip(&cotangent).map(|(v, c)| f64::from(v * c)).sum::<f64>()
        };
        let slope = ((shifted(1.0) - shifted(-1.0)) / (2.0 * f64::from(step))) as f32;
        let scale = slope.abs().max(1.0);
        assert!((slope - along).abs() < 0.02 * scale, "input {input}: {along}, slope {slope}");
    }
    // Without autodiff the same values come out.
    let plain = fused(std::array::from_fn(|i| {
        Tensor::from_data(TensorData::new(inputs[i].clone(), shapes[i]), &Device::flex())
    }));
    assert_eq!(plain.into_data().try_into_vec::<f32>().unwrap(), value);
}

fn row(x: Tensor<2>) -> Tensor<1> {
    x.squeeze_dim(0)
}

#[test]
fn linear_with_each_activation() {
    for activation in [Activation::None, Activation::Gelu, Activation::GeluTanh, Activation::Tanh] {
        check(
            move |[x, w, b]| linear(x, w, row(b), activation, F32),
            move |[x, w, b]| reference::linear(x, w, row(b), activation, F32),
            [[37, 20], [20, 33], [1, 33]],
        );
    }
}

#[test]
fn layer_norms() {
    check(
        |[x, g, b]| layer_norm(x, row(g), row(b), 1e-12),
        |[x, g, b]| reference::layer_norm(x, row(g), row(b), 1e-12),
        [[70, 48], [1, 48], [1, 48]],
    );
    for mask in [Dropout::OFF, Dropout::new(0.2, 5)] {
        check(
            move |[x, r, g, b]| add_layer_norm(x, r, row(g), row(b), 1e-5, mask),
            move |[x, r, g, b]| reference::add_layer_norm(x, r, row(g), row(b), 1e-5, mask),
            [[150, 35], [150, 35], [1, 35], [1, 35]],
        );
    }
}

#[test]
fn dropout_is_its_mask() {
    let mask = Dropout::new(0.3, 11);
    let factors = mask.factors(60);
    check(
        move |[x]| dropout(x, mask),
        move |[x]| {
            let device = x.device();
            x * tensor_on(&factors, [6, 10], &device)
        },
        [[6, 10]],
    );
    check(move |[x]| dropout(x, mask), move |[x]| reference::dropout(x, mask), [[6, 10]]);
}

#[test]
fn attention_over_segments_of_different_lengths() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        for lengths in [vec![7, 1, 20], vec![150], vec![0, 5, 0]] {
            let segments = Segments::from_lengths(lengths);
            let tokens = segments.total();
            let (fused, composed) = (segments.clone(), segments);
            check(
                move |[q, k, v]| attention(q, k, v, &fused, 3, mask, F32),
                move |[q, k, v]| reference::attention(q, k, v, &composed, 3, mask, F32),
                [[tokens, 12]; 3],
            );
        }
    }
}

#[test]
fn self_attention_is_attention_of_three_maps() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        for lengths in [vec![7, 1, 20], vec![150], vec![1], vec![2, 1]] {
            let segments = Segments::from_lengths(lengths);
            let (tokens, composed) = (segments.total(), segments.clone());
            // Every key of a row moves alike with the keys' bias, so its gradient is 0: what is
            // left is what the CPU's sums over all tokens round.
            check_within(
                [1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 3e-4, 1e-4],
                move |[x, wq, wk, wv, bq, bk, bv]| {
                    let biases = [bq, bk, bv].map(row);
                    self_attention(x, [wq, wk, wv], biases, &segments, 3, mask, F32)
                },
                move |[x, wq, wk, wv, bq, bk, bv]| {
                    let map = |weight, bias| {
                        reference::linear(x.clone(), weight, row(bias), Activation::None, F32)
                    };
                    let [q, k, v] = [map(wq, bq), map(wk, bk), map(wv, bv)];
                    reference::attention(q, k, v, &composed, 3, mask, F32)
                },
                [[tokens, 8], [8, 12], [8, 12], [8, 12], [1, 12], [1, 12], [1, 12]],
            );
        }
    }
}

#[test]
fn attention_rows_of_chosen_tokens() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        let segments = Segments::from_lengths([7, 1, 20]);
        let rows: Arc<[usize]> = [25, 0, 3, 7, 9].into();
        let (fused, composed) = (segments.clone(), segments);
        let composed_rows = rows.clone();
        check(
            move |[q, k]| flat(attention_rows(q, k, &fused, 3, &rows, mask)),
            move |[q, k]| flat(reference::attention_rows(q, k, &composed, 3, &composed_rows, mask)),
            [[28, 12]; 2],
        );
    }
}

#[test]
fn attention_of_chosen_tokens_alone() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        // A segment without a chosen token, one with two, and more than a block of queries.
        let segments = Segments::from_lengths([7, 3, 150, 1]);
        let rows: Arc<[usize]> = [0].into_iter().chain(10..155).chain([160]).collect();
        let count = rows.len();
        let (fused, composed) = (segments.clone(), segments.clone());
        let (fused_rows, composed_rows) = (rows.clone(), rows.clone());
        check(
            move |[q, k, v]| attention_at(q, &fused_rows, k, v, &fused, 3, mask, F32),
            move |[q, k, v]| {
                reference::attention_at(q, &composed_rows, k, v, &composed, 3, mask, F32)
            },
            [[count, 12], [161, 12], [161, 12]],
        );
        let [q, k, v] = [1, 2, 3].map(|seed| tensor(&values(161 * 12, seed), [161, 12]));
        let places: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
        let chosen = gather_rows(q.clone(), &places.into());
        let chosen = attention_at(chosen, &rows, k.clone(), v.clone(), &segments, 3, mask, F32);
        assert_rows_of(attention(q, k, v, &segments, 3, mask, F32), chosen, &rows);
    }
}

#[test]
fn attention_and_its_rows_see_the_same_mask() {
    let segments = Segments::from_lengths([8, 5]);
    let mask = Dropout::new(0.4, 23);
    let (q, k) = (tensor(&values(13 * 8, 1), [13, 8]), tensor(&values(13 * 8, 2), [13, 8]));
    let one_hot = tensor(&one_hot(), [13, 8]);
    let all = attention(q.clone(), k.clone(), one_hot, &segments, 1, mask, F32);
    let rows: Arc<[usize]> = [2, 9, 12].into();
    let chosen = flat(attention_rows(q, k, &segments, 1, &rows, mask));
    assert_rows_of(all, chosen, &rows);
}

/// A bias by distance, from a table of 7 rows that keys behind a query read too.
fn bias(longest: usize, table: Tensor<2>) -> DistanceBias {
    let row = |distance: isize| distance.unsigned_abs().min(3) + if distance < 0 { 3 } else { 0 };
    DistanceBias { table, rows: DistanceRows::new(longest, row) }
}

fn biased<'a>(
    segments: &'a Segments,
    bias: &'a DistanceBias,
    scope: Scope,
    mask: Dropout,
) -> Attending<'a> {
    Attending { bias: Some(bias), scope, ..Attending::whole(segments, 3, mask, F32) }
}

const SCOPES: [Scope; 3] = [Scope::Whole, Scope::Near(4), Scope::NearAndFirst(6)];

#[test]
fn attention_with_a_bias_to_the_keys_that_are_seen() {
    for (mask, scope) in [Dropout::OFF, Dropout::new(0.25, 17)].into_iter().zip([SCOPES; 2]) {
        for scope in scope {
            for lengths in [vec![7, 1, 20], vec![290], vec![0, 5, 0]] {
                let segments = Segments::from_lengths(lengths);
                let (tokens, longest) = (segments.total(), segments.longest());
                check(
                    |[q, k, v, table]| {
                        attend(q, k, v, biased(&segments, &bias(longest, table), scope, mask))
                    },
                    |[q, k, v, table]| {
                        reference::attend(
                            q,
                            k,
                            v,
                            biased(&segments, &bias(longest, table), scope, mask),
                        )
                    },
                    [[tokens, 12], [tokens, 12], [tokens, 12], [7, 3]],
                );
            }
        }
    }
}

#[test]
fn self_attention_with_a_bias_to_the_keys_that_are_seen() {
    for scope in SCOPES {
        let segments = Segments::from_lengths([7, 1, 140]);
        let mask = Dropout::new(0.25, 17);
        let of = |leaves: [Tensor<2>; 8], fused: bool| {
            let [x, wq, wk, wv, bq, bk, bv, table] = leaves;
            let bias = bias(140, table);
            let attending =
                Attending { bias: Some(&bias), scope, ..Attending::whole(&segments, 3, mask, F32) };
            let (weights, biases) = ([wq, wk, wv], [bq, bk, bv].map(row));
            if fused {
                return attend_self(x, weights, biases, attending);
            }
            let [q, k, v] = [0, 1, 2].map(|i| {
                let (weight, bias) = (weights[i].clone(), biases[i].clone());
                reference::linear(x.clone(), weight, bias, Activation::None, F32)
            });
            reference::attend(q, k, v, attending)
        };
        check_within(
            [1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 3e-4, 1e-4, 1e-4],
            |leaves| of(leaves, true),
            |leaves| of(leaves, false),
            [[148, 8], [8, 12], [8, 12], [8, 12], [1, 12], [1, 12], [1, 12], [7, 3]],
        );
    }
}

#[test]
fn chosen_tokens_see_what_they_see_among_all() {
    for scope in SCOPES {
        let segments = Segments::from_lengths([7, 3, 150, 1]);
        let mask = Dropout::new(0.25, 17);
        let rows: Arc<[usize]> = [0].into_iter().chain(10..155).chain([160]).collect();
        check(
            |[q, k, v, table]| {
                attend_at(q, &rows, k, v, biased(&segments, &bias(150, table), scope, mask))
            },
            |[q, k, v, table]| {
                reference::attend_at(
                    q,
                    &rows,
                    k,
                    v,
                    biased(&segments, &bias(150, table), scope, mask),
                )
            },
            [[rows.len(), 12], [161, 12], [161, 12], [7, 3]],
        );
        let rows: Arc<[usize]> = [25, 0, 3, 7, 9, 158].into();
        check(
            |[q, k, table]| {
                flat(attend_rows(q, k, &rows, biased(&segments, &bias(150, table), scope, mask)))
            },
            |[q, k, table]| {
                flat(reference::attend_rows(
                    q,
                    k,
                    &rows,
                    biased(&segments, &bias(150, table), scope, mask),
                ))
            },
            [[161, 12], [161, 12], [7, 3]],
        );
    }
}

#[test]
fn attention_within_a_scope_and_its_rows_see_the_same_mask() {
    for scope in SCOPES {
        let segments = Segments::from_lengths([8, 5]);
        let attending =
            Attending { scope, ..Attending::whole(&segments, 1, Dropout::new(0.4, 23), F32) };
        let (q, k) = (tensor(&values(13 * 8, 1), [13, 8]), tensor(&values(13 * 8, 2), [13, 8]));
        let all = attend(q.clone(), k.clone(), tensor(&one_hot(), [13, 8]), attending);
        let rows: Arc<[usize]> = [2, 7, 9, 12].into();
        assert_rows_of(all, flat(attend_rows(q, k, &rows, attending)), &rows);
    }
}

#[test]
fn rotations_by_position() {
    let positions: Arc<[u32]> = (0..70).chain(0..3).chain([500]).collect();
    check(
        |[x]| rotate(x, &positions, 3, 10_000.0),
        |[x]| reference::rotate(x, &positions, 3, 10_000.0),
        [[74, 24]],
    );
}

#[test]
fn gates() {
    check(|[x]| gated_gelu(x), |[x]| reference::gated_gelu(x), [[37, 26]]);
}

/// Relative positions for `longest` tokens in a table of 12 rows, with ends that many share.
fn positions(longest: usize, keys: Option<Tensor<2>>, queries: Option<Tensor<2>>) -> Relative {
    let row = |distance: isize| {
        let bucket = distance.signum() * (distance.abs().min(3) + distance.abs() / 8);
        (bucket.clamp(-6, 5) + 6) as usize
    };
    Relative { keys, queries, rows: RelativeRows::new(longest, row) }
}

#[test]
fn disentangled_attention_over_segments_of_different_lengths() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        for lengths in [vec![7, 1, 20], vec![150], vec![0, 5, 0]] {
            let segments = Segments::from_lengths(lengths);
            let (tokens, longest) = (segments.total(), segments.longest());
            let (fused, composed) = (segments.clone(), segments.clone());
            check(
                move |[q, k, v, a, b]| {
                    let relative = positions(longest, Some(a), Some(b));
                    disentangled_attention(q, k, v, relative, &fused, 3, mask, F32)
                },
                move |[q, k, v, a, b]| {
                    let relative = positions(longest, Some(a), Some(b));
                    reference::disentangled_attention(q, k, v, relative, &composed, 3, mask)
                },
                [[tokens, 12], [tokens, 12], [tokens, 12], [12, 12], [12, 12]],
            );
        }
    }
}

#[test]
fn disentangled_attention_with_one_of_its_terms() {
    let segments = Segments::from_lengths([9, 40]);
    for of_keys in [true, false] {
        let relative = move |table: Tensor<2>| match of_keys {
            true => positions(40, Some(table), None),
            false => positions(40, None, Some(table)),
        };
        let (fused, composed) = (segments.clone(), segments.clone());
        check(
            move |[q, k, v, a]| {
                disentangled_attention(q, k, v, relative(a), &fused, 2, Dropout::OFF, F32)
            },
            move |[q, k, v, a]| {
                let off = Dropout::OFF;
                reference::disentangled_attention(q, k, v, relative(a), &composed, 2, off)
            },
            [[49, 12], [49, 12], [49, 12], [12, 12]],
        );
        let rows: Arc<[usize]> = [48, 3].into();
        let (fused, composed, same) = (segments.clone(), segments.clone(), rows.clone());
        check(
            move |[q, k, a]| {
                flat(disentangled_rows(q, k, relative(a), &fused, 2, &rows, Dropout::OFF))
            },
            move |[q, k, a]| {
                let (relative, off) = (relative(a), Dropout::OFF);
                flat(reference::disentangled_rows(q, k, relative, &composed, 2, &same, off))
            },
            [[49, 12], [49, 12], [12, 12]],
        );
    }
}

#[test]
fn disentangled_rows_of_chosen_tokens() {
    for mask in [Dropout::OFF, Dropout::new(0.25, 17)] {
        let segments = Segments::from_lengths([7, 1, 20]);
        let rows: Arc<[usize]> = [25, 0, 3, 7, 9].into();
        let (fused, composed) = (segments.clone(), segments);
        let composed_rows = rows.clone();
        check(
            move |[q, k, a, b]| {
                let relative = positions(20, Some(a), Some(b));
                flat(disentangled_rows(q, k, relative, &fused, 3, &rows, mask))
            },
            move |[q, k, a, b]| {
                let relative = positions(20, Some(a), Some(b));
                let rows = &composed_rows;
                flat(reference::disentangled_rows(q, k, relative, &composed, 3, rows, mask))
            },
            [[28, 12], [28, 12], [12, 12], [12, 12]],
        );
    }
}

#[test]
fn disentangled_attention_and_its_rows_see_the_same_mask() {
    let segments = Segments::from_lengths([8, 5]);
    let mask = Dropout::new(0.4, 23);
    let (q, k) = (tensor(&values(13 * 8, 1), [13, 8]), tensor(&values(13 * 8, 2), [13, 8]));
    let table = |seed| Some(tensor(&values(12 * 8, seed), [12, 8]));
    let relative = positions(8, table(3), table(4));
    let one_hot = tensor(&one_hot(), [13, 8]);
    let (q2, k2, relative2) = (q.clone(), k.clone(), relative.clone());
    let all = disentangled_attention(q2, k2, one_hot, relative2, &segments, 1, mask, F32);
    let rows: Arc<[usize]> = [2, 9, 12].into();
    let chosen = flat(disentangled_rows(q, k, relative, &segments, 1, &rows, mask));
    assert_rows_of(all, chosen, &rows);
}

/// Values for which the output of attention over segments of 8 and 5 tokens is its
/// probabilities: `[13, 8]`.
fn one_hot() -> Vec<f32> {
    let place = |t: usize| if t < 8 { t } else { t - 8 };
    (0..13).flat_map(|t| (0..8).map(move |c| f32::from(c == place(t)))).collect()
}

fn assert_rows_of(all: Tensor<2>, chosen: Tensor<2>, rows: &[usize]) {
    let [_, width] = all.dims();
    let all: Vec<f32> = all.into_data().try_into_vec().unwrap();
    let row = |row: &usize| all[row * width..(row + 1) * width].to_vec();
    let want: Vec<f32> = rows.iter().flat_map(row).collect();
    assert_close("rows", &chosen.into_data().try_into_vec::<f32>().unwrap(), &want, 1e-6);
}

fn flat(x: Tensor<3>) -> Tensor<2> {
    let [rows, heads, length] = x.dims();
    x.reshape([rows, heads * length])
}

fn groups() -> Groups {
    Groups::new(Segments::from_lengths([2, 0, 1, 4]), vec![3, 1, 0, 1, 2, 3, 4])
}

#[test]
fn pooling_with_empty_groups_and_shared_rows() {
    let composed: [(Op<1>, Op<1>); 3] = [
        (|[x]| pool_logsumexp(x, &groups()), |[x]| reference::pool_logsumexp(x, &groups())),
        (|[x]| pool_mean(x, &groups()), |[x]| reference::pool_mean(x, &groups())),
        (|[x]| pool_max(x, &groups()), |[x]| reference::pool_max(x, &groups())),
    ];
    for (fused, composed) in composed {
        check(fused, composed, [[5, 40]]);
    }
    let weights: Arc<[f32]> = [0.5, -1.0, 0.25, 2.0, 0.0, 1.0, 0.75].into();
    check(
        |[x]| pool_weighted(x, &groups(), &weights),
        |[x]| reference::pool_weighted(x, &groups(), &weights),
        [[5, 40]],
    );
}

#[test]
fn the_first_of_equal_rows_is_the_highest() {
    let x = tensor(&[1.0, 1.0, 0.0], [3, 1]).require_grad();
    let groups = Groups::new(Segments::from_lengths([3]), vec![2, 1, 0]);
    let grads = pool_max(x.clone(), &groups).sum().backward();
    let grad = x.grad(&grads).unwrap().into_data().try_into_vec::<f32>().unwrap();
    assert_eq!(grad, [0.0, 1.0, 0.0]);
}

#[test]
fn convolutions_over_grids_of_different_sides() {
    let neighbours = Neighbours::of_squares(&[1, 3, 2, 5]);
    assert_eq!(neighbours.count(), 39);
    // The second has more columns than are held at a time.
    for (inputs, outputs) in [(3, 5), (300, 2)] {
        check(
            |[x, w, b]| convolution(x, w, row(b), &neighbours, F32),
            |[x, w, b]| reference::convolution(x, w, row(b), &neighbours),
            [[39, inputs], [9 * inputs, outputs], [1, outputs]],
        );
    }
}

/// Batch normalisation of a batch and with given moments, fused and composed; `shift` is added
/// to beta, `[1, 40]`.
fn batch_norms(shift: &[f32]) -> [(Norm<'_>, Norm<'_>); 2] {
    let given = |device: &Device| {
        let positive: Vec<f32> = values(80, 3).into_iter().map(|x| x.abs() + 0.1).collect();
        tensor_on(&positive, [2, 40], device)
    };
    let beta = move |b: Tensor<2>| row(b.clone() + tensor_on(shift, [1, 40], &b.device()));
    [
        (
            Box::new(move |[x, g, b]| {
                let moments = column_moments(x.clone());
                batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::OfRows)
            }),
            Box::new(move |[x, g, b]| {
                let unused = given(&x.device());
                reference::batch_norm_relu(x, unused, row(g), beta(b), 1e-5, Moments::OfRows)
            }),
        ),
        (
            Box::new(move |[x, g, b]| {
                let moments = given(&x.device());
                batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::Given)
            }),
            Box::new(move |[x, g, b]| {
                let moments = given(&x.device());
                reference::batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::Given)
            }),
        ),
    ]
}

type Norm<'a> = Box<dyn Fn([Tensor<2>; 3]) -> Tensor<2> + 'a>;

const NORM_SHAPES: [Shape; 3] = [[70, 40], [1, 40], [1, 40]];

#[test]
fn batch_normalisation_away_from_the_kink() {
    // Far from where the rectifier bends, which finite differences can't step over.
    let shift: Vec<f32> = (0..40).map(|i| if i % 3 == 0 { -30.0 } else { 30.0 }).collect();
    for (fused, composed) in batch_norms(&shift) {
        check(fused, composed, NORM_SHAPES);
    }
}

#[test]
fn batch_normalisation_around_the_kink() {
    let inputs: [Vec<f32>; 3] =
        std::array::from_fn(|i| values(NORM_SHAPES[i].iter().product(), i as u32 + 1));
    for (fused, composed) in batch_norms(&[0.0; 40]) {
        let (value, grads) = run(fused, &inputs, NORM_SHAPES, &fused_device());
        let (want, want_grads) = run(composed, &inputs, NORM_SHAPES, &composed_device());
        assert_close("value", &value, &want, 2e-5);
        for (got, want) in grads.iter().zip(&want_grads) {
            assert_close("gradient", got, want, 1e-4);
        }
    }
}

#[test]
fn pair_features() {
    let pairs: Arc<[(usize, usize)]> = [(0, 0), (1, 0), (2, 1), (0, 1), (2, 1)].into();
    let composed = pairs.clone();
    check(
        move |[e, c]| pair_feature(e, c, &pairs),
        move |[e, c]| reference::pair_feature(e, c, &composed),
        [[3, 130], [2, 130]],
    );
}

#[test]
fn contrasts_of_few_and_of_many_rows() {
    // More rows and anchors than are compared at a time, and as few as can be.
    for (rows, anchors) in [(2, 1), (7, 7), (300, 150)] {
        // Every third row has no label, others share them, and the first stands alone.
        let label = |row: u64| if row == 0 { 1 << 63 } else { (row % 3).min(1) << (row % 5) };
        let rows_of = Contrast {
            anchors: (0..anchors).map(|anchor| anchor * rows / anchors).collect(),
            labels: (0..u64::from(rows)).flat_map(|row| [0, label(row)]).collect(),
            groups: 3,
            temperature: 0.5,
        };
        let composed = rows_of.clone();
        check(
            move |[h, t]| contrast(h, t, &rows_of),
            move |[h, t]| reference::contrast(h, t, &composed),
            [[rows as usize, 3 * 5], [rows as usize, 3 * 4]],
        );
    }
}

#[test]
fn contexts_of_documents_with_few_and_no_pairs() {
    let layout = DocumentPairs {
        tokens: Segments::from_lengths([6, 3, 9]),
        pairs_of_document: Segments::from_lengths([4, 0, 1]),
        pairs: [(0, 1), (0, 2), (1, 1), (1, 2), (4, 5)].into(), // one an entity and itself
    };
    // Positive attention, as probabilities are, and zero beyond a document's end.
    let lengths = [6, 6, 6, 3, 9, 9];
    let inside: Vec<f32> = lengths
        .iter()
        .flat_map(|length| (0..2 * 9).map(move |i| f32::from(i % 9 < *length)))
        .collect();
    let attention = move |x: Tensor<2>| {
        let inside = tensor_on(&inside, [6, 18], &x.device());
        (x.square() * inside).reshape([6, 2, 9])
    };
    let (fused, composed) = (layout.clone(), layout);
    let same = attention.clone();
    check(
        move |[a, h]| pair_context(attention(a), h, &fused, F32),
        move |[a, h]| reference::pair_context(same(a), h, &composed, F32),
        [[6, 18], [18, 10]],
    );
}

#[test]
fn the_grouped_bilinear_classifier() {
    for pairs in [1, 5, 150] {
        check(
            |[h, t, w, b]| grouped_bilinear(h, t, w, row(b), 4, F32),
            |[h, t, w, b]| reference::grouped_bilinear(h, t, w, row(b), 4, F32),
            [[pairs, 12], [pairs, 12], [48, 7], [1, 7]],
        );
    }
    // Several slices a group, several chunks of pairs.
    check(
        |[h, t, w, b]| grouped_bilinear(h, t, w, row(b), 32, F32),
        |[h, t, w, b]| reference::grouped_bilinear(h, t, w, row(b), 32, F32),
        [[300, 64], [300, 64], [2048, 3], [1, 3]],
    );
}

#[test]
fn no_pairs_no_logits() {
    let nothing = || tensor(&[], [0, 12]);
    let logits = grouped_bilinear(
        nothing(),
        nothing(),
        tensor(&values(48 * 7, 1), [48, 7]),
        row(tensor(&values(7, 2), [1, 7])),
        4,
        F32,
    );
    assert_eq!(logits.dims(), [0, 7]);
}

#[test]
fn rows_of_a_table() {
    let numbers: Arc<[u32]> = [4, 0, 4, 2, 6, 6, 6].into();
    check(
        |[table]| gather_rows(table, &numbers),
        |[table]| reference::gather_rows(table, &numbers),
        [[7, 5]],
    );
}

#[test]
fn the_optimizer_step() {
    let composed = composed_device().inner();
    let flat =
        |seed, device: &Device| Tensor::<1>::from_floats(values(100_000, seed).as_slice(), device);
    let state = |device: &Device| AdamWState {
        parameter: flat(1, device),
        mean: flat(2, device),
        mean_square: flat(3, device).abs(),
    };
    let step = AdamWStep {
        rate: 1e-2,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        weight_decay: 0.01,
        number: 3,
        gradient_scale: 0.5,
    };
    let cpu = Device::flex();
    let got = adamw(state(&cpu), flat(4, &cpu), &step);
    let want = reference::adamw(state(&composed), flat(4, &composed), &step);
    for (got, want) in [
        (got.parameter, want.parameter),
        (got.mean, want.mean),
        (got.mean_square, want.mean_square),
    ] {
        let read = |x: Tensor<1>| x.into_data().try_into_vec::<f32>().unwrap();
        assert_close("state", &read(got), &read(want), 1e-6);
    }
}

#[test]
fn the_sum_of_squares_of_several_tensors() {
    let wanted: f64 = [5, 6].iter().flat_map(|seed| values(100_000, *seed)).map(square).sum();
    let tensors = |device: &Device| {
        [5, 6].map(|seed| Tensor::from_floats(values(100_000, seed).as_slice(), device)).to_vec()
    };
    let composed = composed_device().inner();
    for sum in [
        sum_of_squares(tensors(&Device::flex())),
        sum_of_squares(tensors(&composed)),
        reference::sum_of_squares(tensors(&composed)),
    ] {
        assert!((sum - wanted).abs() < 1e-5 * wanted, "{sum}, expected {wanted}");
    }
    assert_eq!(sum_of_squares(Vec::new()), 0.0);
}

fn square(x: f32) -> f64 {
    f64::from(x).powi(2)
}

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
