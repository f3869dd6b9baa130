//! The pairs of a long document's entities that are looked at.

use std::collections::BTreeSet;

use super::Document;

/// Words between mentions of two entities that are near each other.
const NEAR: usize = 200;

/// The entities with the most mentions, of which all pairs are looked at wherever they stand.
const PROMINENT: usize = 250;

/// The ordered pairs of a document's entities that have mentions near each other, or are both among
/// those that are mentioned most, ascending. Their number grows with the document's length, not with
/// the square of it.
pub(crate) fn near_pairs(document: &Document) -> Vec<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    let mut add = |one: usize, two: usize| {
        if one != two {
            pairs.extend([(one, two), (two, one)]);
        }
    };
    let places = places(document);
    for (at, &(place, entity)) in places.iter().enumerate() {
        let near = places[at + 1..].iter().take_while(|(other, _)| *other <= place + NEAR);
        near.for_each(|&(_, other)| add(entity, other));
    }
    let mut prominent: Vec<usize> = (0..document.entities.len()).collect();
    prominent.sort_by_key(|&entity| usize::MAX - document.entities[entity].mentions.len());
    prominent.truncate(PROMINENT);
    for (at, &one) in prominent.iter().enumerate() {
        prominent[at + 1..].iter().for_each(|&two| add(one, two));
    }
    pairs.into_iter().collect()
}

/// Where each mention stands, counted in words of the document, with its entity, in order.
fn places(document: &Document) -> Vec<(usize, usize)> {
    let mut first_words = Vec::with_capacity(document.sentences.len());
    let mut words = 0;
    for sentence in &document.sentences {
        first_words.push(words);
        words += sentence.len();
    }
    let entities = document.entities.iter().enumerate();
    let of_entity = |(place, entity): (usize, &super::Entity)| -> Vec<(usize, usize)> {
        let mentions = entity.mentions.iter();
        mentions.map(|m| (first_words[m.sentence] + m.tokens.start, place)).collect()
    };
    let mut places: Vec<_> = entities.flat_map(of_entity).collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Entity, Mention};

    #[test]
    fn far_entities_are_a_pair_only_if_both_are_prominent() {
        let sentence = vec!["word".to_owned(); 10_000];
        let entity = |place: usize| {
            let at = |start| Mention::new("", 0, start..start + 1);
            // The first ones are mentioned twice.
            let twice = (place < 2).then(|| at(place * 9_000 + 5));
            Entity::new(twice.into_iter().chain([at(place * 30)]).collect::<Vec<_>>())
        };
        let document = Document {
            entities: (0..300).map(entity).collect(),
            ..Document::new("", vec![sentence])
        };
        let pairs = near_pairs(&document);
        let has = |head, tail| pairs.binary_search(&(head, tail)).is_ok();
        assert!(has(0, 1) && has(1, 0) && has(298, 299) && has(299, 293));
        assert!(has(0, 200), "both are prominent");
        assert!(!has(260, 299) && !has(299, 0));
        assert!(pairs.is_sorted() && !has(5, 5));
    }
}
