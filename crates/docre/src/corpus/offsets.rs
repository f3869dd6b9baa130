//! What the offsets of annotations count.

use std::ops::Range;

use super::spans::Span;
use super::words::{counted, shortened};

/// What offsets count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Code points, as Python does.
    Characters,
    /// Units of UTF-16, as JavaScript and Java do.
    Utf16,
}

/// From offsets to bytes; `None` inside of a character.
pub(super) struct Offsets(Vec<Option<usize>>);

impl Offsets {
    pub fn characters(text: &str) -> Self {
        Self(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).map(Some).collect())
    }

    fn utf16(text: &str) -> Self {
        let units = text
            .char_indices()
            .flat_map(|(byte, c)| (0..c.len_utf16()).map(move |unit| (unit == 0).then_some(byte)));
        Self(units.chain([Some(text.len())]).collect())
    }

    /// Characters, but none for the first of the two that end a line in DOS's way: tools that
    /// open files as Python does never see it.
    fn without_returns(text: &str) -> Self {
        let is_return = |byte: usize| text[byte..].starts_with("\r\n");
        let characters = text.char_indices().map(|(byte, _)| byte);
        let seen = characters.filter(|&byte| !is_return(byte));
        Self(seen.chain([text.len()]).map(Some).collect())
    }

    /// The same where a byte order mark in front of the text counts.
    fn behind_mark(mut self) -> Self {
        self.0.insert(0, Some(0));
        self
    }

    /// The ways in which offsets may count, the likeliest first. `marked` says that the text
    /// began with a byte order mark, which tools count or don't.
    pub fn candidates(text: &str, unit: Unit, marked: bool) -> Vec<Self> {
        let mut all = match unit {
            Unit::Characters => vec![Self::characters(text)],
            Unit::Utf16 => vec![Self::utf16(text)],
        };
        if !text.is_ascii() {
            all.push(match unit {
                Unit::Characters => Self::utf16(text),
                Unit::Utf16 => Self::characters(text),
            });
        }
        if text.contains("\r\n") {
            all.push(Self::without_returns(text));
        }
        if marked {
            let counted: Vec<_> = all.iter().map(|of| Self(of.0.clone()).behind_mark()).collect();
            all.splice(..0, counted);
        }
        all
    }

    pub fn byte(&self, offset: usize) -> Option<usize> {
        self.0.get(offset).copied().flatten()
    }

    pub fn slice<'a>(&self, start: usize, end: usize, text: &'a str) -> Option<&'a str> {
        text.get(self.byte(start)?..self.byte(end)?).filter(|part| !part.is_empty())
    }

    /// The bytes of a mention, if it has a text there, and the one that it says.
    pub fn place(&self, span: &Span, text: &str) -> Result<Range<usize>, String> {
        let Span { id, start, end, text: said, .. } = span;
        if start >= end {
            return Err(format!(
                "mention {id}: starts at character {start} and ends before {end}, so it is empty"
            ));
        }
        let (Some(first), Some(last)) = (self.byte(*start), self.byte(*end)) else {
            let characters = counted(self.0.len() - 1, "character");
            return Err(format!(
                "mention {id}: goes from character {start} to {end}, but the text has {characters}"
            ));
        };
        let found = &text[first..last];
        match said {
            Some(said) if !fits(said, found) => Err(format!(
                "mention {id}: is \"{}\" by its annotation, but the text has \"{}\" from \
                 character {start} to {end}",
                shortened(said),
                shortened(found)
            )),
            _ => Ok(first..last),
        }
    }
}

/// Whether a text is the same but for white space, of which tools lose some.
pub(super) fn fits(said: &str, found: &str) -> bool {
    let words = |text: &'_ str| text.split_whitespace().flat_map(str::chars).collect::<String>();
    said == found || words(said) == words(found)
}
