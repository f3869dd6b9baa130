//! How long the pieces of a `tokenizer.json` may be.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The most characters of an added token, or of a piece of a unigram model. The search for added
/// tokens is prepared in a time that grows with the square of their length, and the one for
/// pieces is as deep as they are long; the longest in use have some tens.
const LONGEST: usize = 1000;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    model: Model,
}

#[derive(Default, Deserialize)]
struct Model {
    #[serde(default)]
    vocab: Pieces,
}

/// The place of the longest piece of a unigram model's list, and its length. Vocabularies of other
/// models are objects.
#[derive(Default)]
struct Pieces {
    place: usize,
    length: usize,
}

impl<'de> Deserialize<'de> for Pieces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PiecesVisitor)
    }
}

struct PiecesVisitor;

impl<'de> Visitor<'de> for PiecesVisitor {
    type Value = Pieces;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a vocabulary")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pieces, A::Error> {
        let (mut longest, mut place) = (Pieces::default(), 0);
        while let Some((piece, _)) = list.next_element::<(String, IgnoredAny)>()? {
            let length = piece.chars().count();
            if length > longest.length {
                longest = Pieces { place, length };
            }
            place += 1;
        }
        Ok(longest)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Pieces, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Pieces::default())
    }
}

#[derive(Deserialize)]
struct Added {
    content: String,
}

/// Refuses an added token or a piece that is too long. A file of another form is judged by whoever reads
/// all of it.
pub(super) fn check(json: &str) -> Result<(), String> {
    let Ok(File { added_tokens, model }) = serde_json::from_str(json) else { return Ok(()) };
    let Pieces { place, length } = model.vocab;
    if length > LONGEST {
        return Err(format!(
            "model.vocab[{place}] has {length} characters, and a piece may have {LONGEST}"
        ));
    }
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

    #[test]
    fn a_piece_has_an_end() {
        let file = |length| {
            let piece = "a".repeat(length);
            format!("{{\"model\": {{\"vocab\": [[\"b\", 0.0], [\"{piece}\", -1.5]]}}}}")
        };
        assert_eq!(check(&file(1000)), Ok(()));
        let refused = check(&file(20_000)).unwrap_err();
        assert!(refused.starts_with("model.vocab[1] has 20000 characters"), "{refused}");
        assert_eq!(check("{\"model\": {\"vocab\": {\"b\": 0}}}"), Ok(()));
    }
}
