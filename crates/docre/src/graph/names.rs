//! What entities are called, as far as names of different documents can be compared.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::output::NamedEntity;

/// The names of an entity in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Those that stand for themselves ("angela merkel", "us").
    pub own: BTreeSet<String>,
    /// Those whose words another name of the entity has too ("merkel"): short for it, they say
    /// little outside of the document.
    pub partial: BTreeSet<String>,
}

impl Names {
    /// The names by which a document mentions an entity.
    pub fn of(entity: &NamedEntity) -> Self {
        let names = entity.mentions.iter().map(|mention| normal(&mention.text));
        let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
        let is_partial =
            |name: &String| names.iter().any(|other| other != name && is_part(name, other));
        let (partial, own) = names.iter().cloned().partition(is_partial);
        Self { own, partial }
    }
}

/// Whether all words of a name are in another.
pub fn is_part(name: &str, of: &str) -> bool {
    let words: BTreeSet<&str> = of.split(' ').collect();
    name.split(' ').all(|word| words.contains(word)) && name.split(' ').count() < words.len()
}

/// A name without what differs from document to document: case, accents, points in abbreviations,
/// a genitive's ending and an article in front.
///
/// Words have one blank between them.
pub fn normal(name: &str) -> String {
    let plain: String =
        name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let plain = plain.replace("'s ", " ").replace("’s ", " ");
    let plain = plain.strip_suffix("'s").or(plain.strip_suffix("’s")).unwrap_or(&plain);
    let mut words = Vec::new();
    for word in plain.split(|c: char| !(c.is_alphanumeric() || c == '.')) {
        let word = word.trim_matches('.');
        // "u.s." is one word, "end.begin" two.
        match word.split('.').all(|part| part.chars().count() == 1) {
            true => words.push(word.replace('.', "")),
            false => words.extend(word.split('.').map(str::to_owned)),
        }
    }
    words.retain(|word| !word.is_empty());
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::NamedMention;

    #[test]
    fn names_are_compared_without_case_accents_and_points() {
        for (name, same) in [
            ("U.S.", "US"),
            ("Brüssels", "brussels"),
            ("the European Union", "European  Union"),
            ("Germany's", "Germany"),
            ("Al-Qaeda", "al Qaeda"),
        ] {
            assert_eq!(normal(name), normal(same));
        }
        assert_eq!(normal("The"), "the");
        assert_eq!(normal("..."), "");
        assert_eq!(normal("東京"), "東京");
    }

    #[test]
    fn a_name_that_another_has_inside_is_partial() {
        let mention = |text: &str| NamedMention { text: text.into(), sentence: 0, span: None };
        let mentions = ["Angela Merkel", "Merkel", "the chancellor"].map(mention).to_vec();
        let entity =
            NamedEntity { name: "Angela Merkel".into(), kind: "PER".into(), id: None, mentions };
        let names = Names::of(&entity);
        assert_eq!(names.own, ["angela merkel", "chancellor"].map(String::from).into());
        assert_eq!(names.partial, ["merkel".to_owned()].into());
    }
}
