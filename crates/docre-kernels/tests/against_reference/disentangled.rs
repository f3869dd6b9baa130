//! Attention with relative positions, as DeBERTa has it.

use std::sync::Arc;

use burn::tensor::Tensor;
use docre_kernels::{
    Dropout, Relative, RelativeRows, Segments, disentangled_attention, disentangled_rows, reference,
};

use super::{F32, assert_rows_of, check, flat, one_hot, tensor, values};

/// Relative positions for `longest` tokens in a table of 12 rows, with ends that many share.
pub(super) fn positions(
    longest: usize,
    keys: Option<Tensor<2>>,
    queries: Option<Tensor<2>>,
) -> Relative {
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
