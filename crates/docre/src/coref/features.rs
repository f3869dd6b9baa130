//! What a scorer is told of two mentions beside their hidden states.

use super::MentionName;

/// The features of a pair that don't depend on its types.
pub(super) const OF_NAMES: usize = 14;

/// Names with more bytes aren't compared letter by letter, which takes the product of both.
const LONGEST_COMPARED: usize = 128;

/// How many features a pair has, with so many entity types.
pub(crate) fn feature_count(kinds: usize) -> usize {
    OF_NAMES + 2 * kinds
}

/// Appends the features of two mentions, the first before the second in the text.
pub(crate) fn push_features(
    first: &MentionName,
    second: &MentionName,
    kinds: usize,
    to: &mut Vec<f32>,
) {
    let flag = |holds: bool| f32::from(u8::from(holds));
    let equal = first.equals(second);
    let (shared, subset) = first.shared_words(second);
    let distance = second.sentence.abs_diff(first.sentence);
    let is_long = first.written.len().max(second.written.len()) > LONGEST_COMPARED;
    let similarity = match equal {
        true => 1.0,
        false if is_long => 0.0,
        false => strsim::normalized_levenshtein(&first.written, &second.written) as f32,
    };
    let begins = first.words.first() == second.words.first();
    let common: [f32; OF_NAMES] = [
        flag(equal),
        flag(first.written == second.written),
        shared,
        flag(subset),
        flag(first.last_word() == second.last_word()),
        flag(begins),
        similarity,
        flag(first.is_acronym(second)),
        flag(first.numbers_differ(second)),
        flag(first.kind == second.kind),
        flag(first.is_pronoun()),
        flag(second.is_pronoun()),
        flag(distance == 0),
        (1.0 + distance as f32).ln() / 4.0,
    ];
    to.extend(common);
    for name in [first, second] {
        to.extend((0..kinds).map(|kind| flag(name.kind == kind)));
    }
}
