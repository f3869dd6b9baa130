//! What a tagger and a pair scorer learn from.

use burn::tensor::Tensor;

use super::FinderExample;
use crate::{
    coref::{candidate_pairs, push_features},
    encoder::Pass,
    layers::{binary_loss, rows},
    model::{JoinBy, TagFinder, WordBatch},
    recipe::FinderSettings,
};

/// The labels of a batch's words, and its pairs of mentions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TagTargets {
    tags: Vec<usize>,
    /// The first and the last word of each mention.
    mentions: Vec<(usize, usize)>,
    pairs: Vec<(usize, usize)>,
    features: Vec<f32>,
    /// `[pairs]` 1 where both are one entity.
    same: Vec<f32>,
}

impl TagTargets {
    pub fn new(words: &WordBatch, examples: &[&FinderExample], kinds: usize) -> Self {
        let (mut tags, mut mentions, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut features, mut same) = (Vec::new(), Vec::new());
        for (example, section) in examples.iter().zip(&words.sections) {
            let before = mentions.len();
            tags.extend(&example.tags);
            let ends = example.mentions.iter();
            mentions.extend(ends.map(|m| (section.start + m.start, section.start + m.end - 1)));
            for (i, j) in candidate_pairs(&example.names) {
                push_features(&example.names[i], &example.names[j], kinds, &mut features);
                same.push(f32::from(u8::from(example.entities[i] == example.entities[j])));
                pairs.push((before + i, before + j));
            }
        }
        Self { tags, mentions, pairs, features, same }
    }

    /// The loss of the tagger and of the pair scorer, weighed and summed. `states` are those of the
    /// words, `[words, hidden]`.
    pub fn loss(
        self,
        finder: &TagFinder,
        words: &WordBatch,
        states: Tensor<2>,
        settings: &FinderSettings,
        pass: Pass,
    ) -> Tensor<1> {
        let emissions = finder.tagger.emissions(states.clone(), &words.shapes, pass.precision);
        let loss = finder.tagger.loss(emissions, &words.sentences, &self.tags);
        let loss = loss * settings.mention_weight;
        if self.pairs.is_empty() || settings.join == JoinBy::Rules {
            return loss;
        }
        let first = rows(&states, self.mentions.iter().map(|ends| ends.0));
        let last = rows(&states, self.mentions.iter().map(|ends| ends.1));
        let mentions = finder.scorer.mentions(first, last, pass.precision);
        let logits = finder.scorer.logits(&mentions, &self.pairs, self.features, pass.precision);
        loss + binary_loss(logits, self.same) * settings.coreference_weight
    }
}
