//! Texts that are written without capitals, whose sentences begin small.

use std::ops::Range;

/// So many sentences at least begin small in a paragraph without any capital.
const FEW: usize = 3;

/// At most one sentence of so many begins with a capital in a text of small letters.
const NEARLY_NONE: usize = 10;

/// Where a text is written in small letters alone, so that these begin its sentences, too.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SmallLetters {
    /// The bytes of its parts that are.
    parts: Vec<Range<usize>>,
}

/// A paragraph: its bytes, and how its sentences begin.
#[derive(Default)]
struct Paragraph {
    bytes: Range<usize>,
    small: usize,
    large: usize,
}

impl SmallLetters {
    /// Looks at what follows on full stops, and at the first words of paragraphs.
    pub fn of(text: &str, tokens: &[Range<usize>]) -> Self {
        let paragraphs = paragraphs(text, tokens);
        let small: usize = paragraphs.iter().map(|paragraph| paragraph.small).sum();
        let large: usize = paragraphs.iter().map(|paragraph| paragraph.large).sum();
        if small > 0 && NEARLY_NONE * large <= small + large {
            let all = 0..text.len();
            return Self { parts: vec![all] };
        }
        let is_small = |paragraph: &Paragraph| {
            let text = &text[paragraph.bytes.clone()];
            paragraph.small >= FEW && !text.contains(char::is_uppercase)
        };
        let parts = paragraphs.into_iter().filter(is_small).map(|paragraph| paragraph.bytes);
        Self { parts: parts.collect() }
    }

    /// Whether the text is written so around a byte.
    pub fn has(&self, byte: usize) -> bool {
        let behind = self.parts.partition_point(|part| part.start <= byte);
        behind.checked_sub(1).is_some_and(|part| byte < self.parts[part].end)
    }
}

/// Whether a sentence has only begun with this.
fn opens(word: &str) -> bool {
    matches!(
        word,
        "\"" | "“" | "'" | "‘" | "(" | "[" | "«" | "„" | "-" | "–" | "—" | "*" | "#" | ">"
    )
}

fn paragraphs(text: &str, tokens: &[Range<usize>]) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut before: Option<&Range<usize>> = None;
    let (mut follows_stop, mut begins) = (false, false);
    for token in tokens {
        let gap = &text[before.map_or(0, |before| before.end)..token.start];
        let is_first = before.is_none() || gap.matches('\n').count() > 1;
        if is_first {
            paragraphs.push(Paragraph { bytes: token.clone(), ..Paragraph::default() });
        }
        let paragraph = paragraphs.last_mut().expect("the first token begins one");
        paragraph.bytes.end = token.end;
        let word = &text[token.clone()];
        begins |= is_first || follows_stop && !gap.is_empty();
        if begins {
            paragraph.small += usize::from(word.starts_with(char::is_lowercase));
            paragraph.large += usize::from(word.starts_with(char::is_uppercase));
            begins = opens(word);
        }
        let closes = matches!(word, "\"" | "”" | "’" | "'" | ")" | "]");
        follows_stop = matches!(word, "." | "!" | "?") || follows_stop && closes;
        before = Some(token);
    }
    paragraphs
}
