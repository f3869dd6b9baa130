//! F1 within sentences and over sentence borders.

use serde::Serialize;

use super::counts::{Counts, with_rates};
use super::judged::Judged;
use super::triple::{EntityPair, counts_by};
use super::truth::Truth;
use crate::document::{Document, Mention};

/// How many sentences apart the closest mentions of a far pair are, at least.
const FAR: usize = 6;

/// Facts by the distance of the closest mentions of their two entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IntraInter {
    /// Some sentence mentions both entities.
    #[serde(serialize_with = "with_rates")]
    pub intra: Counts,
    /// No sentence mentions both.
    #[serde(serialize_with = "with_rates")]
    pub inter: Counts,
    /// Those of `inter` whose closest mentions are more than five sentences apart.
    #[serde(serialize_with = "with_rates")]
    pub inter_long: Counts,
}

/// Counts facts within and over sentences, the intra- and inter-sentence F1 of LSR (Nan et
/// al. 2020) and the revised evaluation script of Re-DocRED. Predictions for unknown titles
/// or entities belong to neither.
pub fn intra_inter(truth: &Truth, judged: &[Judged]) -> IntraInter {
    let by_distance =
        counts_by(truth, judged, |triple| Some(triple.pair(truth)?.sentences_apart()));
    let sum = |from: usize| by_distance.range(from..).map(|(_, counts)| *counts).sum();
    IntraInter {
        intra: by_distance.get(&0).copied().unwrap_or_default(),
        inter: sum(1),
        inter_long: sum(FAR),
    }
}

impl EntityPair<'_> {
    /// How many sentences the closest mentions of the two are apart.
    pub(super) fn sentences_apart(&self) -> usize {
        self.closest(|head, tail| head.sentence.abs_diff(tail.sentence))
    }

    /// How many tokens lie between the closest mentions of the two.
    pub(super) fn tokens_apart(&self) -> usize {
        let starts = sentence_starts(self.document);
        self.closest(|head, tail| {
            let [(head, head_end), (tail, tail_end)] = [head, tail].map(|mention| {
                let start = starts[mention.sentence];
                (start + mention.tokens.start, start + mention.tokens.end)
            });
            head.max(tail).saturating_sub(head_end.min(tail_end))
        })
    }

    /// The smallest distance of two mentions; 0 for an entity without any.
    fn closest(&self, distance: impl Fn(&Mention, &Mention) -> usize) -> usize {
        let (heads, tails) = (&self.head.mentions, &self.tail.mentions);
        let pairs = heads.iter().flat_map(|head| tails.iter().map(move |tail| (head, tail)));
        pairs.map(|(head, tail)| distance(head, tail)).min().unwrap_or(0)
    }
}

/// How many tokens stand before each sentence, `[sentences]`.
fn sentence_starts(document: &Document) -> Vec<usize> {
    let start = |tokens: &mut usize, sentence: &Vec<String>| {
        *tokens += sentence.len();
        Some(*tokens - sentence.len())
    };
    document.sentences.iter().scan(0, start).collect()
}
