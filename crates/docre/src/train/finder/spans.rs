//! What JEREX's classifiers of spans, mention pairs and entities learn from.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use burn::tensor::Tensor;

use super::FinderExample;
use crate::{
    coref::{TypeClassifier, edit_distance},
    encoder::Pass,
    layers::{binary_loss, rows},
    mention::spans,
    model::{JoinBy, SpanFinder, WordBatch},
    random::Random,
    recipe::{FinderSettings, SpanSettings},
    stretches::range_max,
};

/// What separates the finder's masks from those of the encoder.
const FINDER: u64 = 1 << 49;

/// A batch's mentions and entities, and drawn ones that are none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpanTargets {
    /// The words of all mentions, then of spans that are none.
    spans: Vec<Range<usize>>,
    mentions: usize,
    /// Pairs of mentions, in the order of the text.
    pairs: Vec<(usize, usize)>,
    distances: Vec<usize>,
    /// `[pairs]` 1 where both are one entity.
    same: Vec<f32>,
    /// The mentions of each entity, one behind another.
    members: Vec<usize>,
    /// `[entities]` Which members.
    entities: Vec<Range<usize>>,
    /// `[entities]` The number of its type.
    kinds: Vec<usize>,
}

impl SpanTargets {
    pub fn new(
        words: &WordBatch,
        examples: &[&FinderExample],
        settings: &SpanSettings,
        random: &mut Random,
    ) -> Self {
        let mut targets = Self {
            spans: Vec::new(),
            mentions: 0,
            pairs: Vec::new(),
            distances: Vec::new(),
            same: Vec::new(),
            members: Vec::new(),
            entities: Vec::new(),
            kinds: Vec::new(),
        };
        let mut others = Vec::new();
        for (example, section) in examples.iter().zip(&words.sections) {
            targets.push_pairs(example, settings, random);
            targets.push_entities(example);
            let shifted = |m: &Range<usize>| section.start + m.start..section.start + m.end;
            targets.spans.extend(example.mentions.iter().map(shifted));
            others.extend(no_mentions(example, settings, random).iter().map(shifted));
        }
        targets.mentions = targets.spans.len();
        targets.spans.extend(others);
        targets
    }

    /// All pairs of mentions of one entity, and some of others.
    fn push_pairs(
        &mut self,
        example: &FinderExample,
        settings: &SpanSettings,
        random: &mut Random,
    ) {
        let (before, count) = (self.spans.len(), example.mentions.len());
        let all = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
        let is_one = |(i, j): &(usize, usize)| example.entities[*i] == example.entities[*j];
        let (same, other): (Vec<_>, Vec<_>) = all.partition(is_one);
        let other = drawn(other, settings.other_pairs, random);
        for (i, j) in same.into_iter().chain(other) {
            self.same.push(f32::from(u8::from(is_one(&(i, j)))));
            self.distances.push(edit_distance(&example.names[i], &example.names[j]));
            self.pairs.push((before + i, before + j));
        }
    }

    fn push_entities(&mut self, example: &FinderExample) {
        let before = self.spans.len();
        let mut entities = BTreeMap::<usize, Vec<usize>>::new();
        for (mention, entity) in example.entities.iter().enumerate() {
            entities.entry(*entity).or_default().push(mention);
        }
        for mentions in entities.into_values() {
            let first = self.members.len();
            self.kinds.push(example.names[mentions[0]].kind);
            self.members.extend(mentions.into_iter().map(|mention| before + mention));
            self.entities.push(first..self.members.len());
        }
    }

    /// The losses of the three classifiers, weighed and summed. `words` are the maxima over the
    /// pieces of each word, `[words, hidden]`.
    pub fn loss(
        self,
        finder: &SpanFinder,
        words: &Tensor<2>,
        settings: &FinderSettings,
        pass: Pass,
    ) -> Tensor<1> {
        let masks = |part| pass.dropout.at(FINDER + part);
        let maxima = range_max(words, &self.spans);
        let logits = finder.spans.logits(maxima.clone(), &self.spans, masks(0), pass.precision);
        let is_mention = (0..self.spans.len()).map(|s| f32::from(u8::from(s < self.mentions)));
        let loss = binary_loss(logits, is_mention.collect()) * settings.mention_weight;
        if self.mentions == 0 {
            return loss;
        }
        let mentions = maxima.narrow(0, 0, self.mentions);
        let entities = range_max(&rows(&mentions, self.members.into_iter()), &self.entities);
        let logits = finder.types.logits(entities, masks(1), pass.precision);
        let loss = loss + TypeClassifier::loss(logits, &self.kinds) * settings.spans.type_weight;
        if self.pairs.is_empty() || settings.join == JoinBy::Rules {
            return loss;
        }
        let (pairs, distances) = (&self.pairs, &self.distances);
        let logits = finder.pairs.logits(&mentions, pairs, distances, masks(2), pass.precision);
        loss + binary_loss(logits, self.same) * settings.coreference_weight
    }
}

/// Spans of a section that aren't mentions: up to half of them within mentions, as the public code
/// draws them.
fn no_mentions(
    example: &FinderExample,
    settings: &SpanSettings,
    random: &mut Random,
) -> Vec<Range<usize>> {
    let mentions: HashSet<&Range<usize>> = example.mentions.iter().collect();
    let is_inside = |span: &Range<usize>| {
        let holds = |m: &Range<usize>| m.start <= span.start && span.end <= m.end;
        example.mentions.iter().any(holds)
    };
    let sentences = &example.input.section.sentences;
    let all = spans(sentences, settings.longest).filter(|span| !mentions.contains(span));
    let (inside, outside): (Vec<_>, Vec<_>) = all.partition(is_inside);
    let mut drawn_spans = drawn(inside, settings.other_spans / 2, random);
    let left = settings.other_spans - drawn_spans.len();
    drawn_spans.extend(drawn(outside, left, random));
    drawn_spans
}

/// At most `count` of a list, any of them with the same chance.
fn drawn<T>(mut list: Vec<T>, count: usize, random: &mut Random) -> Vec<T> {
    let count = count.min(list.len());
    for place in 0..count {
        let other = place + random.below(list.len() - place);
        list.swap(place, other);
    }
    list.truncate(count);
    list
}
