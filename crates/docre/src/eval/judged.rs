//! Predictions held against the truth, once for all metrics.

use std::collections::HashSet;

use super::truth::Truth;
use crate::corpus::Prediction;
use crate::document::Fact;

/// A prediction and what the truth says to it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The prediction.
    pub prediction: &'a Prediction,
    /// The place of its document in the truth; `None` where no document has the title.
    pub document: Option<usize>,
    /// The labelled fact it agrees with; `None` where it is wrong.
    pub fact: Option<&'a Fact>,
}

impl Judged<'_> {
    /// The document, head and tail; `None` for an unknown title.
    pub(super) fn pair(&self) -> Option<PairKey> {
        Some((self.document?, self.prediction.head, self.prediction.tail))
    }
}

/// The place of a document in the truth, a head and a tail.
pub(super) type PairKey = (usize, usize, usize);

/// Looks the predictions up, in their order. Those with the same title, head, tail and
/// relation count once, and the first gives the evidence, as in the official evaluation; so do
/// the two directions of a symmetric relation. Those that the truth doesn't [judge](Truth::judges) aren't there.
pub fn judge<'a>(truth: &'a Truth, predictions: &'a [Prediction]) -> Vec<Judged<'a>> {
    let mut known = HashSet::with_capacity(predictions.len());
    let is_new = |p: &&'a Prediction| {
        let (mut head, mut tail) = (p.head, p.tail);
        if truth.scope().is_symmetric(&p.relation) {
            (head, tail) = (head.min(tail), head.max(tail));
        }
        known.insert((p.title.as_str(), head, tail, p.relation.as_str()))
    };
    let look_up = |prediction: &'a Prediction| {
        let Prediction { title, head, tail, relation, .. } = prediction;
        let document = truth.index(title);
        let fact = document.and_then(|index| truth.fact(index, *head, relation, *tail));
        Judged { prediction, document, fact }
    };
    let judged = predictions.iter().filter(|prediction| truth.judges(prediction));
    judged.filter(is_new).map(look_up).collect()
}
