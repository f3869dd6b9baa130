//! Vocabularies in the files of Hugging Face's older tokenizers: `vocab.txt`, `vocab.json` with
//! `merges.txt`, and the tokens that `added_tokens.json` adds to either.

use std::collections::{BTreeMap, HashMap};

use super::added_tokens;

/// Ids by token, as a file gives them. Every id up to the highest has a token: the library can't
/// write a vocabulary with holes.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    by_id: Vec<String>,
    ids: HashMap<String, u32>,
}

/// How far behind the last token an added one may lie.
const FARTHEST: usize = 10_000;

impl Vocabulary {
    /// The lines of `vocab.txt`: a token's id is its line, from 0. Of a token that is there twice
    /// the last counts; a blank line has a number and no token; those at the end aren't counted.
    pub fn of_lines(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches(['\r', '\n']);
        let mut vocabulary = Self::default();
        for (line, token) in text.split('\n').enumerate() {
            vocabulary.put(token.trim_end_matches('\r'), line);
        }
        vocabulary
    }

    /// The object of `vocab.json`: ids by token.
    pub fn of_object(text: &str) -> Result<Self, String> {
        let ids: BTreeMap<String, u32> = serde_json::from_str(text)
            .map_err(|e| format!("should be an object of ids by token: {e}"))?;
        let mut vocabulary = Self::default();
        vocabulary.add_all(ids)?;
        Ok(vocabulary)
    }

    /// Adds the tokens of an `added_tokens.json`, and returns them by id.
    pub fn add(&mut self, text: &str) -> Result<Vec<String>, String> {
        let ids: BTreeMap<String, u32> = serde_json::from_str(text)
            .map_err(|e| format!("should be an object of ids by token: {e}"))?;
        ids.keys().try_for_each(|token| added_tokens::check_length("a token", token))?;
        self.add_all(ids)
    }

    /// Adds tokens with ids that no other token has; returns them by id.
    fn add_all(&mut self, ids: BTreeMap<String, u32>) -> Result<Vec<String>, String> {
        let mut by_id: Vec<(u32, String)> =
            ids.into_iter().map(|(token, id)| (id, token)).collect();
        by_id.sort();
        let count = self.by_id.len() + by_id.len();
        for (id, token) in &by_id {
            let id = *id as usize;
            if let Some(other) = self.by_id.get(id)
                && other != token
                && !is_placeholder(other)
            {
                return Err(format!("gives \"{token}\" the id {id}, which is that of \"{other}\""));
            }
            if id > count + FARTHEST {
                return Err(format!(
                    "gives \"{token}\" the id {id}, but there are only {count} tokens"
                ));
            }
            self.put(token, id);
        }
        Ok(by_id.into_iter().map(|(_, token)| token).collect())
    }

    fn put(&mut self, token: &str, id: usize) {
        while self.by_id.len() <= id {
            self.by_id.push(placeholder(self.by_id.len()));
        }
        if token.is_empty() {
            return;
        }
        if let Some(before) = self.ids.insert(token.into(), id as u32) {
            self.by_id[before as usize] = placeholder(before as usize);
        }
        self.by_id[id] = token.into();
    }

    /// The id of a token.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    /// All tokens with their ids, and names that no text has for ids without one.
    pub fn into_ids(self) -> impl Iterator<Item = (String, u32)> {
        self.by_id.into_iter().zip(0..)
    }

    /// How many tokens have capital letters, names in brackets such as `[CLS]` left aside.
    pub fn capitals(&self) -> usize {
        let in_brackets = |token: &str| token.starts_with(['[', '<']);
        let tokens = self.ids.keys().filter(|token| !in_brackets(token));
        tokens.filter(|token| token.contains(char::is_uppercase)).count()
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// What stands for an id without a token: words have no blanks.
fn placeholder(id: usize) -> String {
    format!("[no token {id}]")
}

fn is_placeholder(token: &str) -> bool {
    token.starts_with("[no token ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_id() {
        let of = Vocabulary::of_lines;
        for text in ["[UNK]\na\nb\n", "[UNK]\r\na\r\nb", "\u{feff}[UNK]\na\nb\n\n\n"] {
            let vocabulary = of(text);
            assert_eq!(["[UNK]", "a", "b"].map(|token| vocabulary.id(token)), [0, 1, 2].map(Some));
            assert_eq!(vocabulary.into_ids().count(), 3, "{text:?}");
        }
        let vocabulary = of("[UNK]\n\na\nb\n\na\nc");
        assert_eq!(
            ["[UNK]", "a", "b", "c", ""].map(|token| vocabulary.id(token)),
            [Some(0), Some(5), Some(3), Some(6), None]
        );
        assert_eq!(vocabulary.into_ids().count(), 7);
    }

    #[test]
    fn added_tokens_have_their_ids() {
        let mut vocabulary = Vocabulary::of_lines("[UNK]\na\nb");
        let added = vocabulary.add(r#"{"<e2>": 5, "<e1>": 3, "b": 2}"#).unwrap();
        assert_eq!(added, ["b", "<e1>", "<e2>"]);
        assert_eq!(["<e1>", "<e2>"].map(|token| vocabulary.id(token)), [Some(3), Some(5)]);
        assert_eq!(vocabulary.into_ids().count(), 6);
        for (text, problem) in [
            (r#"{"x": 1}"#, "gives \"x\" the id 1, which is that of \"a\""),
            (r#"{"x": 50000}"#, "there are only 4 tokens"),
            (r#"{"x": "y"}"#, "should be an object of ids by token"),
            (r#"["x"]"#, "should be an object of ids by token"),
        ] {
            let error = Vocabulary::of_lines("[UNK]\na\nb").add(text).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
