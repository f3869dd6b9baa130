//! What is made of pairs: features, contexts, contrasts, scores.

use std::sync::Arc;

use burn::tensor::Tensor;
use docre_kernels::{
    Contrast, DocumentPairs, Segments, contrast, grouped_bilinear, pair_context, pair_feature,
    reference,
};

use super::{F32, check, row, tensor, tensor_on, values};

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
