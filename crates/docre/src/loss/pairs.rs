//! What a loss is computed from.

use burn::tensor::{Int, Tensor};

use crate::{document::RelationSet, relation::PairFeatures};

/// The scores of a batch's ordered entity pairs, and what is known of them. Losses never
/// change it.
#[derive(Debug, Clone)]
pub struct ScoredPairs {
    /// The scores, `[pairs, classes]`; column 0 is the threshold (none) class.
    pub logits: Tensor<2>,
    /// 1 where a relation holds, else 0, `[pairs, classes]`; column 0 is 1 exactly
    /// where no relation holds.
    pub labels: Tensor<2>,
    /// 1 for the negatives that count, `[pairs, classes]`; all do where it is missing.
    pub kept: Option<Tensor<2>>,
    /// The row of the prior that belongs to each pair's entity types, `[pairs]`.
    pub type_pairs: Option<Tensor<1, Int>>,
    /// The vectors that the scores were made of.
    pub features: Option<PairFeatures>,
    /// A teacher's scores, `[pairs, classes]`.
    pub teacher: Option<Tensor<2>>,
    /// How attention is shared out among sentences, where labels name some.
    pub evidence: Option<PairEvidence>,
}

/// How the attention of a batch's pairs is shared out among sentences, where labels name some.
#[derive(Debug, Clone)]
pub struct PairEvidence {
    /// The rows of the pairs that have evidence, `[pairs with evidence]`.
    pub rows: Tensor<1, Int>,
    /// p, the share of each sentence in the pair's attention, `[pairs with evidence, sentences]`.
    pub attended: Tensor<2>,
    /// v, how often the pair's labels name each sentence, divided by the sum; same shape.
    pub labelled: Tensor<2>,
}

impl ScoredPairs {
    /// Scores and labels alone, which is all that most losses need.
    pub fn new(logits: Tensor<2>, labels: Tensor<2>) -> Self {
        Self {
            logits,
            labels,
            kept: None,
            type_pairs: None,
            features: None,
            teacher: None,
            evidence: None,
        }
    }

    /// The labels of the relations alone: column 0 is 0, `[pairs, classes]`.
    pub(super) fn positive(&self) -> Tensor<2> {
        self.labels.clone() * self.columns(0.0, 1.0)
    }

    /// The relations that don't hold and count: column 0 is 0, `[pairs, classes]`.
    pub(super) fn negative(&self) -> Tensor<2> {
        let all = self.all_negative();
        match &self.kept {
            Some(kept) => all * kept.clone(),
            None => all,
        }
    }

    /// The relations that don't hold, whether they count or not, `[pairs, classes]`.
    pub(super) fn all_negative(&self) -> Tensor<2> {
        (1.0 - self.labels.clone()) * self.columns(0.0, 1.0)
    }

    /// The labels that hold, of the relations alone or `with_none` of all classes, `[pairs, classes]`.
    pub(super) fn holding(&self, with_none: bool) -> Tensor<2> {
        if with_none { self.labels.clone() } else { self.positive() }
    }

    /// The labels that don't hold and count, likewise, `[pairs, classes]`.
    pub(super) fn missing(&self, with_none: bool) -> Tensor<2> {
        if !with_none {
            return self.negative();
        }
        self.negative() + (1.0 - self.labels.clone()) * self.columns(1.0, 0.0)
    }

    /// 1 for each pair without a relation, `[pairs, 1]`.
    pub(super) fn none(&self) -> Tensor<2> {
        self.labels.clone().narrow(1, RelationSet::NONE, 1)
    }

    /// How far each score lies above the threshold class, `d_r = f_r - f_TH`, `[pairs, classes]`.
    pub(super) fn margins(&self) -> Tensor<2> {
        self.logits.clone() - self.threshold()
    }

    /// The scores of the threshold class, `[pairs, 1]`.
    pub(super) fn threshold(&self) -> Tensor<2> {
        self.logits.clone().narrow(1, RelationSet::NONE, 1)
    }

    /// `threshold` in column 0 and `relations` in the others, `[1, classes]`.
    pub(super) fn columns(&self, threshold: f32, relations: f32) -> Tensor<2> {
        let mut row = vec![relations; self.logits.dims()[1]];
        row[RelationSet::NONE] = threshold;
        Tensor::<1>::from_floats(row.as_slice(), &self.logits.device()).unsqueeze()
    }
}
