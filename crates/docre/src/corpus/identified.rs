//! Mentions that identifiers of a knowledge base join into entities, as biomedical data has them.

use std::collections::{HashMap, HashSet};

use super::omissions::{Omission, Omissions};
use super::raw::RawLabel;
use super::spans::Span;

/// What docre calls an entity that has no identifier, with its number behind.
const UNNAMED: &str = "entity:";

/// Mentions by the identifiers of their entities, in the order in which these are met.
#[derive(Default)]
pub(super) struct Identified {
    pub entities: Vec<Vec<Span>>,
    places: HashMap<String, usize>,
    /// Identifiers that stand for one entity, though they look like several.
    whole: HashSet<String>,
    pub labels: Vec<RawLabel>,
    pub left_out: Omissions,
}

impl Identified {
    /// Where relations name these: `D1|D2` is one entity where a relation names it.
    pub fn with_relations_of<'a>(identifiers: impl IntoIterator<Item = &'a str>) -> Self {
        let whole = identifiers.into_iter().map(|id| id.trim().to_owned()).collect();
        Self { whole, ..Self::default() }
    }

    /// Adds a mention to each entity that its identifier names, and gives the first of them. One
    /// that it doesn't name is an entity of its own.
    pub fn add(&mut self, span: Span, identifier: &str) -> usize {
        let parts = self.parts(identifier);
        self.left_out.add(Omission::SharedMention, parts.len().saturating_sub(1));
        let mut first = None;
        for part in &parts {
            let place = self.place_of(part);
            let entity_id = (!is_unnamed(part)).then(|| (*part).to_owned());
            self.entities[place].push(Span { entity_id, ..span.clone() });
            first.get_or_insert(place);
        }
        first.unwrap_or_else(|| {
            self.left_out.add(Omission::UnidentifiedMention, 1);
            self.entities.push(vec![span]);
            self.entities.len() - 1
        })
    }

    fn place_of(&mut self, identifier: &str) -> usize {
        let next = self.entities.len();
        let place = *self.places.entry(identifier.to_owned()).or_insert(next);
        if place == next {
            self.entities.push(Vec::new());
        }
        place
    }

    /// Adds a relation between two identifiers; one that no mention has is counted.
    pub fn relate(&mut self, head: &str, relation: &str, tail: &str) {
        let place = |identifier: &str| self.places.get(identifier.trim()).copied();
        match (place(head), place(tail)) {
            (Some(head), Some(tail)) => self.labels.push(RawLabel::new(head, relation, tail)),
            _ => self.left_out.add(Omission::FactOfUnmentionedEntity, 1),
        }
    }

    /// Adds a relation between two entities by their numbers.
    pub fn relate_entities(&mut self, head: usize, relation: &str, tail: usize) {
        self.labels.push(RawLabel::new(head, relation, tail));
    }

    /// The identifiers that one stands for: `D1,D2`, `D1|D2` and `1;2` are several, the names of
    /// variants (`c|SUB|A|12|G`) are one.
    fn parts<'a>(&self, identifier: &'a str) -> Vec<&'a str> {
        let identifier = identifier.trim();
        let mut parts = vec![identifier];
        if !self.whole.contains(identifier) {
            for (separator, is_part) in [
                (',', (|_| true) as fn(&str) -> bool),
                (';', |part| part.bytes().all(|byte| byte.is_ascii_digit())),
                ('|', has_digit),
            ] {
                if parts.len() == 1 && identifier.split(separator).all(is_part) {
                    parts = identifier.split(separator).map(str::trim).collect();
                }
            }
        }
        let mut seen = HashSet::new();
        parts.retain(|part| !matches!(*part, "" | "-" | "-1") && seen.insert(*part));
        parts
    }
}

fn has_digit(part: &str) -> bool {
    part.bytes().any(|byte| byte.is_ascii_digit())
}

/// What an entity is called where identifiers join mentions: its own, or one with its number.
pub(super) fn identifier(id: Option<&str>, number: usize) -> String {
    id.map_or_else(|| format!("{UNNAMED}{}", number + 1), str::to_owned)
}

fn is_unnamed(identifier: &str) -> bool {
    let number = identifier.strip_prefix(UNNAMED);
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_may_stand_for_several_entities() {
        let identified = Identified::with_relations_of(["D7|D8"]);
        for (identifier, parts) in [
            ("D1", vec!["D1"]),
            ("D1,D2", vec!["D1", "D2"]),
            ("D1|D2", vec!["D1", "D2"]),
            ("D7|D8", vec!["D7|D8"]),
            ("-1|D2", vec!["D2"]),
            ("12;13", vec!["12", "13"]),
            ("tmVar:c|SUB|A|1|G;RS#:5", vec!["tmVar:c|SUB|A|1|G;RS#:5"]),
            ("c|SUB|A|12|G", vec!["c|SUB|A|12|G"]),
            ("D1,D1", vec!["D1"]),
            ("-", vec![]),
            ("-1", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(identified.parts(identifier), parts, "{identifier}");
        }
    }
}
