//! What the offsets of a file of BioC count: characters, as they should, or what its maker's
//! language counts.

use super::bioc::raw::{Annotation, Passage, Raw};
use crate::corpus::offsets::fits;

/// What offsets count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Count {
    /// Code points.
    #[default]
    Characters,
    /// Units of UTF-16, as Java and JavaScript do.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Count {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Utf16 => "units of UTF-16",
            Self::Bytes => "bytes",
        }
    }

    /// What a document's offsets count: another unit than characters only if all its mentions have
    /// the texts there that they say, and by characters they haven't.
    pub fn of(raw: &Raw) -> Self {
        let mut others = [Self::Utf16, Self::Bytes].into_iter();
        if fits_all(raw, Self::Characters) {
            return Self::Characters;
        }
        others.find(|count| fits_all(raw, *count)).unwrap_or_default()
    }

    /// The length of a text.
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Bytes => text.len(),
        }
    }

    /// The characters before a place in a text; `None` inside of a character, and behind the end.
    pub fn characters(self, text: &str, place: usize) -> Option<usize> {
        let mut at = 0;
        for (number, c) in text.chars().enumerate() {
            if at >= place {
                return (at == place).then_some(number);
            }
            at += match self {
                Self::Characters => 1,
                Self::Utf16 => c.len_utf16(),
                Self::Bytes => c.len_utf8(),
            };
        }
        (at == place).then(|| text.chars().count())
    }

    /// The part of a text between two places.
    fn part(self, text: &str, start: usize, end: usize) -> Option<String> {
        let (start, end) = (self.characters(text, start)?, self.characters(text, end)?);
        Some(text.chars().skip(start).take(end.checked_sub(start)?).collect())
    }
}

fn fits_all(raw: &Raw, count: Count) -> bool {
    raw.passages.iter().all(|passage| passage_fits(passage, count))
}

fn passage_fits(passage: &Passage, count: Count) -> bool {
    let text = passage.text.as_deref().unwrap_or_default();
    let is_there = |annotation: &Annotation| {
        let ([location], Some(said)) = (&annotation.locations[..], &annotation.text) else {
            return true; // nothing can be told by it
        };
        let Some(start) = location.offset.checked_sub(passage.offset) else { return false };
        let Some(end) = start.checked_add(location.length) else { return false };
        count.part(text, start, end).is_some_and(|found| fits(said, &found))
    };
    // Annotations of sentences are those of the passage that has the text.
    let of_sentences = |sentence: &Passage| match text.is_empty() {
        true => passage_fits(sentence, count),
        false => sentence.annotations.iter().all(is_there),
    };
    let own = |annotation: &Annotation| text.is_empty() || is_there(annotation);
    passage.annotations.iter().all(own) && passage.sentences.iter().all(of_sentences)
}
