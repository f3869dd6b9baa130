//! Numbers of things, for messages.

/// "1 sentence", "2 sentences".
pub(super) fn counted(count: usize, thing: &str) -> String {
    match (count, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {thing}s"),
    }
}

/// The most characters of a user's text that a message quotes.
const QUOTED: usize = 60;

/// A text as a message quotes it: its beginning, where it is long.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
