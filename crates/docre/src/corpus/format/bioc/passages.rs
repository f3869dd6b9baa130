//! The passages of a document as one text, with what is annotated in it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::raw::{Annotation, Location, Passage, Raw, plain};
use super::relations::{End, Ends, ends};
use crate::corpus::format::bioc_offsets::Count;
use crate::corpus::identified::Identified;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Span, gaps_of_parts};

/// The document's text and what is annotated in it.
pub fn annotated(raw: Raw, title: &str) -> AnnotatedText {
    let mut found = Found { count: Count::of(&raw), ..Found::default() };
    found.count_infons(&raw.infons);
    for passage in raw.passages {
        found.add_passage(passage, '\n');
    }
    let shift = found.first_shift;
    found.add_annotations(raw.annotations, shift, None);
    found.relations.extend(raw.relations.into_iter().map(|r| ends(r, &mut found.left_out)));
    found.into_text(title)
}

/// What the passages of a document hold, by characters of their one text.
#[derive(Default)]
struct Found {
    text: String,
    /// The characters of the text.
    length: usize,
    /// What the file counts.
    count: Count,
    /// The offset behind the last passage, as the file counts.
    end: Option<usize>,
    first_shift: isize,
    mentions: Vec<Mention>,
    relations: Vec<Option<Ends>>,
    left_out: Omissions,
    problems: Vec<String>,
}

struct Mention {
    id: String,
    /// By characters, from and to.
    parts: Vec<(usize, usize)>,
    text: Option<String>,
    kind: String,
    identifier: String,
}

/// A larger gap between passages is one of a text that isn't given.
const WIDEST_GAP: usize = 100;

impl Found {
    fn add_passage(&mut self, passage: Passage, gap: char) {
        let Passage { offset, infons, text, sentences, annotations, relations } = passage;
        self.count_infons(&infons);
        self.push_gap(offset, gap);
        let shift = self.length as isize - offset as isize;
        if self.mentions.is_empty() && self.text.is_empty() {
            self.first_shift = shift;
        }
        let has_text = text.as_ref().is_some_and(|text| !text.is_empty());
        if let Some(text) = &text {
            self.text.push_str(text);
            self.length += text.chars().count();
            self.end = Some(offset + self.count.length(text));
        }
        let within = text.as_deref().map(|text| (offset, text));
        for sentence in sentences {
            if has_text {
                self.add_annotations(sentence.annotations, shift, within);
                let relations = sentence.relations.into_iter();
                self.relations.extend(relations.map(|r| ends(r, &mut self.left_out)));
            } else {
                self.add_passage(sentence, ' ');
            }
        }
        self.add_annotations(annotations, shift, within);
        self.relations.extend(relations.into_iter().map(|r| ends(r, &mut self.left_out)));
    }

    /// What is said of a document or passage beside its kind.
    fn count_infons(&mut self, infons: &Map<String, Value>) {
        let others = infons.keys().filter(|name| *name != "type");
        others.for_each(|name| self.left_out.add_named(Omission::OtherField, name, 1));
    }

    /// What stands between two passages; sentences may have nothing between them.
    fn push_gap(&mut self, offset: usize, first: char) {
        let Some(end) = self.end.replace(offset) else { return };
        let least = usize::from(first == '\n');
        let gap = offset.saturating_sub(end).max(least);
        let gap = if gap > WIDEST_GAP { 1 } else { gap };
        self.text.extend([first].into_iter().chain([' '].into_iter().cycle()).take(gap));
        self.length += gap;
    }

    /// Adds annotations whose offsets count from `shift` on; `within` is the passage that they are
    /// of, its offset and text.
    fn add_annotations(
        &mut self,
        annotations: Vec<Annotation>,
        shift: isize,
        within: Option<(usize, &str)>,
    ) {
        let count = self.count;
        for mut annotation in annotations {
            let id = plain(&annotation.id);
            if let (Some((offset, text)), true) = (within, count != Count::Characters) {
                let counted =
                    |location: &mut Location| location.count_characters(offset, text, count);
                annotation.locations.iter_mut().for_each(counted);
                self.left_out.add_named(Omission::OtherUnit, count.name(), 1);
            }
            let place = |location: &Location| {
                let start = location.offset.checked_add_signed(shift)?;
                Some((start, start.checked_add(location.length)?))
            };
            let parts: Option<Vec<_>> = annotation.locations.iter().map(place).collect();
            let Some(mut parts) = parts.filter(|parts| !parts.is_empty()) else {
                let problem = "has no location, or one before its passage";
                self.problems.push(format!("annotation {id}: {problem}"));
                continue;
            };
            parts.sort_unstable();
            let (kind, identifier) = self.named(&annotation.infons);
            let text = annotation.text;
            self.mentions.push(Mention { id, parts, text, kind, identifier });
        }
    }

    /// The type and the identifier of an annotation; what else it says is counted.
    fn named(&mut self, infons: &Map<String, Value>) -> (String, String) {
        let key = IDENTIFIERS.into_iter().find(|key| infons.contains_key(*key));
        let others = infons.keys().filter(|found| *found != "type" && Some(found.as_str()) != key);
        others.for_each(|name| self.left_out.add_named(Omission::OtherField, name, 1));
        let value = |key: &str| infons.get(key).map(plain).unwrap_or_default();
        (value("type"), key.map(value).unwrap_or_default())
    }

    /// Where all annotations have numbers, these tell their order, and not the passages.
    fn sort_mentions(&mut self) {
        let numbers: Option<Vec<usize>> =
            self.mentions.iter().map(|mention| mention.id.parse().ok()).collect();
        if numbers.is_some() {
            self.mentions.sort_by_key(|mention| mention.id.parse::<usize>().ok());
        }
    }

    fn into_text(mut self, title: &str) -> AnnotatedText {
        self.sort_mentions();
        let identifiers = self.relations.iter().flatten().flat_map(|found| &found.ends);
        let mut identified =
            Identified::with_relations_of(identifiers.filter_map(|end| match end {
                End::Identifier(identifier) => Some(identifier.as_str()),
                End::Annotation(_) => None,
            }));
        let mut entities = HashMap::new();
        for Mention { id, parts, text, kind, identifier } in self.mentions {
            let whole = (parts.len() == 1).then(|| text.clone()).flatten();
            if let (2.., Some(said)) = (parts.len(), &text) {
                match gaps_of_parts(&self.text, false, &id, &parts, said) {
                    Ok(gaps) => self.left_out.add(Omission::Gap, gaps),
                    Err(problem) => {
                        self.problems.push(problem);
                        continue;
                    }
                }
            }
            let start = parts.iter().map(|part| part.0).min().unwrap_or(0);
            let end = parts.iter().map(|part| part.1).max().unwrap_or(0);
            let span = Span { id: id.clone(), start, end, text: whole, kind, entity_id: None };
            entities.insert(id, identified.add(span, &identifier));
        }
        for Ends { relation, ends } in self.relations.into_iter().flatten() {
            match &ends {
                [End::Identifier(head), End::Identifier(tail)] => {
                    identified.relate(head, &relation, tail);
                }
                [End::Annotation(head), End::Annotation(tail)] => {
                    match (entities.get(head), entities.get(tail)) {
                        (Some(&head), Some(&tail)) => {
                            identified.relate_entities(head, &relation, tail);
                        }
                        _ => self.left_out.add(Omission::FactOfOtherSpan, 1),
                    }
                }
                _ => self.left_out.add(Omission::FactOfOtherSpan, 1),
            }
        }
        self.left_out.merge(&identified.left_out);
        AnnotatedText {
            title: title.to_owned(),
            text: self.text,
            split: Split::Rules,
            unit: Unit::Characters,
            marked: false,
            entities: identified.entities,
            labels: Some(identified.labels),
            left_out: self.left_out,
            problems: self.problems,
        }
    }
}

/// Under which infon files have what a knowledge base calls an annotation's entity.
const IDENTIFIERS: [&str; 8] = [
    "identifier",
    "Identifier",
    "MESH",
    "NCBI GENE",
    "NCBI Gene",
    "normalized_id",
    "accession",
    "identifiers",
];

impl Location {
    /// Counts characters from now on, behind the offset of the passage that has the text.
    fn count_characters(&mut self, offset: usize, text: &str, count: Count) {
        let place = |place: usize| count.characters(text, place.checked_sub(offset)?);
        let ends = place(self.offset).zip(place(self.offset.saturating_add(self.length)));
        if let Some((start, end)) = ends {
            (self.offset, self.length) = (offset + start, end - start);
        }
    }
}
