//! Cuts plain text into tokens and sentences.
//!
//! All places are bytes of the text. Where a mention begins or ends a token does too, and no
//! sentence ends inside of a mention.

use std::ops::Range;

use unicode_categories::UnicodeCategories;

use super::{casing::SmallLetters, prose, wrapped::WrappedLines};

/// How a text is cut.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Split {
    /// By the rules of [`words`] and [`sentences`].
    Rules,
    /// The same, but for lines that are broken only to fit a page: no sentence ends there.
    Prose,
    /// A token is what stands between blanks, a sentence is a line.
    Blanks,
    /// By who made the text: tokens, and sentences unless the rules are to find them.
    Given { tokens: Vec<Range<usize>>, sentences: Option<Vec<Range<usize>>> },
}

/// The tokens of each sentence. `mentions` are sorted by their start.
pub(super) fn segment(
    text: &str,
    split: &Split,
    mentions: &[Range<usize>],
) -> Result<Vec<Vec<Range<usize>>>, String> {
    let tokens = match split {
        Split::Rules => words(text),
        Split::Prose => prose::join(text, words(text)),
        Split::Blanks => between_blanks(text),
        Split::Given { tokens, .. } => tokens.clone(),
    };
    let mut borders: Vec<usize> = mentions.iter().flat_map(|m| [m.start, m.end]).collect();
    borders.sort_unstable();
    let tokens = cut(tokens, &borders);
    let ends = match split {
        Split::Given { sentences: Some(sentences), .. } => given_ends(&tokens, sentences)?,
        Split::Blanks => line_ends(text, &tokens),
        Split::Rules | Split::Given { .. } => sentence_ends(text, &tokens, None),
        Split::Prose => sentence_ends(text, &tokens, Some(&WrappedLines::new(text))),
    };
    Ok(groups(tokens, ends, mentions))
}

/// Cuts tokens in which a mention begins or ends.
fn cut(tokens: Vec<Range<usize>>, borders: &[usize]) -> Vec<Range<usize>> {
    let mut parts = Vec::with_capacity(tokens.len());
    for token in tokens {
        let first = borders.partition_point(|&border| border <= token.start);
        let mut start = token.start;
        for &border in borders[first..].iter().take_while(|&&border| border < token.end) {
            if border > start {
                parts.push(start..border);
                start = border;
            }
        }
        parts.push(start..token.end);
    }
    parts
}

/// Tokens by sentence, where `ends` says how many tokens stand before each sentence's end.
fn groups(
    tokens: Vec<Range<usize>>,
    mut ends: Vec<usize>,
    mentions: &[Range<usize>],
) -> Vec<Vec<Range<usize>>> {
    let inside = inside_mentions(&tokens, mentions);
    ends.retain(|&end| !inside[end]);
    let mut start = 0;
    ends.into_iter()
        .map(|end| {
            let sentence = tokens[start..end].to_vec();
            start = end;
            sentence
        })
        .collect()
}

/// For each number of tokens whether a mention goes on behind so many.
fn inside_mentions(tokens: &[Range<usize>], mentions: &[Range<usize>]) -> Vec<bool> {
    // Where mentions begin to go on and cease to, then how many go on.
    let mut changes = vec![0isize; tokens.len() + 2];
    for mention in mentions {
        let first = tokens.partition_point(|token| token.end <= mention.start);
        let behind = tokens.partition_point(|token| token.start < mention.end);
        if first + 1 < behind {
            changes[first + 1] += 1;
            changes[behind] -= 1;
        }
    }
    let mut open = 0;
    let mut add = |change: isize| {
        open += change;
        open > 0
    };
    changes.into_iter().map(&mut add).collect()
}

fn between_blanks(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    let place = |part: &str| part.as_ptr() as usize - start;
    text.split_whitespace().map(|part| place(part)..place(part) + part.len()).collect()
}

/// The ends of lines; what follows the last line break is a line unless it is empty.
fn line_ends(text: &str, tokens: &[Range<usize>]) -> Vec<usize> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let breaks = text.match_indices('\n').map(|(place, _)| place);
    breaks
        .chain([text.len()])
        .map(|place| tokens.partition_point(|token| token.end <= place))
        .collect()
}

fn given_ends(tokens: &[Range<usize>], sentences: &[Range<usize>]) -> Result<Vec<usize>, String> {
    let end = |sentence: &Range<usize>| tokens.partition_point(|token| token.end <= sentence.end);
    let ends: Vec<usize> = sentences.iter().map(end).collect();
    let last = ends.last().copied().unwrap_or(0);
    if last < tokens.len() {
        return Err(format!("sents: token {last} and those behind it are in no sentence"));
    }
    Ok(ends)
}

/// Words, numbers, and any other character by itself.
///
/// A word is a run of letters, digits and their marks; `'s` and the like are tokens of their
/// own, `1,000.5` is one, and so is each character of Chinese and Japanese.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |place: usize| chars.get(place).map(|&(_, c)| c);
    let byte = |place: usize| chars.get(place).map_or(text.len(), |&(byte, _)| byte);
    let mut tokens = Vec::new();
    let mut place = 0;
    while let Some(c) = at(place) {
        let start = place;
        place += 1;
        if c.is_whitespace() || c == BYTE_ORDER_MARK {
            continue;
        }
        let clitic = is_apostrophe(c) && at(place).is_some_and(is_word) && start > 0;
        let clitic = clitic && at(start - 1).is_some_and(is_word);
        if !is_ideograph(c) && (is_word(c) || clitic) {
            while at(place).is_some_and(is_word) || is_inside_number(&at, place) {
                place += 1;
            }
        }
        tokens.push(byte(start)..byte(place));
    }
    tokens
}

/// What some editors begin a file with, which is no part of a word.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether the character is a point or comma with digits at both sides.
fn is_inside_number(at: &impl Fn(usize) -> Option<char>, place: usize) -> bool {
    let is_digit = |place: usize| at(place).is_some_and(|c| c.is_ascii_digit());
    matches!(at(place), Some('.' | ',')) && is_digit(place - 1) && is_digit(place + 1)
}

fn is_word(c: char) -> bool {
    (c.is_alphanumeric() && !is_ideograph(c)) || is_mark(c)
}

/// The combining marks that stand behind their letters.
fn is_mark(c: char) -> bool {
    c.is_mark() || matches!(c, '\u{200C}'..='\u{200D}')
}

/// Han characters and kana, of which words have no blanks between them.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Words whose point doesn't end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "sen", "rep", "gen", "col", "lt", "sgt", "capt", "gov",
    "jr", "sr", "vs", "no", "inc", "ltd", "co", "corp", "jan", "feb", "mar", "apr", "jun", "jul",
    "aug", "sep", "sept", "oct", "nov", "dec",
];

/// How many tokens stand before each sentence's end: behind a full stop, a question or
/// exclamation mark (with closing quotes and brackets) that white space and no small letter
/// follow, behind the ideographic ones, and at line breaks.
fn sentence_ends(
    text: &str,
    tokens: &[Range<usize>],
    wrapped: Option<&WrappedLines>,
) -> Vec<usize> {
    let (mut ends, mut mark) = (Vec::new(), None);
    let small = SmallLetters::of(text, tokens);
    for end in 1..tokens.len() {
        if !is_closing(&text[tokens[end - 1].clone()]) {
            mark = Some(end - 1);
        }
        let gap = tokens[end - 1].end..tokens[end].start;
        let goes_on = wrapped.is_some_and(|lines| lines.go_on_over(&gap));
        let before = Before { mark, goes_on, may_begin_small: small.has(tokens[end].start) };
        if ends_sentence(text, tokens, end, &before) {
            ends.push(end);
        }
    }
    ends.extend((!tokens.is_empty()).then_some(tokens.len()));
    ends
}

fn is_closing(word: &str) -> bool {
    matches!(word, "\"" | "”" | "’" | ")" | "]" | "」" | "』")
}

/// What is known where a sentence may end.
struct Before {
    /// The last token before that closes nothing.
    mark: Option<usize>,
    /// Whether a line break here tells nothing.
    goes_on: bool,
    /// Whether the text is written in small letters alone.
    may_begin_small: bool,
}

fn ends_sentence(text: &str, tokens: &[Range<usize>], end: usize, before: &Before) -> bool {
    let &Before { mark, goes_on, may_begin_small } = before;
    let between = &text[tokens[end - 1].end..tokens[end].start];
    if between.contains(is_line_break) && !goes_on {
        return true;
    }
    let word = |token: usize| &text[tokens[token].clone()];
    let Some(mark) = mark else { return false };
    if may_begin_small && starts_small(word(end)) && matches!(word(mark), "." | "!" | "?") {
        return !between.is_empty() && !is_inner_stop(text, tokens, mark);
    }
    match word(mark) {
        "。" | "！" | "？" | "।" | "॥" | "؟" | "۔" => !is_closing(word(end)),
        "!" | "?" | "…" => !between.is_empty() && !starts_small(word(end)),
        "." if between.is_empty() => false,
        "." => !starts_small(word(end)) && !is_abbreviated(text, tokens, mark),
        // Only plain text has abbreviations with their points in one token.
        short if prose::is_shortened(short) => {
            !between.is_empty() && prose::begins_sentence(word(end))
        }
        _ => false,
    }
}

/// What ends a line, in whichever way texts do it.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a stop within small letters ends no sentence: that of an abbreviation, of a number that
/// begins its line, or the last of several.
fn is_inner_stop(text: &str, tokens: &[Range<usize>], stop: usize) -> bool {
    let word = |token: usize| &text[tokens[token].clone()];
    if word(stop) != "." {
        return false;
    }
    let Some(before) = stop.checked_sub(1) else { return true };
    let gap = before.checked_sub(1).map(|first| &text[tokens[first].end..tokens[before].start]);
    let begins_line = gap.is_none_or(|gap| gap.contains(is_line_break));
    let is_number = word(before).chars().all(|c| c.is_ascii_digit());
    is_abbreviated(text, tokens, stop)
        || prose::is_abbreviation(word(before))
        || word(before) == "."
        || begins_line && is_number
}

fn starts_small(word: &str) -> bool {
    word.starts_with(char::is_lowercase)
}

/// Whether the letter behind it is a number: "Chapter I."
fn is_of_heading(word: &str) -> bool {
    let word = word.to_lowercase();
    ["chapter", "part", "section", "volume", "book", "act", "scene", "appendix"]
        .contains(&word.as_str())
}

/// Whether the word before the point is an abbreviation or an initial.
fn is_abbreviated(text: &str, tokens: &[Range<usize>], point: usize) -> bool {
    let word = |token: usize| &text[tokens[token].clone()];
    let Some(before) = point.checked_sub(1).map(word) else { return false };
    let initial = before.chars().count() == 1
        && before.starts_with(char::is_alphabetic)
        // A mention may have cut it off a word: the s of "1990s".
        && !text[..tokens[point - 1].start].ends_with(char::is_alphanumeric)
        && !point.checked_sub(2).map(word).is_some_and(is_of_heading);
    initial || ABBREVIATIONS.contains(&before.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str, split: &Split, mentions: &[Range<usize>]) -> Vec<Vec<String>> {
        let sentences = segment(text, split, mentions).unwrap();
        let word = |token: Range<usize>| text[token].to_owned();
        sentences.into_iter().map(|tokens| tokens.into_iter().map(word).collect()).collect()
    }

    fn by_rules(text: &str) -> String {
        let sentences = tokens(text, &Split::Rules, &[]);
        sentences.iter().map(|tokens| tokens.join(" ")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_and_sentences_follow_the_rules() {
        for (text, expected) in [
            ("", ""),
            ("Otto's dog (1,000.5 kg) ran.", "Otto 's dog ( 1,000.5 kg ) ran ."),
            ("He sang. \"Why?\" she said. 'No.'", "He sang . | \" Why ? \" she said . | ' No . '"),
            ("Dr. J. Lee met Mr. Ott. They left", "Dr . J . Lee met Mr . Ott . | They left"),
            ("A headline\n\nIt rains.Or not", "A headline | It rains . Or not"),
            ("他走了。“好！”她说", "他 走 了 。 | “ 好 ！ ” | 她 说"),
            ("cafe\u{301} naïve", "cafe\u{301} naïve"),
            ("In the 1990s. Their", "In the 1990s . | Their"),
            ("CHAPTER I. Down the", "CHAPTER I . | Down the"),
            ("A headline\r\rIt\u{2028}rains", "A headline | It | rains"),
            ("3.14. Then 5, 6", "3.14 . | Then 5 , 6"),
        ] {
            assert_eq!(by_rules(text), expected, "{text}");
        }
    }

    #[test]
    fn sentences_of_small_letters_end_at_full_stops() {
        for (text, expected) in [
            (
                "anna met otto in oslo. there she sang. they danced!  was it late? it was.",
                "anna met otto in oslo . | there she sang . | they danced ! | was it late ? | it was .",
            ),
            (
                "dr. otto met approx. ten people, e.g. anna (\"really.\") in st. gallen. he left.",
                "dr . otto met approx . ten people , e . g . anna ( \" really . \" ) | in st . gallen . | he left .",
            ),
            ("well... i went home. it rained.", "well . . . i went home . | it rained ."),
            (
                "1. wash it. dry it\n2. go out. come back",
                "1 . wash it . | dry it | 2 . go out . | come back",
            ),
            (
                "see example.org for v. 1.2.then go. done",
                "see example . org for v . 1.2 . then go . | done",
            ),
            // Nearly no capitals, in a text and in a paragraph of another one.
            (
                "So it was. it rained. it snowed. it froze. it rained. it snowed. it froze. it was. so be it. it was.",
                "So it was . | it rained . | it snowed . | it froze . | it rained . | it snowed . | it froze . | it was . | so be it . | it was .",
            ),
            (
                "He said it.\n\nyes. but why. who knows.\n\nThen he left.",
                "He said it . | yes . | but why . | who knows . | Then he left .",
            ),
            // Small letters behind a stop that ends nothing, in a text with capitals.
            ("Anna met approx. two of them", "Anna met approx . two of them"),
            (
                "He said it.\n\nyes. but why\n\nThen he left.",
                "He said it . | yes . but why | Then he left .",
            ),
        ] {
            assert_eq!(by_rules(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        /// However short or long a text is: where sentences begin with capitals nothing is small.
        #[test]
        fn texts_with_capitals_are_cut_as_ever(order in proptest::collection::vec(0..7usize, 1..60)) {
            const PARTS: [&str; 7] = [
                "Anna met Otto in Oslo. ",
                "It cost approx. two crowns, i.e. nothing. ",
                "\"Why?\" she asked. ",
                "Prof. Otto of the dept. of physics left.\n\n",
                "The word, etc. and so on, fills\nthe line. ",
                "Then he sang... and went home! ",
                "In 1990. ",
            ];
            let text: String = order.into_iter().map(|part| PARTS[part]).collect();
            let none = SmallLetters::default();
            proptest::prop_assert_eq!(SmallLetters::of(&text, &words(&text)), none);
        }
    }

    #[test]
    fn mentions_cut_tokens_and_hold_sentences_together() {
        let text = "The Germanborn St! Peter. Left";
        let cut = tokens(text, &Split::Rules, &[4..10, 15..24]);
        assert_eq!(cut[0], ["The", "German", "born", "St", "!", "Peter", "."]);
        assert_eq!(cut[1], ["Left"]);
        let year = 4..8;
        let cut = tokens("the 1990s. Their", &Split::Rules, std::slice::from_ref(&year));
        assert_eq!(cut, [vec!["the", "1990", "s", "."], vec!["Their"]]);
    }

    #[test]
    fn blanks_part_tokens_and_lines_sentences() {
        let cut = tokens("a.b  c\n\n d\n", &Split::Blanks, &[]);
        assert_eq!(cut, [vec!["a.b", "c"], vec![], vec!["d"]]);
    }
}
