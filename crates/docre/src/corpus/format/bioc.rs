//! BioC, as XML and as JSON: passages with annotations by characters of the document, and
//! relations.
//!
//! The passages are one text, with a line break where the offsets leave a gap. Identifiers join
//! annotations into entities as in PubTator. A relation names identifiers (`entity1` and
//! `entity2`, `role1` and `role2`, or two infons beside its own, as CDR has them) or, as nodes,
//! two annotations.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::bioc_offsets::Count;
use super::bioc_xml::{from_json, to_json};
use super::{Cut, FormatRow, Layout, Tell, TextForm, TextWriter};
use crate::corpus::identified::{Identified, identifier};
use crate::corpus::objects::{Object, is_json_lines};
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::pieces::{Units, utf8};
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span, gaps_of_parts, without_blanks};
use crate::document::Document;

pub(super) static ROW: FormatRow = FormatRow {
    name: "bioc",
    about: "XML, or JSON if the name ends in .json or .jsonl",
    endings: &["xml"],
    layout: Layout::Text { cut },
    tell: Tell {
        beginning: |text| is_xml(text) || is_collection(text),
        object: |keys| keys.has("passages"),
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| {
        let is_json = path.extension().is_some_and(|found| found.eq_ignore_ascii_case("json"));
        let form = match (is_json, is_json_lines(path)) {
            (true, _) => JSON,
            (_, true) => JSON_LINES,
            _ => XML,
        };
        TextWriter::create(path, form)
    }),
};

const XML: TextForm = TextForm {
    head: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE collection SYSTEM \"BioC.dtd\">\n\
           <collection><source>docre</source><date></date><key></key>\n",
    between: "\n",
    tail: "\n</collection>\n",
    write: |document| from_json(&write(document)),
    read,
};

const JSON: TextForm = TextForm {
    head: "{\"source\": \"docre\", \"date\": \"\", \"key\": \"\", \"documents\": [\n",
    between: ",\n",
    tail: "\n]}\n",
    write: |document| write(document).to_string(),
    read,
};

const JSON_LINES: TextForm = TextForm { head: "", between: "\n", tail: "\n", ..JSON };

/// A collection's documents.
const ELEMENTS: Units = Units {
    delimiter: b'>',
    begins: |unit| {
        let unit = unit.trim_ascii();
        unit == b"<document>" || unit.starts_with(b"<document ")
    },
    ends: |text| text.ends_with(b"</document>"),
    closed: Some("</collection>"),
};

/// The lists of documents in JSON: BioC's own, and that of PubTator's service.
const LISTS: &[&str] = &["documents", "PubTator3"];

fn cut(beginning: &[u8]) -> Option<Cut> {
    if is_xml(beginning) {
        Some(Cut::Units(ELEMENTS))
    } else {
        is_collection(beginning).then_some(Cut::Member(LISTS))
    }
}

fn is_xml(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"<") && place(text, "<collection").is_some()
}

/// Whether JSON begins with a list of documents, and not with one document.
fn is_collection(text: &[u8]) -> bool {
    let passages = place(text, "\"passages\"");
    let list = LISTS.iter().filter_map(|list| place(text, &format!("\"{list}\""))).min();
    let is_before = match (list, passages) {
        (Some(list), Some(passages)) => list < passages,
        (Some(_), None) => place(text, "\"source\"").is_some(),
        _ => false,
    };
    text.trim_ascii_start().starts_with(b"{") && is_before
}

fn place(text: &[u8], wanted: &str) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted.as_bytes())
}

#[derive(Deserialize)]
#[serde(expecting = "a document of BioC")]
pub(super) struct Raw {
    id: Value,
    #[serde(default)]
    infons: Map<String, Value>,
    pub passages: Vec<Passage>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
#[serde(expecting = "a passage")]
pub(super) struct Passage {
    #[serde(default)]
    pub offset: usize,
    #[serde(default)]
    infons: Map<String, Value>,
    pub text: Option<String>,
    #[serde(default)]
    pub sentences: Vec<Passage>,
    #[serde(default)]
    pub annotations: Vec<Annotation>,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
#[serde(expecting = "an annotation")]
pub(super) struct Annotation {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    infons: Map<String, Value>,
    pub text: Option<String>,
    pub locations: Vec<Location>,
}

#[derive(Deserialize)]
#[serde(expecting = "a location")]
pub(super) struct Location {
    pub offset: usize,
    pub length: usize,
}

#[derive(Deserialize)]
#[serde(expecting = "a relation")]
struct Relation {
    #[serde(default)]
    infons: Map<String, Value>,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(expecting = "a node")]
struct Node {
    refid: Value,
}

#[derive(Deserialize)]
struct Id {
    id: Value,
}

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

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let raw: Raw = match object.bytes().starts_with(b"<") {
        false => parse(object.bytes()).map_err(|problem| {
            let title = parse::<Id>(object.bytes()).ok().map(|found| plain(&found.id));
            Refused { title, problem }
        })?,
        true => {
            let json = to_json(utf8(object.bytes())?)?;
            let title = json["id"].as_str().map(str::to_owned);
            let raw = parse(json.to_string().as_bytes());
            raw.map_err(|problem| Refused { title, problem })?
        }
    };
    let title = plain(&raw.id);
    let (raw, left_out) =
        annotated(raw, &title).tokenize().map_err(|problem| Refused::new(&title, problem))?;
    raw.check(left_out)
}

/// A text or number as a text; anything else is empty.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn annotated(raw: Raw, title: &str) -> AnnotatedText {
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

/// What a relation relates.
struct Ends {
    relation: String,
    ends: [End; 2],
}

enum End {
    Identifier(String),
    Annotation(String),
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

/// The infons of a relation that name what it relates.
const PAIRS: [[&str; 2]; 2] = [["entity1", "entity2"], ["role1", "role2"]];

/// What a relation relates, and its name; what can't be a fact is counted.
fn ends(relation: Relation, left_out: &mut Omissions) -> Option<Ends> {
    let Relation { mut infons, nodes } = relation;
    let name = infons.shift_remove("type").or_else(|| infons.shift_remove("relation"));
    if let Some(mark) = infons.shift_remove("novel") {
        left_out.add_named(Omission::Novelty, &plain(&mark), 1);
    }
    let Some(relation) = name.map(|name| plain(&name)).filter(|name| !name.trim().is_empty())
    else {
        left_out.add(Omission::FactWithoutRelation, 1);
        return None;
    };
    let ends = ends_of(&mut infons, nodes);
    for name in infons.keys() {
        left_out.add_named(Omission::OtherField, name, 1);
    }
    if ends.is_none() {
        left_out.add_named(Omission::OtherAnnotation, &relation, 1);
    }
    ends.map(|ends| Ends { relation, ends })
}

fn ends_of(infons: &mut Map<String, Value>, nodes: Vec<Node>) -> Option<[End; 2]> {
    let identifier = |value: &Value| match value {
        Value::Object(named) => named.get("identifier").map(plain),
        value => Some(plain(value)),
    };
    for pair in PAIRS {
        if pair.iter().all(|key| infons.contains_key(*key)) {
            let [head, tail] =
                pair.map(|key| infons.shift_remove(key).and_then(|v| identifier(&v)));
            return Some([End::Identifier(head?), End::Identifier(tail?)]);
        }
    }
    if nodes.len() == 2 {
        let mut nodes: VecDeque<_> = nodes.into();
        let mut next = || nodes.pop_front().map(|node| End::Annotation(plain(&node.refid)));
        return Some([next()?, next()?]);
    }
    if nodes.is_empty() && infons.len() == 2 {
        let ends: Vec<_> = std::mem::take(infons).into_iter().map(|(_, v)| plain(&v)).collect();
        let [head, tail] = <[String; 2]>::try_from(ends).ok()?;
        return Some([End::Identifier(head), End::Identifier(tail)]);
    }
    None
}

fn write(document: &Document) -> Value {
    let rendered =
        Rendered::of_source(document).unwrap_or_else(|| Rendered::new(document, without_blanks));
    let name = |entity: usize| identifier(document.entities[entity].id.as_deref(), entity);
    let (title, rest) = match rendered.text.split_once('\n') {
        Some((title, rest)) => (title, Some(rest)),
        None => (rendered.text.as_str(), None),
    };
    let border = title.chars().count() + 1;
    let mut annotations = [Vec::new(), Vec::new()];
    for (entity, spans) in rendered.spans(document).into_iter().enumerate() {
        for Span { id, start, end, text, kind, .. } in spans {
            annotations[usize::from(start >= border)].push(json!({
                "id": id,
                "infons": {"identifier": name(entity), "type": kind},
                "text": text,
                "locations": [{"offset": start, "length": end - start}],
            }));
        }
    }
    let [of_title, of_rest] = annotations;
    let passage = |kind: &str, offset: usize, text: &str, annotations: Vec<Value>| {
        json!({"infons": {"type": kind}, "offset": offset, "text": text, "sentences": [],
            "annotations": annotations, "relations": []})
    };
    let mut passages = vec![passage("title", 0, title, of_title)];
    passages.extend(rest.map(|rest| passage("abstract", border, rest, of_rest)));
    let relation = |(number, fact): (usize, &crate::document::Fact)| {
        let infons =
            json!({"entity1": name(fact.head), "entity2": name(fact.tail), "type": fact.relation});
        json!({"id": format!("R{number}"), "infons": infons, "nodes": []})
    };
    let relations: Vec<_> = document.labelled_facts().iter().enumerate().map(relation).collect();
    json!({"id": document.title, "infons": {}, "passages": passages, "annotations": [],
        "relations": relations})
}
