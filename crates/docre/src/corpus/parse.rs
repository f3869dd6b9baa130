//! One JSON value from bytes, with messages that say where in it something is wrong.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::error::in_words;

/// The value that `bytes` hold, or what is wrong: "vertexSet[3][0].pos: invalid type: ...".
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is not UTF-8 text (at its byte {})", error.valid_up_to()))?;
    parse_text(text, DOCUMENT_CUT)
}

/// [`parse`] of a file that holds this value alone, and no documents.
pub(super) fn parse_alone<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    parse_text(text, "ends too early; the file may be cut short")
}

/// What is said of a document that isn't whole.
const DOCUMENT_CUT: &str = "is not complete (a document that starts on a line has to end there; \
                            a file with one list has to start with `[`)";

fn parse_text<T: DeserializeOwned>(text: &str, cut: &str) -> Result<T, String> {
    // Keeping the path costs time, so only what is wrong is read with it.
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let problem = problem(error.inner(), cut);
        // "." is the value itself; "?" is a place before the first key.
        if path == "." || path == "?" { problem } else { format!("{path}: {problem}") }
    })?;
    json.end().map_err(|_| "is followed by something on the same line".to_owned())?;
    Ok(value)
}

/// What is wrong, without the line and column, which count from the start of
/// the object and not of the file.
fn problem(error: &serde_json::Error, cut: &str) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    match error.classify() {
        Category::Eof => cut.into(),
        Category::Syntax if text == "number out of range" => {
            "is not JSON: a number is too large".into()
        }
        Category::Syntax => format!("is not JSON: {text}"),
        Category::Data | Category::Io => in_words(text, "an object"),
    }
}

/// What null stands for where a file may say so that there is nothing.
pub(super) fn default_if_null<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(input)?.unwrap_or_default())
}
