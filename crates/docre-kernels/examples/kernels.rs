//! How fast each kernel is on this machine, forward and backward, at the sizes of a batch of
//! four documents: `cargo run --release --workspace --example kernels -- [bf16]`.

use std::{sync::Arc, time::Instant};

use burn::tensor::{Device, Distribution, Tensor};
use docre_kernels::{
    Activation, Contrast, DocumentPairs, Dropout, Precision, Relative, RelativeRows, Segments,
    add_layer_norm, attention, contrast, disentangled_attention, grouped_bilinear, linear,
    pair_context, pair_feature, reference,
};

const DOCUMENTS: usize = 4;
const TOKENS: usize = 270;
const ENTITIES: usize = 19;
const CLASSES: usize = 97;
const REPEATS: usize = 10;

fn main() {
    let precision = match std::env::args().nth(1).as_deref() {
        Some("bf16") => Precision::Bf16,
        _ => Precision::F32,
    };
    println!("{:<28} {:>10} {:>10} {:>12} {:>12}", "kernel", "forward", "backward", "", "");
    println!("{:<28} {:>10} {:>10} {:>12} {:>12}", "", "ms", "ms", "GFLOP/s", "GFLOP/s");
    let tokens = DOCUMENTS * TOKENS;
    for (name, inputs, outputs, activation) in [
        ("linear 384 x 384", 384, 384, Activation::None),
        ("linear 384 x 1536, GELU", 384, 1536, Activation::Gelu),
        ("linear 1536 x 384", 1536, 384, Activation::None),
        ("linear 768 x 3072, GELU", 768, 3072, Activation::Gelu),
    ] {
        measure(
            name,
            2 * tokens * inputs * outputs,
            [random([tokens, inputs]), random([inputs, outputs]), random([1, outputs])],
            |[x, w, b]| linear(x, w, b.squeeze_dim(0), activation, precision),
        );
    }
    let segments = of_equal_length(TOKENS);
    for (name, dropout) in
        [("attention", Dropout::OFF), ("attention, dropout", Dropout::new(0.1, 1))]
    {
        measure(
            name,
            4 * DOCUMENTS * TOKENS * TOKENS * 384,
            [0, 1, 2].map(|_| random([tokens, 384])),
            |[q, k, v]| attention(q, k, v, &segments, 12, dropout, precision),
        );
    }
    positions(precision);
    measure(
        "residual, layer norm",
        0,
        [random([tokens, 384]), random([tokens, 384]), random([1, 384]), random([1, 384])],
        |[x, r, g, b]| {
            let (g, b) = (g.squeeze_dim(0), b.squeeze_dim(0));
            add_layer_norm(x, r, g, b, 1e-12, Dropout::new(0.1, 1))
        },
    );
    pairs(precision);
}

/// Attention to relative positions, of which DeBERTa v3 has 512 and v1 1,024.
fn positions(precision: Precision) {
    let segments = of_equal_length(TOKENS);
    let tokens = DOCUMENTS * TOKENS;
    let reach = TOKENS as isize - 1;
    for (name, table) in [("disentangled, 256 rows", 256), ("disentangled, a row each", 2 * TOKENS)]
    {
        let row = |distance: isize| (distance + reach) as usize * (table - 1) / (2 * TOKENS - 2);
        let rows = RelativeRows::new(TOKENS, row);
        let products = 2 * DOCUMENTS * rows.products(TOKENS);
        measure(
            name,
            2 * 384 * (2 * DOCUMENTS * TOKENS * TOKENS + products),
            [tokens, tokens, tokens, table, table].map(|rows| random([rows, 384])),
            |[q, k, v, keys, queries]| {
                let rows = rows.clone();
                let relative = Relative { keys: Some(keys), queries: Some(queries), rows };
                disentangled_attention(q, k, v, relative, &segments, 12, Dropout::OFF, precision)
            },
        );
    }
}

/// The kernels of the pair stage.
fn pairs(precision: Precision) {
    let unordered: Vec<(usize, usize)> = (0..DOCUMENTS)
        .flat_map(|d| {
            let of_document = move |e| d * ENTITIES + e;
            (0..ENTITIES).flat_map(move |i| (0..i).map(move |j| (of_document(j), of_document(i))))
        })
        .collect();
    let per_document = unordered.len() / DOCUMENTS;
    let layout = DocumentPairs {
        tokens: of_equal_length(TOKENS),
        pairs_of_document: of_equal_length(per_document),
        pairs: unordered.clone().into(),
    };
    let entities = DOCUMENTS * ENTITIES;
    measure(
        "localized context",
        2 * unordered.len() * TOKENS * (384 + 12),
        [random([entities, 12 * TOKENS]), random([DOCUMENTS * TOKENS, 384])],
        |[a, h]| pair_context(a.reshape([entities, 12, TOKENS]), h, &layout, precision),
    );
    let ordered: Arc<[(usize, usize)]> = unordered
        .iter()
        .enumerate()
        .flat_map(|(context, (i, j))| [(*i, context), (*j, context)])
        .collect();
    measure(
        "pair feature",
        0,
        [random([entities, 768]), random([unordered.len(), 768])],
        |[e, c]| pair_feature(e, c, &ordered),
    );
    let count = ordered.len();
    measure(
        "grouped bilinear",
        2 * count * 768 * 64 * CLASSES,
        [
            random([count, 768]),
            random([count, 768]),
            random([768 * 64, CLASSES]),
            random([1, CLASSES]),
        ],
        |[h, t, w, b]| grouped_bilinear(h, t, w, b.squeeze_dim(0), 64, precision),
    );
    // Each document has some 35 facts, of one of eight relations here.
    let facts = DOCUMENTS * 35;
    let rows = Contrast {
        anchors: (0..facts as u32).collect(),
        labels: (0..count).map(|row| if row < facts { 1 << (row % 8) } else { 0 }).collect(),
        groups: 12,
        temperature: 0.2,
    };
    measure(
        "contrast",
        2 * 2 * facts * count * 768,
        [random([count, 768]), random([count, 768])],
        |[h, t]| contrast(h, t, &rows),
    );
    measure(
        "contrast, composed",
        2 * 2 * facts * count * 768,
        [random([count, 768]), random([count, 768])],
        |[h, t]| reference::contrast(h, t, &rows),
    );
}

fn of_equal_length(length: usize) -> Segments {
    Segments::new((0..=DOCUMENTS).map(|document| document * length).collect::<Vec<_>>())
}

fn random(shape: [usize; 2]) -> Tensor<2> {
    Tensor::random(shape, Distribution::Uniform(-0.5, 0.5), &Device::flex())
}

/// Prints the best times of some repeats. `work` is the number of operations of the forward
/// pass; the backward pass has twice as many.
fn measure<const N: usize>(
    name: &str,
    work: usize,
    inputs: [Tensor<2>; N],
    op: impl Fn([Tensor<2>; N]) -> Tensor<2>,
) {
    let device = Device::flex().autodiff();
    let (mut forward, mut backward) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..REPEATS {
        let begun = Instant::now();
        let out = op(inputs.clone());
        forward = forward.min(begun.elapsed().as_secs_f64());
        let cotangent = Tensor::from_data(out.into_data(), &device);
        let leaves =
            inputs.clone().map(|x| Tensor::from_data(x.into_data(), &device).require_grad());
        let loss = (op(leaves) * cotangent).sum();
        let begun = Instant::now();
        let gradients = loss.backward();
        backward = backward.min(begun.elapsed().as_secs_f64());
        drop(gradients);
    }
    let rate = |work: usize, seconds: f64| match work {
        0 => "-".to_string(),
        work => format!("{:.0}", work as f64 / seconds / 1e9),
    };
    println!(
        "{name:<28} {:>10.2} {:>10.2} {:>12} {:>12}",
        forward * 1e3,
        backward * 1e3,
        rate(work, forward),
        rate(2 * work, backward)
    );
}
