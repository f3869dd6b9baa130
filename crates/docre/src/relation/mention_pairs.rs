//! The pairs of mentions of pairs of entities.

use std::{collections::HashMap, ops::Range};

use super::PairLayout;
use crate::text::MentionSpan;

/// An entity pair with more pairs of mentions is read by those that are closest to each other: a
/// book names its two heroes thousands of times. In DocRED no pair comes near.
const MOST: usize = 1024;

/// Pairs of mentions, of one entity pair after another.
#[derive(Debug, Default)]
pub(super) struct MentionPairs {
    /// `[mention pairs]` The mention of the head, and that of the tail.
    pub pairs: Vec<(usize, usize)>,
    /// For each entity pair its mention pairs; none where the mentions of either were cut off.
    pub of_entity_pairs: Vec<Range<usize>>,
    /// `[mention pairs]` The place of what is between the two in [`Self::between`].
    pub context: Vec<usize>,
    /// The word pieces between two mentions, whichever comes first, once each.
    pub between: Vec<Range<usize>>,
    /// `[mention pairs]` How many words apart they are: 1 for neighbours, 0 where they overlap.
    pub token_distances: Vec<usize>,
    /// `[mention pairs]` How many sentences apart.
    pub sentence_distances: Vec<usize>,
}

impl MentionPairs {
    /// Those of some pairs of head and tail.
    pub fn new(layout: &PairLayout, entity_pairs: &[(usize, usize)]) -> Self {
        let mut pairs = Self::default();
        let mut contexts = HashMap::new();
        for (head, tail) in entity_pairs {
            let first = pairs.pairs.len();
            pairs.pairs.extend(closest(layout, *head, *tail));
            for (i, j) in pairs.pairs[first..].iter().copied() {
                let (one, two) = (&layout.spans[i], &layout.spans[j]);
                let context = *contexts.entry((i.min(j), i.max(j))).or_insert_with(|| {
                    pairs.between.push(between(one, two));
                    pairs.between.len() - 1
                });
                pairs.context.push(context);
                pairs.token_distances.push(token_distance(one, two));
                pairs.sentence_distances.push(one.sentence.abs_diff(two.sentence));
            }
            pairs.of_entity_pairs.push(first..pairs.pairs.len());
        }
        pairs
    }
}

/// The mention pairs of two entities that are read, in their order.
fn closest(layout: &PairLayout, head: usize, tail: usize) -> Vec<(usize, usize)> {
    let of = |entity: usize| layout.mentions.segments.range(entity);
    let mut pairs: Vec<(usize, usize)> =
        of(head).flat_map(|i| of(tail).map(move |j| (i, j))).collect();
    if pairs.len() > MOST {
        let apart = |(i, j): &(usize, usize)| {
            (token_distance(&layout.spans[*i], &layout.spans[*j]), *i, *j)
        };
        pairs.select_nth_unstable_by_key(MOST, apart);
        pairs.truncate(MOST);
        pairs.sort_unstable();
    }
    pairs
}

/// The word pieces between two mentions; none where they touch or overlap.
fn between(one: &MentionSpan, two: &MentionSpan) -> Range<usize> {
    let (first, second) = in_order(one, two, |span| span.pieces.start);
    first.pieces.end..second.pieces.start.max(first.pieces.end)
}

/// From the last word of the first mention to the first word of the second.
fn token_distance(one: &MentionSpan, two: &MentionSpan) -> usize {
    let (first, second) = in_order(one, two, |span| span.words.start);
    (second.words.start + 1).saturating_sub(first.words.end)
}

fn in_order<'a>(
    one: &'a MentionSpan,
    two: &'a MentionSpan,
    start: impl Fn(&MentionSpan) -> usize,
) -> (&'a MentionSpan, &'a MentionSpan) {
    if start(one) <= start(two) { (one, two) } else { (two, one) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(words: Range<usize>) -> MentionSpan {
        MentionSpan { pieces: 10 + 2 * words.start..10 + 2 * words.end, words, sentence: 0 }
    }

    #[test]
    fn neighbours_are_one_word_apart_and_have_nothing_between_them() {
        let (first, next, far) = (span(0..2), span(2..3), span(7..9));
        assert_eq!((token_distance(&first, &next), between(&next, &first)), (1, 14..14));
        assert_eq!((token_distance(&far, &first), between(&far, &first)), (6, 14..24));
        let inside = span(1..2);
        assert_eq!((token_distance(&first, &inside), between(&first, &inside).len()), (0, 0));
    }
}
