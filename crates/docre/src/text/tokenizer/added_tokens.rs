//! The tokens that a `tokenizer.json` adds to its vocabulary.

use serde::Deserialize;

/// The most characters of an added token. The search for these tokens is prepared in a time that
/// grows with the square of their length; the longest in use have some tens.
const LONGEST: usize = 1000;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Added {
    content: String,
}

/// Refuses an added token that is too long. A file of another form is judged by whoever reads
/// all of it.
pub(super) fn check(json: &str) -> Result<(), String> {
    let Ok(File { added_tokens }) = serde_json::from_str(json) else { return Ok(()) };
    for (place, Added { content }) in added_tokens.iter().enumerate() {
        check_length(&format!("added_tokens[{place}].content"), content)?;
    }
    Ok(())
}

/// Refuses an added token that is too long, under the name of its place.
pub(super) fn check_length(place: &str, content: &str) -> Result<(), String> {
    let length = content.chars().count();
    if length <= LONGEST {
        return Ok(());
    }
    Err(format!("{place} has {length} characters, and an added token may have {LONGEST}"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn an_added_token_has_an_end() {
        let file =
            |length| format!("{{\"added_tokens\": [{{\"content\": \"{}\"}}]}}", "a".repeat(length));
        assert_eq!(check(&file(1000)), Ok(()));
        let refused = check(&file(20_000)).unwrap_err();
        assert!(refused.starts_with("added_tokens[0].content has 20000 characters"), "{refused}");
    }
}
