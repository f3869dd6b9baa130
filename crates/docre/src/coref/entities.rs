//! From clusters of mentions to a document's entities.

use std::collections::HashMap;

use crate::document::{Document, Entity, Mention};

/// A mention that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMention {
    /// Its sentence.
    pub sentence: usize,
    /// Its tokens in the sentence.
    pub tokens: std::ops::Range<usize>,
    /// The number of its entity type.
    pub kind: usize,
}

/// The entities of a document, in the order of their first mentions. The type of each is the one
/// that most of its mentions have, of equally many the first one's.
pub fn entities(
    document: &Document,
    mentions: &[FoundMention],
    clusters: &[usize],
    kinds: &[String],
) -> Vec<Entity> {
    let count = clusters.iter().max().map_or(0, |last| last + 1);
    let mut members = vec![Vec::new(); count];
    clusters.iter().zip(mentions).for_each(|(cluster, mention)| members[*cluster].push(mention));
    let entity = |members: Vec<&FoundMention>| {
        let kind = &kinds[voted(&members)];
        let mention = |found: &&FoundMention| {
            let mut mention = Mention::new("", found.sentence, found.tokens.clone()).of_kind(kind);
            mention.name = document.surface(&mention).into_owned();
            mention
        };
        Entity::new(members.iter().map(mention).collect::<Vec<_>>())
    };
    members.into_iter().map(entity).collect()
}

fn voted(members: &[&FoundMention]) -> usize {
    let mut votes = HashMap::<usize, usize>::new();
    members.iter().for_each(|mention| *votes.entry(mention.kind).or_default() += 1);
    let mut best = members[0].kind;
    for mention in members {
        if votes[&mention.kind] > votes[&best] {
            best = mention.kind;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_vote_for_the_type() {
        let words = ["Otto", "sang", ".", "Otto", "Otto"].map(String::from).to_vec();
        let document = Document::new("", vec![words]);
        let found =
            |place: usize, kind| FoundMention { sentence: 0, tokens: place..place + 1, kind };
        let kinds = ["PER", "ORG"].map(String::from);
        let mentions = [found(0, 1), found(3, 0), found(4, 0)];
        let entities = entities(&document, &mentions, &[0, 0, 0], &kinds);
        assert_eq!(entities.len(), 1);
        assert_eq!((entities[0].kind(), entities[0].mentions[1].name.as_str()), ("PER", "Otto"));
    }
}
