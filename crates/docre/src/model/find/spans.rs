//! Mentions by looking at every span of words, as JEREX does.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use docre_kernels::{Dropout, on_pool};

use super::{FinderPass, FoundMentions, Tagged, Waiting, WaitingBatch, tags::is_name};
use crate::{
    coref::FoundMention,
    mention::{TaggedMention, spans},
    model::finder::{SpanFinder, SpanForm},
    stretches::range_max,
};

/// Spans that are looked at a time. Of these alone are the states held: some 25 MB at 768 values
/// each, whatever the document's length.
const SPANS: usize = 8192;

/// A span that is taken for a mention.
struct Kept {
    /// Its words in the batch.
    words: Range<usize>,
    logit: f32,
}

impl FinderPass<'_> {
    /// The spans that are mentions.
    pub(super) fn find_spans(
        &self,
        finder: &SpanFinder,
        read: &WaitingBatch,
        tagged: &mut [Tagged],
    ) {
        let words = self.model.word_maxima(read.batch, self.precision.into());
        let kept = self.kept(finder, &words, &read.batch.sentences);
        if kept.is_empty() {
            return;
        }
        let states = range_max(&words, &kept).into_data();
        let mut states = states.as_slice::<f32>().expect("states are f32");
        let width = words.dims()[1];
        let mut kept = kept.iter().peekable();
        for (waiting, of_section) in read.waiting.iter().zip(&read.batch.sections) {
            while let Some(span) = kept.next_if(|span| span.end <= of_section.end) {
                let (own, rest) = states.split_at(width);
                states = rest;
                let mention = mention(waiting, of_section, span);
                let sentence = &read.document_words[waiting.document][mention.sentence];
                let spanned = TaggedMention { tokens: mention.tokens.clone(), kind: 0 };
                if is_name(&spanned, |token| sentence[token].as_str()) {
                    let document = &mut tagged[waiting.document];
                    document.mentions.push(mention);
                    document.states.extend_from_slice(own);
                }
            }
        }
    }

    /// The spans whose probability reaches the threshold, in order. Of more than there are words,
    /// which only a model that has hardly been trained takes for mentions, the likeliest.
    fn kept(
        &self,
        finder: &SpanFinder,
        words: &Tensor<2>,
        sentences: &[Range<usize>],
    ) -> Vec<Range<usize>> {
        let SpanForm { longest, threshold, .. } = self.form();
        let least = (threshold / (1.0 - threshold)).ln() as f32;
        let mut kept = Vec::new();
        let mut left = spans(sentences, *longest).peekable();
        while left.peek().is_some() {
            let spans: Vec<_> = left.by_ref().take(SPANS).collect();
            let maxima = range_max(words, &spans);
            let logits = finder.spans.logits(maxima, &spans, Dropout::OFF, self.precision);
            let logits = logits.into_data();
            let logits = logits.as_slice::<f32>().expect("scores are f32");
            let scored = spans.into_iter().zip(logits);
            kept.extend(
                scored
                    .filter(|(_, logit)| **logit >= least)
                    .map(|(words, logit)| Kept { words, logit: *logit }),
            );
        }
        let most = words.dims()[0];
        if kept.len() > most {
            kept.sort_by(|one, two| two.logit.total_cmp(&one.logit));
            kept.truncate(most);
            kept.sort_by_key(|kept| (kept.words.start, kept.words.end));
        }
        kept.into_iter().map(|kept| kept.words).collect()
    }

    /// The mentions with the type of their cluster.
    pub(super) fn typed(
        &self,
        finder: &SpanFinder,
        found: &FoundMentions,
        clusters: &[usize],
    ) -> Vec<FoundMention> {
        let mentions = found.mentions.len();
        if mentions == 0 {
            return Vec::new();
        }
        let width = found.maxima.len() / mentions;
        let entities = clusters.iter().max().map_or(0, |last| last + 1);
        let mut maxima = vec![f32::NEG_INFINITY; entities * width];
        for (cluster, state) in clusters.iter().zip(found.maxima.chunks(width)) {
            let of_entity = &mut maxima[cluster * width..][..width];
            of_entity.iter_mut().zip(state).for_each(|(most, value)| *most = most.max(*value));
        }
        let device = self.model.encoder.device();
        let kinds: Vec<i64> = on_pool(&device, || {
            let maxima = TensorData::new(maxima, [entities, width]);
            let maxima = Tensor::<2>::from_data(maxima, &device);
            let logits = finder.types.logits(maxima, Dropout::OFF, self.precision);
            logits.argmax(1).into_data().iter::<i64>().collect()
        });
        let typed = |(mention, cluster): (&FoundMention, &usize)| FoundMention {
            kind: kinds[*cluster] as usize,
            ..mention.clone()
        };
        found.mentions.iter().zip(clusters).map(typed).collect()
    }

    fn form(&self) -> &SpanForm {
        self.config.spans.as_ref().expect("a finder of spans has their form")
    }
}

/// A span of a batch's words in its document, of a type that is yet to be told.
fn mention(waiting: &Waiting, of_section: &Range<usize>, span: &Range<usize>) -> FoundMention {
    let word = waiting.input.section.words[span.start - of_section.start];
    FoundMention { sentence: word.sentence, tokens: word.token..word.token + span.len(), kind: 0 }
}
