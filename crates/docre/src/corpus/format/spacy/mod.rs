//! spaCy's JSON of a document, as `Doc.to_json()` gives it: a text with tokens, sentences and
//! spans, by characters.
//!
//! Span groups whose names start with `coref` are entities, one a group, as spaCy's
//! coreference component names them; they have the types of the same places in `ents`, whose
//! other entries are entities of their own. spaCy has no relations: docre puts them, with the
//! title, among the extension attributes (`_.title`, `_.relations`), where heads and tails are
//! numbers of entities.

mod write;

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::docred_forms::other_tool;
use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::{default_if_null, parse};
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Span};
use write::write;

pub(super) static ROW: FormatRow = FormatRow {
    name: "spacy",
    about: "JSON of Doc.to_json()",
    endings: &[],
    layout: Layout::Json,
    tell: Tell {
        object: |keys| keys.has("text") && keys.has_any(&["tokens", "ents"]),
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| JsonWriter::create(ListWriter::create(path), write, read)),
};

#[derive(Deserialize)]
#[serde(expecting = "a document of spaCy")]
struct Raw {
    text: String,
    tokens: Vec<Characters>,
    sents: Option<Vec<Characters>>,
    #[serde(default, deserialize_with = "default_if_null")]
    ents: Vec<Labelled>,
    #[serde(default, deserialize_with = "default_if_null")]
    spans: Groups,
    #[serde(rename = "_", default, deserialize_with = "default_if_null")]
    extensions: Extensions,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "a place (start and end)")]
struct Characters {
    start: usize,
    end: usize,
}

#[derive(Deserialize)]
#[serde(expecting = "a span (start, end and label)")]
struct Labelled {
    start: usize,
    end: usize,
    #[serde(default)]
    label: String,
    /// What a knowledge base calls the entity; empty where it isn't known.
    #[serde(default)]
    kb_id: String,
    /// What a rule calls it, which isn't kept.
    id: Option<Value>,
}

/// Span groups in the order of the file.
type Groups = Map<String, Value>;

#[derive(Deserialize, Default)]
#[serde(expecting = "an object of extensions")]
struct Extensions {
    title: Option<String>,
    relations: Option<Vec<Relation>>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
#[serde(expecting = "a relation (an object with head, label and tail)")]
struct Relation {
    head: usize,
    label: String,
    tail: usize,
    #[serde(default)]
    evidence: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

/// What the names of span groups that are entities start with.
const ENTITY_GROUP: &str = "coref";

/// What spaCy's coreference component calls its groups, and docre its own.
const CLUSTERS: &str = "coref_clusters";

/// What the names of groups have that are the same entities once more: the heads of their mentions,
/// and what a model says of them.
const AGAIN: [&str; 2] = ["head", "pred"];

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let raw: Raw =
        parse(object.bytes()).map_err(|problem| of_prodigy(object).unwrap_or(problem))?;
    let title =
        raw.extensions.title.clone().unwrap_or_else(|| format!("document {}", object.index));
    let refuse = |problem| Refused::new(&title, problem);
    let annotated = annotated(raw, &title).map_err(refuse)?;
    let (document, left_out) = annotated.tokenize().map_err(refuse)?;
    document.check(left_out)
}

/// What is said of a file of Prodigy, whose spans are a list.
fn of_prodigy(object: &Object) -> Option<String> {
    let document: Map<String, Value> = serde_json::from_slice(object.bytes()).ok()?;
    document.get("spans")?.is_array().then(|| other_tool(object.bytes())).flatten()
}

fn annotated(raw: Raw, title: &str) -> Result<AnnotatedText, String> {
    let mut left_out = left_out(&raw);
    let entities = entities(&raw, &mut left_out)?;
    let Raw { text, tokens, sents, extensions, .. } = raw;
    let tokens = in_bytes(&text, &tokens, "tokens")?;
    let sentences = sents.map(|sents| in_bytes(&text, &sents, "sents")).transpose()?;
    let label = |relation: Relation| {
        let Relation { head, label, tail, evidence, score } = relation;
        RawLabel { h: head, t: tail, r: label, evidence, score }
    };
    let labels = extensions.relations.map(|all| all.into_iter().map(label).collect());
    let split = Split::Given { tokens, sentences };
    let (title, unit, marked) = (title.to_owned(), Unit::Characters, false);
    let problems = Vec::new();
    Ok(AnnotatedText { title, text, split, unit, marked, entities, labels, left_out, problems })
}

/// What spaCy may put beside tokens, sentences and spans, and what isn't kept of it.
const OTHERS: [&str; 3] = ["cats", "underscore_token", "underscore_span"];

/// What a document has that isn't read: other extensions (relations under another name among
/// them), categories, and the names that rules give.
fn left_out(raw: &Raw) -> Omissions {
    let mut left_out = Omissions::default();
    for (name, value) in &raw.extensions.others {
        left_out.add_named(Omission::OtherAnnotation, &format!("_.{name}"), items(value));
    }
    for (name, value) in raw.others.iter().filter(|(name, _)| OTHERS.contains(&name.as_str())) {
        left_out.add_named(Omission::OtherAnnotation, name, items(value));
    }
    let is_named = |id: &Value| !id.is_null() && id.as_str() != Some("");
    let named = raw.ents.iter().filter(|ent| ent.id.as_ref().is_some_and(is_named)).count();
    left_out.add_named(Omission::OtherAnnotation, "ents.id", named);
    left_out
}

/// How much there is in a value.
fn items(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(false) => 0,
        Value::Array(items) => items.len(),
        Value::Object(items) => items.len(),
        Value::String(text) => usize::from(!text.is_empty()),
        Value::Bool(true) | Value::Number(_) => 1,
    }
}

fn entities(raw: &Raw, left_out: &mut Omissions) -> Result<Vec<Vec<Span>>, String> {
    let mut entities = Vec::new();
    let families = entity_families(raw.spans.keys());
    for (name, group) in &raw.spans {
        if !families.contains(&family(name)) {
            let name = format!("spans.{name}");
            left_out.add_named(
                Omission::OtherAnnotation,
                &name,
                group.as_array().map_or(1, Vec::len),
            );
            continue;
        }
        let spans = Vec::<Labelled>::deserialize(group);
        let spans = spans.map_err(|error| format!("spans.{name}: {error}"))?;
        let id = |number: usize| format!("{number} of spans.{name}");
        entities.push(spans.iter().enumerate().map(|(n, span)| span.named(id(n))).collect());
    }
    let alone = join_ents(&raw.ents, &mut entities, left_out);
    entities.extend(alone);
    Ok(entities)
}

/// A group's name without its number: groups of one name are the entities of one annotation.
fn family(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_')
}

/// Which groups are the entities. A document may have them several times: by hand and by a model.
fn entity_families<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut families: Vec<&str> = Vec::new();
    for name in names.map(|name| family(name)) {
        let is_new = name.starts_with(ENTITY_GROUP) && !families.contains(&name);
        families.extend(is_new.then_some(name));
    }
    let is_again = |name: &str| AGAIN.iter().any(|again| name.contains(again));
    if families.contains(&CLUSTERS) {
        families.retain(|name| *name == CLUSTERS);
    } else if families.iter().any(|name| !is_again(name)) {
        families.retain(|name| !is_again(name));
    } else {
        families.retain(|name| !name.contains(AGAIN[0]));
    }
    families
}

/// Gives spans the types and identifiers of `ents` in their places. The other `ents` are entities
/// of their own.
fn join_ents(
    ents: &[Labelled],
    entities: &mut [Vec<Span>],
    left_out: &mut Omissions,
) -> Vec<Vec<Span>> {
    let mut by_place: HashMap<(usize, usize), Vec<&mut Span>> = HashMap::new();
    for span in entities.iter_mut().flatten() {
        by_place.entry((span.start, span.end)).or_default().push(span);
    }
    let mut alone: Vec<Vec<Span>> = Vec::new();
    let mut places: HashMap<(usize, usize), usize> = HashMap::new();
    for (number, ent) in ents.iter().enumerate() {
        let place = (ent.start, ent.end);
        let Some(same) = by_place.get_mut(&place) else {
            if let Some(&first) = places.get(&place) {
                // One place is one mention, though it may be there several times.
                let is_kept = alone[first][0].kind == ent.label;
                left_out.add(Omission::FurtherType, usize::from(!is_kept));
                continue;
            }
            places.insert(place, alone.len());
            alone.push(vec![ent.named(format!("{number} of ents"))]);
            continue;
        };
        if same.iter().all(|span| span.kind.is_empty()) {
            same.iter_mut().for_each(|span| span.kind.clone_from(&ent.label));
        }
        if same.iter().all(|span| span.entity_id.is_none()) {
            same.iter_mut().for_each(|span| span.entity_id = ent.entity_id());
        }
        let is_kept = ent.label.is_empty() || same.iter().any(|span| span.kind == ent.label);
        left_out.add(Omission::FurtherType, usize::from(!is_kept));
    }
    alone
}

/// What spaCy's entity linker gives an entity that its knowledge base doesn't have.
const UNLINKED: &str = "NIL";

impl Labelled {
    fn entity_id(&self) -> Option<String> {
        Some(self.kb_id.clone()).filter(|id| !id.is_empty() && id != UNLINKED)
    }

    fn named(&self, id: String) -> Span {
        let &Self { start, end, .. } = self;
        Span { id, start, end, text: None, kind: self.label.clone(), entity_id: self.entity_id() }
    }
}

/// Places in order, in bytes.
fn in_bytes(text: &str, places: &[Characters], what: &str) -> Result<Vec<Range<usize>>, String> {
    let bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
    let (mut found, mut last) = (Vec::with_capacity(places.len()), 0);
    for (number, &Characters { start, end }) in places.iter().enumerate() {
        if start < last || end < start || end >= bytes.len() {
            return Err(format!(
                "{what}[{number}]: goes from character {start} to {end}, which is before the one \
                 before it or behind the text's {} characters",
                bytes.len() - 1
            ));
        }
        found.push(bytes[start]..bytes[end]);
        last = end;
    }
    Ok(found)
}
