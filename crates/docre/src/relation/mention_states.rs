//! What both relation classifiers of JEREX (Eberts and Ulges 2021) read, and how pairs go through
//! them.

use burn::tensor::{Device, Tensor};
use docre_kernels::Dropout;

use super::{PairFeatures, PairLayout, PairPass, PairScores, scores::together};
use crate::stretches::range_max;

/// Entity pairs that are scored at a time, which bounds what is held of them without gradients.
const PAIRS: usize = 2048;

/// The sizes of a classifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct JerexSizes {
    /// The width of the encoder's states, and of hidden layers.
    pub hidden: usize,
    pub classes: usize,
    /// The width of embeddings.
    pub embedding: usize,
    /// The entity types that are told apart.
    pub types: usize,
    pub dropout: f64,
}

/// Mentions and entities as the maxima over their word pieces and mentions.
pub(super) struct MentionStates {
    /// `[mentions, hidden]`
    pub mentions: Tensor<2>,
    /// `[entities, hidden]`; zeros for one whose mentions were all cut off.
    pub entities: Tensor<2>,
}

impl MentionStates {
    /// Those of a batch. `hidden` is `[document tokens, hidden]`.
    pub fn new(hidden: &Tensor<2>, layout: &PairLayout) -> Self {
        let pieces: Vec<_> = layout.spans.iter().map(|span| span.pieces.clone()).collect();
        let mentions = range_max(hidden, &pieces);
        let of_entities: Vec<_> = layout.mentions.segments.iter().collect();
        Self { entities: range_max(&mentions, &of_entities), mentions }
    }
}

/// Scores all ordered pairs of a batch, some at a time. `vectors` gives what the classifier reads
/// of some pairs of head and tail, `[pairs, width]`, and `scores` what it makes of that.
pub(super) fn score_pairs(
    layout: &PairLayout,
    pass: PairPass,
    [width, classes]: [usize; 2],
    mut vectors: impl FnMut(&[(usize, usize)], Dropout) -> Tensor<2>,
    scores: impl Fn(Tensor<2>) -> Tensor<2>,
    device: &Device,
) -> PairScores {
    let (mut logits, mut features) = (Vec::new(), Vec::new());
    for (turn, pairs) in (0..).zip(layout.ordered_pairs.chunks(PAIRS)) {
        let vectors = vectors(pairs, pass.dropout.at(turn));
        logits.push(scores(vectors.clone()));
        if pass.features {
            features.push(vectors);
        }
    }
    PairScores {
        logits: together(logits, classes, device),
        features: pass.features.then(|| PairFeatures::Vector(together(features, width, device))),
    }
}
