//! Tokens of plain text that belong together: abbreviations with their points, initials, addresses.

use std::ops::Range;

/// Words that end in a point where they are shortened.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "sen", "rep", "gen", "col", "lt", "sgt", "capt", "gov",
    "jr", "sr", "vs", "inc", "ltd", "co", "corp", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
    "sep", "sept", "oct", "nov", "dec", "approx", "fig", "figs", "pp", "sec", "mt", "nos", "vol",
    "ed", "eds", "etc", "al", "ave", "blvd", "dept", "est", "univ", "assn", "bros", "hon", "rev",
    "maj", "adm", "pres", "ph", "no",
];

/// Words that seldom stand behind an abbreviation within a sentence, but often begin one.
const BEGINNERS: &[&str] = &[
    "The", "A", "An", "He", "She", "It", "They", "We", "I", "In", "On", "At", "But", "And", "This",
    "That", "These", "Those", "His", "Her", "Their", "Its", "There", "When", "After", "Before",
    "As", "For", "From", "With", "Since", "While", "Although", "However",
];

/// The tokens with those joined that are one word, as the field's data sets have them: `U.S.`,
/// `J.`, `Inc.`, `Ph.D.`, `anna@example.org`, `https://example.org/a`.
pub(super) fn join(text: &str, tokens: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(tokens.len());
    let mut place = 0;
    while place < tokens.len() {
        let count = address(text, &tokens[place..]).max(shortened(text, &tokens[place..])).max(1);
        joined.push(tokens[place].start..tokens[place + count - 1].end);
        place += count;
    }
    joined
}

/// Whether a word is shortened where a point follows it.
pub(super) fn is_abbreviation(word: &str) -> bool {
    ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Whether a token is an abbreviation, behind which a point doesn't end a sentence.
pub(super) fn is_shortened(word: &str) -> bool {
    word.len() > 1 && word.ends_with('.') && word.starts_with(char::is_alphabetic)
}

/// Whether a word begins a sentence even behind an abbreviation.
pub(super) fn begins_sentence(word: &str) -> bool {
    BEGINNERS.contains(&word)
}

/// The tokens that nothing parts, from the first on.
fn chunk(tokens: &[Range<usize>]) -> &[Range<usize>] {
    let count = tokens.windows(2).take_while(|two| two[0].end == two[1].start).count();
    &tokens[..tokens.len().min(count + 1)]
}

/// How many of the first tokens are an address on the web or of mail, without the signs behind it.
fn address(text: &str, tokens: &[Range<usize>]) -> usize {
    let is_first_of_word = tokens[0].start == 0
        || text[..tokens[0].start].ends_with(|c: char| c.is_whitespace() || "(<[\"'“".contains(c));
    if !is_first_of_word || !text[tokens[0].clone()].starts_with(char::is_alphanumeric) {
        return 0;
    }
    let chunk = chunk(tokens);
    let whole = &text[chunk[0].start..chunk[chunk.len() - 1].end];
    let is_mail = whole.split_once('@').is_some_and(|(name, place)| {
        !name.is_empty() && place.split_once('.').is_some_and(|(of, _)| !of.is_empty())
    });
    let is_web = whole.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.chars().all(|c| c.is_ascii_alphanumeric()) && !rest.is_empty()
    });
    if !is_mail && !is_web && !whole.to_lowercase().starts_with("www.") {
        return 0;
    }
    let is_sign = |token: &Range<usize>| {
        let word = &text[token.clone()];
        !word.chars().any(char::is_alphanumeric) && word != "/"
    };
    let behind = chunk.iter().rev().take_while(|token| is_sign(token)).count();
    chunk.len() - behind
}

/// How many of the first tokens are an abbreviation: letters each with a point, or a word that is
/// known to be one with its point.
fn shortened(text: &str, tokens: &[Range<usize>]) -> usize {
    let chunk = chunk(tokens);
    let word = |token: usize| chunk.get(token).map_or("", |range| &text[range.clone()]);
    if text[..tokens[0].start].ends_with(|c: char| c.is_alphanumeric() || c == '.') {
        return 0;
    }
    let is_part = |word: &str, longest: usize| {
        word.chars().all(char::is_alphabetic) && (1..=longest).contains(&word.chars().count())
    };
    let mut count = 0;
    while is_part(word(count), 2) && word(count + 1) == "." {
        count += 2;
    }
    let first = word(0);
    let letters = count / 2;
    let is_initial =
        letters == 1 && first.chars().count() == 1 && first.starts_with(char::is_uppercase);
    if letters > 1 || is_initial {
        return count;
    }
    let is_known = ABBREVIATIONS.contains(&first.to_lowercase().as_str());
    if is_known && word(1) == "." { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::super::segment::{Split, segment};

    fn cut(text: &str) -> String {
        let sentences = segment(text, &Split::Prose, &[]).unwrap();
        let words = |tokens: Vec<std::ops::Range<usize>>| {
            tokens.into_iter().map(|token| &text[token]).collect::<Vec<_>>().join(" ")
        };
        sentences.into_iter().map(words).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn what_is_one_word_stays_one() {
        for (text, expected) in [
            (
                "The U.S. Army met J. R. Otto Jr. in D.C.",
                "The U.S. Army met J. R. Otto Jr. in D.C.",
            ),
            (
                "Acme Inc., of Oslo, has a Ph.D. He left.",
                "Acme Inc. , of Oslo , has a Ph.D. | He left .",
            ),
            (
                "See www.oslo.example/a?b=c, or https://a.example/.",
                "See www.oslo.example/a?b=c , or https://a.example/ .",
            ),
            ("(anna.b@oslo.example) wrote.", "( anna.b@oslo.example ) wrote ."),
            (
                "In Washington, D.C. The meeting was long.",
                "In Washington , D.C. | The meeting was long .",
            ),
            ("It cost 3.5 kg. Then 5.", "It cost 3.5 kg . | Then 5 ."),
            ("So it ends. Otto went.", "So it ends . | Otto went ."),
            ("See Fig. 3 and pp. 4-5.", "See Fig. 3 and pp. 4 - 5 ."),
            ("नरेन्द्र दिल्ली में है। वह", "नरेन्द्र दिल्ली में है । | वह"),
            ("He got vitamin C. It helped.", "He got vitamin C. | It helped ."),
            (
                "anna works at acme inc. in the u.s. now. she left jan. 3. it rained.",
                "anna works at acme inc. in the u.s. now . | she left jan. 3 . | it rained .",
            ),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
