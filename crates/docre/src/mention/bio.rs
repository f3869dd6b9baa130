//! Typed mentions as a label for each token.

use std::ops::Range;

/// The labels of tokens: 0 is outside of any mention, `2k + 1` begins one of type `k`, and
/// `2k + 2` goes on with it.
///
/// ```
/// use docre::mention::{BioLabels, TaggedMention};
///
/// let labels = BioLabels::new(["PER", "LOC"]);
/// assert_eq!(labels.count(), 5);
/// let mentions = [TaggedMention { tokens: 0..2, kind: 0 }, TaggedMention { tokens: 2..3, kind: 1 }];
/// let (tags, left_out) = labels.tags(4, &mentions);
/// assert_eq!((&tags[..], left_out), (&[1, 2, 3, 0][..], 0));
/// assert_eq!(labels.mentions(&tags), mentions);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BioLabels {
    kinds: Vec<String>,
}

/// Tokens of a sentence that name something of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedMention {
    /// The tokens.
    pub tokens: Range<usize>,
    /// The number of the type.
    pub kind: usize,
}

/// The label of tokens outside of any mention.
pub(crate) const OUTSIDE: usize = 0;

impl BioLabels {
    /// The labels of these entity types.
    pub fn new<S: Into<String>>(kinds: impl IntoIterator<Item = S>) -> Self {
        Self { kinds: kinds.into_iter().map(Into::into).collect() }
    }

    /// The entity types, by number.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// How many labels there are: two a type, and one for all else.
    pub fn count(&self) -> usize {
        1 + 2 * self.kinds.len()
    }

    /// Whether a label may stand behind another, or first (`None`): a mention goes on only behind
    /// its own beginning.
    pub fn may_follow(before: Option<usize>, label: usize) -> bool {
        match Self::parts(label) {
            Some((kind, false)) => {
                before.and_then(Self::parts).is_some_and(|(begun, _)| begun == kind)
            }
            _ => true,
        }
    }

    /// The type of a label and whether it begins a mention.
    fn parts(label: usize) -> Option<(usize, bool)> {
        let place = label.checked_sub(1)?;
        Some((place / 2, place % 2 == 0))
    }

    /// The label of each of `count` tokens, and how many mentions have none: of those that overlap
    /// the longest is kept, then the first.
    pub fn tags(&self, count: usize, mentions: &[TaggedMention]) -> (Vec<usize>, usize) {
        let mut order: Vec<&TaggedMention> = mentions.iter().collect();
        order.sort_by_key(|mention| (usize::MAX - mention.tokens.len(), mention.tokens.start));
        let (mut tags, mut left_out) = (vec![OUTSIDE; count], 0);
        for TaggedMention { tokens, kind } in order {
            let free = tags[tokens.clone()].iter().all(|&tag| tag == OUTSIDE);
            if tokens.is_empty() || !free {
                left_out += 1;
                continue;
            }
            tags[tokens.clone()].fill(2 * kind + 2);
            tags[tokens.start] = 2 * kind + 1;
        }
        (tags, left_out)
    }

    /// The mentions that labels name, in order. A label that goes on with nothing begins a mention.
    pub fn mentions(&self, tags: &[usize]) -> Vec<TaggedMention> {
        let mut mentions: Vec<TaggedMention> = Vec::new();
        for (place, &tag) in tags.iter().enumerate() {
            let Some((kind, begins)) = Self::parts(tag) else { continue };
            match mentions.last_mut() {
                Some(last) if !begins && last.tokens.end == place && last.kind == kind => {
                    last.tokens.end += 1;
                }
                _ => mentions.push(TaggedMention { tokens: place..place + 1, kind }),
            }
        }
        mentions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nested_mentions_the_longest_is_kept() {
        let labels = BioLabels::new(["PER", "ORG"]);
        let mention = |tokens, kind| TaggedMention { tokens, kind };
        let mentions = [mention(1..2, 0), mention(0..3, 1), mention(2..4, 0), mention(4..5, 0)];
        let (tags, left_out) = labels.tags(5, &mentions);
        assert_eq!((tags, left_out), (vec![3, 4, 4, 0, 1], 2));
    }

    #[test]
    fn only_its_own_beginning_is_gone_on_with() {
        assert!(!BioLabels::may_follow(None, 2) && BioLabels::may_follow(None, 1));
        assert!(BioLabels::may_follow(Some(1), 2) && BioLabels::may_follow(Some(2), 2));
        assert!(!BioLabels::may_follow(Some(3), 2) && !BioLabels::may_follow(Some(0), 4));
        assert!(BioLabels::may_follow(Some(2), 3) && BioLabels::may_follow(Some(4), 0));
        let labels = BioLabels::new(["PER", "ORG"]);
        let mention = |tokens, kind| TaggedMention { tokens, kind };
        let found = labels.mentions(&[2, 4, 4, 1, 1]);
        assert_eq!(found, [mention(0..1, 0), mention(1..3, 1), mention(3..4, 0), mention(4..5, 0)]);
    }
}
