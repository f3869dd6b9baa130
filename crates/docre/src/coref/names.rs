//! What names look like to each other.

use std::collections::HashSet;

/// A mention as coreference sees it: its words, its type and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionName {
    /// As it is written, one blank between words.
    pub written: String,
    /// The words in small letters.
    pub words: Vec<String>,
    /// The number of its entity type.
    pub kind: usize,
    /// Its sentence in the document.
    pub sentence: usize,
}

impl MentionName {
    /// A mention of these words.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>, kind: usize, sentence: usize) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        Self {
            written: words.join(" "),
            words: words.iter().map(|word| word.to_lowercase()).collect(),
            kind,
            sentence,
        }
    }

    /// Whether both have the same words, whatever their case.
    pub fn equals(&self, other: &Self) -> bool {
        self.words == other.words
    }

    /// The words that say something, or all if none does.
    fn content(&self) -> HashSet<&str> {
        let says = |word: &&str| word.chars().any(char::is_alphanumeric) && !is_small(word);
        let content: HashSet<&str> = self.words.iter().map(String::as_str).filter(says).collect();
        match content.is_empty() {
            true => self.words.iter().map(String::as_str).collect(),
            false => content,
        }
    }

    /// How many of the words of either both have, a fraction, and whether one has all the words of
    /// the other.
    pub fn shared_words(&self, other: &Self) -> (f32, bool) {
        let (one, two) = (self.content(), other.content());
        let shared = one.intersection(&two).count();
        let all = one.len() + two.len() - shared;
        (shared as f32 / all.max(1) as f32, shared == one.len().min(two.len()))
    }

    /// The last word that says something, such as a family name.
    pub fn last_word(&self) -> &str {
        let says = |word: &&String| word.chars().any(char::is_alphanumeric);
        self.words.iter().rfind(says).or(self.words.last()).map_or("", String::as_str)
    }

    /// Whether one is made of the first letters of the other's words, as they are written.
    pub fn is_acronym(&self, other: &Self) -> bool {
        is_acronym(&self.written, &other.written) || is_acronym(&other.written, &self.written)
    }

    /// The words with a digit.
    fn numbers(&self) -> HashSet<&str> {
        let has_digit = |word: &&str| word.chars().any(|c| c.is_ascii_digit());
        self.words.iter().map(String::as_str).filter(has_digit).collect()
    }

    /// Whether both have numbers, and not the same.
    pub fn numbers_differ(&self, other: &Self) -> bool {
        let (one, two) = (self.numbers(), other.numbers());
        !one.is_empty() && !two.is_empty() && one != two
    }

    /// Whether it is a pronoun.
    pub fn is_pronoun(&self) -> bool {
        matches!(&self.words[..], [word] if PRONOUNS.contains(&word.as_str()))
    }
}

/// English pronouns that stand for a person or a thing.
const PRONOUNS: &[&str] = &[
    "i",
    "me",
    "my",
    "mine",
    "myself",
    "we",
    "us",
    "our",
    "ours",
    "ourselves",
    "you",
    "your",
    "yours",
    "yourself",
    "he",
    "him",
    "his",
    "himself",
    "she",
    "her",
    "hers",
    "herself",
    "it",
    "its",
    "itself",
    "they",
    "them",
    "their",
    "theirs",
    "themselves",
    "this",
    "that",
    "these",
    "those",
    "who",
    "whom",
    "whose",
    "which",
];

/// Words that names share without being the same.
fn is_small(word: &str) -> bool {
    matches!(
        word,
        "the" | "a" | "an" | "of" | "and" | "in" | "on" | "at" | "for" | "to" | "de" | "la" | "von"
    )
}

/// Whether `short` is made of the first letters of `long`'s words that are capital.
fn is_acronym(short: &str, long: &str) -> bool {
    let letters: String = short.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_short = letters.chars().count() >= 2 && letters.chars().all(char::is_uppercase);
    let first = long.split([' ', '-']).filter_map(|word| word.chars().next());
    is_short && first.filter(|c| c.is_uppercase()).collect::<String>() == letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> MentionName {
        MentionName::new(text.split(' '), 0, 0)
    }

    #[test]
    fn names_are_compared_by_what_they_say() {
        let (full, short) = (name("Dr. Ada Lovelace"), name("ada lovelace"));
        assert_eq!(full.shared_words(&short), (2.0 / 3.0, true));
        assert_eq!(full.last_word(), "lovelace");
        assert!(name("the UNHCR").equals(&name("The unhcr")));
        assert!(name("World Health Organization").is_acronym(&name("WHO")));
        assert!(name("U.N.").is_acronym(&name("the United Nations")));
        assert!(!name("Who").is_acronym(&name("World Health Organization")));
        assert!(name("May 1999").numbers_differ(&name("May 2001")));
        assert!(!name("May").numbers_differ(&name("May 2001")));
        assert!(name("She").is_pronoun() && !name("Her Majesty").is_pronoun());
        assert_eq!(name("the").shared_words(&name("The")), (1.0, true));
    }
}
