//! What both relation classifiers of JEREX (Eberts and Ulges 2021) read.

use burn::tensor::{Device, Tensor};
use docre_kernels::Dropout;
use serde::{Deserialize, Serialize};

use super::{
    GlobalClassifier, Initialiser, MultiInstanceClassifier, PairFeatures, PairLayout, PairPass,
    PairScores, RelationEncoder,
    scores::together,
    sizes::{WIDEST, at_most},
};
use crate::{Error, Result, stretches::range_max};

/// Entity pairs that are scored at a time, which bounds what is held of them without gradients.
const PAIRS: usize = 2048;

/// JEREX's relation classifiers. Their hidden layers are as wide as the encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JerexSettings {
    /// Which of the two.
    pub classifier: JerexClassifier,
    /// The width of the embeddings of entity types and distances (the public code: 25).
    pub embedding: usize,
    /// The dropout of the hidden layers, in [0, 1) (the public code: 0.1).
    pub dropout: f64,
    /// The entity types, by number. A recipe without any takes those of its training file; an
    /// entity of another type has an embedding that isn't trained.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

/// The two relation classifiers of JEREX.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JerexClassifier {
    /// Of each pair of mentions, and of what is between them.
    #[default]
    MultiInstance,
    /// Of the two entities alone.
    Global,
}

impl Default for JerexSettings {
    fn default() -> Self {
        Self {
            classifier: JerexClassifier::default(),
            embedding: 25,
            dropout: 0.1,
            types: Vec::new(),
        }
    }
}

impl JerexSettings {
    /// Refuses impossible values.
    pub(super) fn check(&self) -> Result<()> {
        at_most("embedding", self.embedding, WIDEST)?;
        if !(0.0..1.0).contains(&self.dropout) {
            let problem = format!("must be in [0, 1), but is {}", self.dropout);
            return Err(Error::setting("relation.dropout", problem));
        }
        Ok(())
    }

    pub(super) fn build(
        &self,
        hidden: usize,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> RelationEncoder {
        match self.classifier {
            JerexClassifier::Global => RelationEncoder::Global(GlobalClassifier::new(
                hidden, self, classes, random, device,
            )),
            JerexClassifier::MultiInstance => RelationEncoder::MultiInstance(
                MultiInstanceClassifier::new(hidden, self, classes, random, device),
            ),
        }
    }
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
