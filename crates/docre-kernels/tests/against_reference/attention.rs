//! Attention over segments, with biases, scopes and chosen rows.

use std::sync::Arc;

use burn::tensor::Tensor;
use docre_kernels::{
    Activation, Attending, DistanceBias, DistanceRows, Dropout, Scope, Segments, attend, attend_at,
    attend_rows, attend_self, attention, attention_at, attention_rows, gather_rows, reference,
    self_attention,
};

use super::{F32, assert_rows_of, check, check_within, flat, one_hot, row, tensor, values};

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
