//! Linear maps, norms, dropout, gates, positions and tables.

use std::sync::Arc;

use docre_kernels::{
    Activation, Dropout, add_layer_norm, dropout, gated_gelu, gather_rows, layer_norm, linear,
    reference, rotate,
};

use super::{F32, check, row, tensor_on};

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

#[test]
fn rows_of_a_table() {
    let numbers: Arc<[u32]> = [4, 0, 4, 2, 6, 6, 6].into();
    check(
        |[table]| gather_rows(table, &numbers),
        |[table]| reference::gather_rows(table, &numbers),
        [[7, 5]],
    );
}
