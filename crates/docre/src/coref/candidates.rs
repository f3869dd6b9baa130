//! Which pairs of mentions are worth a look.

use std::collections::HashMap;

use super::MentionName;

/// Up to so many mentions all pairs are looked at.
const ALL_PAIRS: usize = 400;

/// In longer documents pairs of mentions at most so many mentions apart are looked at, beside
/// those that share a word.
const NEAR: usize = 30;

/// A word that more mentions than this share tells nothing.
const COMMON: usize = 60;

/// The pairs `i < j` of a document's mentions that may be one entity, ascending. All of them in a
/// document of ordinary length; in a long one their number grows with its length, not the square
/// of it.
pub(crate) fn candidate_pairs(names: &[MentionName]) -> Vec<(usize, usize)> {
    let count = names.len();
    if count <= ALL_PAIRS {
        return (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect();
    }
    let near = |i: usize| (i + 1..count.min(i + 1 + NEAR)).map(move |j| (i, j));
    let mut pairs: Vec<(usize, usize)> = (0..count).flat_map(near).collect();
    for places in by_key(names).into_values() {
        let rare = places.len() <= COMMON;
        for (at, &i) in places.iter().enumerate() {
            // Of many mentions of one word each is compared with those that follow it next.
            let behind = if rare { &places[at + 1..] } else { next(&places, at) };
            pairs.extend(behind.iter().map(|&j| (i, j)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn next(places: &[usize], at: usize) -> &[usize] {
    &places[at + 1..places.len().min(at + 1 + COMMON / 2)]
}

/// The mentions of each word, and of each acronym.
fn by_key(names: &[MentionName]) -> HashMap<String, Vec<usize>> {
    let mut by_key = HashMap::<String, Vec<usize>>::new();
    for (place, name) in names.iter().enumerate() {
        let says = |word: &&String| word.chars().any(char::is_alphanumeric);
        let mut keys: Vec<String> = name.words.iter().filter(says).cloned().collect();
        let initials = name.written.split([' ', '-']).filter_map(|word| word.chars().next());
        let initials: String = initials.filter(|c| c.is_uppercase()).collect();
        if name.words.len() > 1 {
            keys.push(initials.to_lowercase());
        }
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().for_each(|key| by_key.entry(key).or_default().push(place));
    }
    by_key
}
