//! Where a blank stands between two tokens, so that text reads as text.

/// For each token of a sentence whether a blank stands before it.
///
/// Only for the eye: it undoes the usual tokenization (`works , isn 't`, `so - called`), and
/// Chinese, Japanese and Thai have no blanks.
pub(crate) fn blanks_before<S: AsRef<str>>(tokens: &[S]) -> Vec<bool> {
    let mut spacing = Spacing::default();
    let token = |place: usize| tokens.get(place).map_or("", AsRef::as_ref);
    (0..tokens.len()).map(|place| spacing.before(token(place), token(place + 1))).collect()
}

/// The tokens as a text.
pub(crate) fn joined<S: AsRef<str>>(tokens: &[S]) -> String {
    let mut text = String::new();
    for (token, blank) in tokens.iter().zip(blanks_before(tokens)) {
        if blank {
            text.push(' ');
        }
        text.push_str(token.as_ref());
    }
    text
}

#[derive(Debug, Default)]
struct Spacing {
    glue_next: bool,
    in_quotes: bool,
    /// The last character of the token before.
    last: Option<char>,
}

impl Spacing {
    fn before(&mut self, token: &str, next: &str) -> bool {
        let closes_quotes = token == "\"" && self.in_quotes;
        let joins = joins(self.last, token, next);
        let unspaced = self.last.is_some_and(is_unspaced) && token.starts_with(is_unspaced);
        let blank = self.last.is_some()
            && !(self.glue_next || closes_quotes || joins || unspaced || is_closing(token));
        self.last = token.chars().last().or(self.last);
        self.glue_next = joins || is_opening(token) || (token == "\"" && !self.in_quotes);
        if token == "\"" {
            self.in_quotes = !self.in_quotes;
        }
        blank
    }
}

/// Whether a token is a hyphen inside of a word (`so-called`), or a dash between numbers.
fn joins(last: Option<char>, token: &str, next: &str) -> bool {
    let between = |is: fn(char) -> bool| last.is_some_and(is) && next.starts_with(is);
    match token {
        "-" | "‐" | "‑" => between(char::is_alphanumeric),
        "–" | "/" => between(|c| c.is_ascii_digit()),
        _ => false,
    }
}

/// Characters of scripts that have no blanks between words, and their punctuation.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF65}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_opening(token: &str) -> bool {
    matches!(token, "(" | "[" | "{" | "“" | "‘" | "``" | "$" | "£" | "€")
}

fn is_closing(token: &str) -> bool {
    let is_mark = matches!(
        token,
        "." | "," | ";" | ":" | "!" | "?" | "%" | ")" | "]" | "}" | "”" | "’" | "''" | "..." | "'"
    );
    let is_clitic = matches!(
        token.to_lowercase().replace('’', "'").as_str(),
        "'s" | "'t" | "n't" | "'re" | "'ve" | "'ll" | "'d" | "'m"
    );
    is_mark || is_clitic
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn tokens_read_as_text() {
        for (tokens, text) in [
            ("The so - called war", "The so-called war"),
            ("He didn 't , she isn n't", "He didn't, she isnn't"),
            ("( 1990 – 1995 ) - and", "(1990–1995) - and"),
            ("他 走 了 。 “ 好 ！ ”", "他走了。 “好！”"),
            ("東京 で 2008 年", "東京で 2008 年"),
            ("\" Why ? \" she said", "\"Why?\" she said"),
        ] {
            let tokens: Vec<&str> = tokens.split(' ').collect();
            assert_eq!(joined(&tokens), text);
        }
    }
}
