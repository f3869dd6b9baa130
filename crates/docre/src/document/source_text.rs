//! The text that a document was made of.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A text as it was written, with the place of each token.
///
/// Offsets count characters (Unicode scalar values), as Python's strings do.
///
/// ```
/// use docre::document::SourceText;
///
/// let text = SourceText::new("“Otto”  sings.", vec![vec![0..1, 1..5, 5..6, 8..13, 13..14]]).unwrap();
/// assert_eq!(text.span(0, &(0..3)), 0..6);
/// assert_eq!(text.surface(0, &(0..4)), "“Otto”  sings");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct SourceText {
    text: String,
    /// By sentence.
    tokens: Vec<Vec<Place>>,
}

/// Where a token stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    characters: Range<usize>,
    bytes: Range<usize>,
}

/// The parts of a text, as they are written in JSON: the characters of each token, from and to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "a source text (text and tokens)")]
struct Parts {
    text: String,
    tokens: Vec<Vec<[usize; 2]>>,
}

/// Why tokens can't be those of a text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "token {token} of sentence {sentence} goes from character {start} to {end}, which is empty, \
     before the token in front of it, or behind the text's {length} characters"
)]
pub struct SourceTextError {
    sentence: usize,
    token: usize,
    start: usize,
    end: usize,
    length: usize,
}

impl SourceText {
    /// A text with the characters of each token, by sentence; tokens ascend and don't overlap.
    pub fn new(
        text: impl Into<String>,
        tokens: Vec<Vec<Range<usize>>>,
    ) -> Result<Self, SourceTextError> {
        let text = text.into();
        let bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
        let length = bytes.len();
        let byte = |offset: usize| bytes.get(offset).copied().unwrap_or(text.len());
        let mut last = 0;
        let mut place = |sentence: usize, token: usize, characters: Range<usize>| {
            let Range { start, end } = characters;
            if start < last || end <= start || end > length {
                return Err(SourceTextError { sentence, token, start, end, length });
            }
            last = end;
            Ok(Place { bytes: byte(start)..byte(end), characters })
        };
        let places = |(sentence, tokens): (usize, Vec<Range<usize>>)| {
            let tokens = tokens.into_iter().enumerate();
            tokens.map(|(token, characters)| place(sentence, token, characters)).collect()
        };
        let tokens = tokens.into_iter().enumerate().map(places).collect::<Result<_, _>>()?;
        Ok(Self { text, tokens })
    }

    /// A text with the bytes of each token, which are known to ascend at borders of characters.
    pub(crate) fn of_bytes(text: String, tokens: &[Vec<Range<usize>>]) -> Self {
        let (mut byte, mut character) = (0, 0);
        let mut characters_before = |end: usize| {
            character += text[byte..end].chars().count();
            byte = end;
            character
        };
        let mut place = |bytes: &Range<usize>| {
            let start = characters_before(bytes.start);
            Place { characters: start..characters_before(bytes.end), bytes: bytes.clone() }
        };
        let tokens = tokens.iter().map(|tokens| tokens.iter().map(&mut place).collect()).collect();
        Self { text, tokens }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has as many tokens in each sentence.
    pub fn has_tokens_of(&self, sentences: &[Vec<String>]) -> bool {
        self.tokens.iter().map(Vec::len).eq(sentences.iter().map(Vec::len))
    }

    /// The characters of each token of a sentence.
    pub fn tokens(&self, sentence: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        self.tokens[sentence].iter().map(|place| place.characters.clone())
    }

    /// The characters of some tokens of a sentence, and of what stands between them; empty where
    /// there is no token.
    pub fn span(&self, sentence: usize, tokens: &Range<usize>) -> Range<usize> {
        match &self.tokens[sentence][tokens.clone()] {
            [] => 0..0,
            [first, .., last] => first.characters.start..last.characters.end,
            [only] => only.characters.clone(),
        }
    }

    /// What is written at some tokens of a sentence.
    pub fn surface(&self, sentence: usize, tokens: &Range<usize>) -> &str {
        match &self.tokens[sentence][tokens.clone()] {
            [] => "",
            [first, .., last] => &self.text[first.bytes.start..last.bytes.end],
            [only] => &self.text[only.bytes.clone()],
        }
    }

    /// What is written in a sentence.
    pub fn sentence(&self, sentence: usize) -> &str {
        self.surface(sentence, &(0..self.tokens[sentence].len()))
    }

    /// Whether all that isn't in a token is white space.
    pub(crate) fn has_blank_gaps(&self) -> bool {
        let mut last = 0;
        for place in self.tokens.iter().flatten() {
            if !is_blank(&self.text[last..place.bytes.start]) {
                return false;
            }
            last = place.bytes.end;
        }
        is_blank(&self.text[last..])
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

impl From<SourceText> for Parts {
    fn from(source: SourceText) -> Self {
        let pair = |place: &Place| [place.characters.start, place.characters.end];
        let tokens = source.tokens.iter().map(|tokens| tokens.iter().map(pair).collect()).collect();
        Self { text: source.text, tokens }
    }
}

impl TryFrom<Parts> for SourceText {
    type Error = SourceTextError;

    fn try_from(parts: Parts) -> Result<Self, SourceTextError> {
        let range = |[start, end]: [usize; 2]| start..end;
        let sentence = |tokens: Vec<[usize; 2]>| tokens.into_iter().map(range).collect();
        Self::new(parts.text, parts.tokens.into_iter().map(sentence).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Ärzte\u{2009}– 5 €\r\n😀 ok";

    #[test]
    fn bytes_and_characters_name_the_same_places() {
        let characters = vec![vec![0..5, 6..7, 8..9, 10..11], vec![], vec![13..14, 15..17]];
        let source = SourceText::new(TEXT, characters).unwrap();
        let bytes: Vec<Vec<_>> = source
            .tokens
            .iter()
            .map(|tokens| tokens.iter().map(|place| place.bytes.clone()).collect())
            .collect();
        assert_eq!(SourceText::of_bytes(TEXT.into(), &bytes), source);
        assert_eq!(source.sentence(0), "Ärzte\u{2009}– 5 €");
        assert_eq!(source.sentence(1), "");
        assert_eq!(source.surface(2, &(0..1)), "😀");
        assert!(source.has_blank_gaps());
        assert_eq!(SourceText::try_from(Parts::from(source.clone())), Ok(source));
    }

    #[test]
    fn tokens_that_go_back_or_beyond_the_text_are_refused() {
        for tokens in [[0..3, 3..3], [0..4, 3..5], [0..1, 1..18], [0..1, 17..18]] {
            let error = SourceText::new(TEXT, vec![tokens.into()]).unwrap_err();
            assert!(error.to_string().contains("the text's 17 characters"), "{error}");
        }
        assert!(!SourceText::new("a b c", vec![vec![0..1, 4..5]]).unwrap().has_blank_gaps());
    }
}
