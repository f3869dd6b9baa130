//! Mentions by the labels of words.

use super::{FinderPass, Tagged, Waiting, WaitingBatch};
use crate::{
    coref::FoundMention,
    layers::rows,
    mention::TaggedMention,
    model::finder::{JoinBy, TagFinder},
};

impl FinderPass<'_> {
    /// The mentions that the labels of words name.
    pub(super) fn tag_batch(&self, finder: &TagFinder, read: &WaitingBatch, tagged: &mut [Tagged]) {
        let WaitingBatch { document_words, waiting, batch } = *read;
        let words = self.model.word_states(batch, self.precision.into());
        let tagger = &finder.tagger;
        let emissions = tagger.emissions(words.clone(), &batch.shapes, self.precision);
        let tags = tagger.decode(&emissions, &batch.sentences);
        let labels = self.config.labels();
        let (mut ends, mut counts) = (Vec::new(), Vec::new());
        for (Waiting { document, input }, of_section) in waiting.iter().zip(&batch.sections) {
            let section = &input.section;
            let before = ends.len();
            for sentence in &section.sentences {
                let first = of_section.start + sentence.start;
                let tagged_here = labels.mentions(&tags[first..of_section.start + sentence.end]);
                for mut mention in tagged_here {
                    let text = |token: usize| {
                        let word = section.words[sentence.start + token];
                        document_words[*document][word.sentence][word.token].as_str()
                    };
                    trim(&mut mention, text);
                    if !is_name(&mention, text) {
                        continue;
                    }
                    let word = section.words[sentence.start + mention.tokens.start];
                    let tokens = word.token..word.token + mention.tokens.len();
                    let found =
                        FoundMention { sentence: word.sentence, tokens, kind: mention.kind };
                    tagged[*document].mentions.push(found);
                    ends.push((first + mention.tokens.start, first + mention.tokens.end - 1));
                }
            }
            counts.push((*document, ends.len() - before));
        }
        if ends.is_empty() || self.config.join == JoinBy::Rules {
            return;
        }
        let first = rows(&words, ends.iter().map(|end| end.0));
        let last = rows(&words, ends.iter().map(|end| end.1));
        let states = finder.scorer.mentions(first, last, self.precision).into_data();
        let mut states = states.as_slice::<f32>().expect("states are f32");
        let width = states.len() / ends.len();
        for (document, count) in counts {
            let (own, rest) = states.split_at(count * width);
            tagged[document].states.extend_from_slice(own);
            states = rest;
        }
    }
}

/// The most words of a mention, and the most bytes: what is longer is a run of words that the
/// tagger lost itself in. In DocRED one mention of 28,943 has more than 20 words.
const LONGEST_MENTION: (usize, usize) = (40, 400);

/// Takes words without letters and digits from the ends of a mention.
fn trim<'a>(mention: &mut TaggedMention, word: impl Fn(usize) -> &'a str) {
    let is_sign = |token: usize| !word(token).chars().any(char::is_alphanumeric);
    let tokens = &mut mention.tokens;
    while tokens.len() > 1 && is_sign(tokens.start) {
        tokens.start += 1;
    }
    while tokens.len() > 1 && is_sign(tokens.end - 1) {
        tokens.end -= 1;
    }
}

/// Whether a mention has a letter or digit, and not more words than names have.
pub(super) fn is_name<'a>(mention: &TaggedMention, word: impl Fn(usize) -> &'a str) -> bool {
    let (words, bytes) = LONGEST_MENTION;
    let length: usize = mention.tokens.clone().map(|token| word(token).len()).sum();
    let mut tokens = mention.tokens.clone();
    mention.tokens.len() <= words
        && length <= bytes
        && tokens.any(|token| word(token).chars().any(char::is_alphanumeric))
}
