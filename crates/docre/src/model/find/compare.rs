//! How similar mentions are.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorData, activation};
use docre_kernels::{Dropout, on_pool};

use super::{FinderPass, FoundMentions, Tagged, name};
use crate::{
    coref::{
        FoundMention, MentionName, SimilarMentions, candidate_pairs, edit_distance, push_features,
        same_by_rules,
    },
    document::Document,
    model::finder::{EntityFinder, JoinBy},
};

/// Mention pairs that are scored at a time.
const PAIRS: usize = 8192;

/// Up to so many mentions each is a unit of its own. In longer texts mentions of one name and type
/// are one: a book names its hero thousands of times, and each pair would have to be looked at.
const OWN_UNITS: usize = 400;

impl FinderPass<'_> {
    /// How similar a document's mentions are.
    pub(super) fn compare(&self, document: &Document, tagged: Tagged) -> FoundMentions {
        let Tagged { mentions, states: all } = tagged;
        let name = |found: &FoundMention| name(document, found);
        let names: Vec<MentionName> = mentions.iter().map(name).collect();
        let (units, first) = units(&names);
        let width = all.len() / names.len().max(1);
        let state = |mention: &usize| &all[mention * width..(mention + 1) * width];
        let states: Vec<f32> = first.iter().flat_map(state).copied().collect();
        let names: Vec<MentionName> = first.iter().map(|mention| names[*mention].clone()).collect();
        let pairs = candidate_pairs(&names);
        let similarities = match self.config.join {
            JoinBy::Rules => {
                pairs.iter().map(|(i, j)| same_by_rules(&names[*i], &names[*j])).collect()
            }
            JoinBy::Learned => self.score(&names, &states, &pairs),
        };
        let similar = SimilarMentions { count: names.len(), pairs, similarities };
        let maxima = match self.finder {
            EntityFinder::Tags(_) => Vec::new(),
            EntityFinder::Spans(_) => all,
        };
        FoundMentions { mentions, units, similar, maxima }
    }

    fn score(&self, names: &[MentionName], states: &[f32], pairs: &[(usize, usize)]) -> Vec<f64> {
        if pairs.is_empty() {
            return Vec::new();
        }
        let device = self.model.encoder.device();
        on_pool(&device, || {
            let shape = [names.len(), states.len() / names.len()];
            let mentions = Tensor::<2>::from_data(TensorData::new(states.to_vec(), shape), &device);
            let mut scores = Vec::with_capacity(pairs.len());
            for pairs in pairs.chunks(PAIRS) {
                let logits = self.logits(&mentions, names, pairs);
                let same = activation::sigmoid(logits).into_data();
                let same = same.as_slice::<f32>().expect("scores are f32");
                scores.extend(same.iter().map(|value| f64::from(*value)));
            }
            scores
        })
    }

    /// The logits of pairs of mentions, `[pairs]`.
    fn logits(
        &self,
        mentions: &Tensor<2>,
        names: &[MentionName],
        pairs: &[(usize, usize)],
    ) -> Tensor<1> {
        let both = pairs.iter().map(|(i, j)| (&names[*i], &names[*j]));
        match self.finder {
            EntityFinder::Tags(finder) => {
                let (kinds, mut features) = (self.config.kinds.len(), Vec::new());
                both.for_each(|(one, two)| push_features(one, two, kinds, &mut features));
                finder.scorer.logits(mentions, pairs, features, self.precision)
            }
            EntityFinder::Spans(finder) => {
                let distances: Vec<usize> =
                    both.map(|(one, two)| edit_distance(one, two)).collect();
                finder.pairs.logits(mentions, pairs, &distances, Dropout::OFF, self.precision)
            }
        }
    }
}

/// The unit of each mention, numbered by their first mentions, and these.
fn units(names: &[MentionName]) -> (Vec<usize>, Vec<usize>) {
    if names.len() <= OWN_UNITS {
        return ((0..names.len()).collect(), (0..names.len()).collect());
    }
    let (mut known, mut first) = (HashMap::new(), Vec::new());
    let mut unit = |(mention, name): (usize, &MentionName)| {
        *known.entry((name.words.clone(), name.kind)).or_insert_with(|| {
            first.push(mention);
            first.len() - 1
        })
    };
    let units = names.iter().enumerate().map(&mut unit).collect();
    (units, first)
}
