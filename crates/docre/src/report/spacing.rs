//! Where a space stands between two tokens, so that text reads as text.

/// Decides token by token of a sentence whether a space stands before it.
///
/// Only for the eye: it undoes the usual English tokenization (`works , isn 't`)
/// and leaves alone what it can't know, such as spaces around a hyphen.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    glue_next: bool,
    in_quotes: bool,
    started: bool,
}

impl Spacing {
    /// Whether a space stands before the next token.
    pub fn before(&mut self, token: &str) -> bool {
        let closes_quotes = token == "\"" && self.in_quotes;
        let space = self.started && !self.glue_next && !closes_quotes && !is_closing(token);
        self.started = true;
        self.glue_next = is_opening(token) || (token == "\"" && !self.in_quotes);
        if token == "\"" {
            self.in_quotes = !self.in_quotes;
        }
        space
    }
}

fn is_opening(token: &str) -> bool {
    matches!(token, "(" | "[" | "{" | "“" | "‘" | "``" | "$" | "£" | "€")
}

fn is_closing(token: &str) -> bool {
    matches!(
        token,
        "." | "," | ";" | ":" | "!" | "?" | "%" | ")" | "]" | "}" | "”" | "’" | "''" | "..." | "'"
    ) || matches!(token, "'s" | "’s" | "n't" | "n’t" | "'re" | "'ve" | "'ll" | "'d" | "'m")
}
