//! The evidence of a batch's labels.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    loss::PairEvidence,
    relation::AttendedDocument,
    text::{DocumentSpan, EncodedBatch, EvidenceLabel, Example},
};

/// The pairs of a batch whose labels name sentences.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EvidenceBatch {
    /// The pairs of each document with its sentences.
    pub documents: Vec<AttendedDocument>,
    /// The row of each pair's scores.
    rows: Vec<i32>,
    /// How often the pair's labels name each sentence, divided by the sum, `[pairs, most
    /// sentences]` row by row.
    shares: Vec<f32>,
}

/// A pair with how often its labels name each sentence of its document.
struct Counted {
    head: usize,
    tail: usize,
    counts: Vec<f32>,
}

impl EvidenceBatch {
    /// That of labelled examples, which `encoded` packs; `None` if no label names a sentence
    /// that is read.
    pub fn new(examples: &[&Example], encoded: &EncodedBatch) -> Option<Self> {
        let most = examples.iter().map(|example| example.sentences.len()).max()?;
        let mut batch = Self { documents: Vec::new(), rows: Vec::new(), shares: Vec::new() };
        for (example, span) in examples.iter().zip(&encoded.documents) {
            batch.push(example, span, most);
        }
        (!batch.rows.is_empty()).then_some(batch)
    }

    fn push(&mut self, example: &Example, span: &DocumentSpan, most: usize) {
        let mut document =
            AttendedDocument { pairs: Vec::new(), sentences: example.sentences.clone() };
        for Counted { head, tail, counts } in counted(&example.evidence, &example.sentences) {
            let row = example.row(head, tail).expect("what has a label has a row");
            self.rows.push((span.ordered_pairs.start + row) as i32);
            document.pairs.push((span.entities.start + head, span.entities.start + tail));
            let sum: f32 = counts.iter().sum();
            self.shares.extend(counts.iter().map(|count| count / sum));
            self.shares.extend(std::iter::repeat_n(0.0, most - counts.len()));
        }
        self.documents.push(document);
    }

    /// With the shares of the pairs' attention, `[pairs, most sentences]`.
    pub fn with(self, attended: Tensor<2>, device: &Device) -> PairEvidence {
        let [pairs, _] = attended.dims();
        let labelled = TensorData::new(self.shares, attended.dims());
        PairEvidence {
            rows: Tensor::from_data(TensorData::new(self.rows, [pairs]), device),
            labelled: Tensor::from_data(labelled, device),
            attended,
        }
    }
}

/// The pairs that labels name sentences for, ascending, without sentences that were cut off.
fn counted(labels: &[EvidenceLabel], sentences: &[Range<usize>]) -> Vec<Counted> {
    let is_read = |label: &&EvidenceLabel| {
        sentences.get(label.sentence).is_some_and(|tokens| !tokens.is_empty())
    };
    let mut pairs: Vec<Counted> = Vec::new();
    for EvidenceLabel { head, tail, sentence, .. } in labels.iter().filter(is_read) {
        if pairs.last().is_none_or(|last| (last.head, last.tail) != (*head, *tail)) {
            let counts = vec![0.0; sentences.len()];
            pairs.push(Counted { head: *head, tail: *tail, counts });
        }
        let last = pairs.last_mut().expect("a pair was begun");
        last.counts[*sentence] += 1.0;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_two_relations_counts_twice_and_one_that_was_cut_off_not_at_all() {
        let label = |column, sentence| EvidenceLabel { head: 0, tail: 2, column, sentence };
        let other = EvidenceLabel { head: 1, tail: 0, column: 1, sentence: 3 };
        let labels = [label(1, 0), label(1, 1), label(2, 1), other];
        let counted = counted(&labels, &[1..4, 4..9, 9..12, 12..12]);
        assert_eq!(counted.len(), 1);
        assert_eq!((counted[0].head, counted[0].tail), (0, 2));
        assert_eq!(counted[0].counts, [1.0, 2.0, 0.0, 0.0]);
    }
}
