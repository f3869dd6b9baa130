//! spaCy's JSON of a document, as `Doc.to_json()` gives it: a text with tokens, sentences and
//! spans, by characters.
//!
//! Span groups whose names start with `coref` are entities, one a group, as spaCy's
//! coreference component names them; they have the types of the same places in `ents`, whose
//! other entries are entities of their own. spaCy has no relations: docre puts them, with the
//! title, among the extension attributes (`_.title`, `_.relations`), where heads and tails are
//! numbers of entities.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::docred_forms::other_tool;
use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span};
use crate::document::{Document, Fact, SourceText};

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
    #[serde(default)]
    ents: Vec<Labelled>,
    #[serde(default)]
    spans: Groups,
    #[serde(rename = "_", default)]
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

/// spaCy's coreference component also marks the heads of the same mentions.
const HEAD_GROUP: &str = "coref_head";

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
    for (name, group) in &raw.spans {
        if !name.starts_with(ENTITY_GROUP) || name.starts_with(HEAD_GROUP) {
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
    let mut alone = Vec::new();
    for (number, ent) in ents.iter().enumerate() {
        let Some(same) = by_place.get_mut(&(ent.start, ent.end)) else {
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

impl Labelled {
    fn entity_id(&self) -> Option<String> {
        Some(self.kb_id.clone()).filter(|id| !id.is_empty())
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

fn write(document: &Document) -> Value {
    let rendered = rendered(document);
    let spans = rendered.spans(document);
    let tokens = with_blanks(&rendered);
    let sentences = sentences(&rendered, &tokens);
    let tokens = tokens.into_iter().enumerate();
    let token = |(id, place): (usize, Range<usize>)| json!({"id": id, "start": place.start, "end": place.end});
    let clusters: Map<String, Value> = (1..)
        .zip(&spans)
        .map(|(number, spans)| {
            let spans = spans.iter().map(|span| labelled(span, true)).collect();
            (format!("{ENTITY_GROUP}_clusters_{number}"), Value::Array(spans))
        })
        .collect();
    let mut extensions = json!({"title": document.title});
    if let Some(facts) = &document.facts {
        extensions["relations"] = facts.iter().map(relation).collect();
    }
    json!({
        "text": rendered.text,
        "ents": apart(&spans).into_iter().map(|span| labelled(span, false)).collect::<Vec<_>>(),
        "sents": sentences,
        "tokens": tokens.map(token).collect::<Vec<_>>(),
        "spans": clusters,
        "_": extensions,
    })
}

fn relation(fact: &Fact) -> Value {
    let Fact { head, relation, tail, evidence, score } = fact.clone();
    let relation = Relation { head, label: relation, tail, evidence, score };
    serde_json::to_value(relation).expect("a relation has a JSON form")
}

/// A span of a group has a place for a knowledge base's id even where there is none, as spaCy
/// wants it.
fn labelled(span: &Span, in_group: bool) -> Value {
    let mut value = json!({"start": span.start, "end": span.end, "label": span.kind});
    if in_group || span.entity_id.is_some() {
        value["kb_id"] = span.entity_id.as_deref().unwrap_or_default().into();
    }
    value
}

/// The tokens and those that spaCy makes of the white space between them: all of it, but for one
/// blank behind a token.
fn with_blanks(rendered: &Rendered) -> Vec<Range<usize>> {
    let text: Vec<char> = rendered.text.chars().collect();
    let (mut tokens, mut last) = (Vec::new(), 0);
    let push_gap = |tokens: &mut Vec<_>, mut start: usize, end: usize| {
        start += usize::from(start > 0 && start < end && text[start] == ' ');
        tokens.extend((start < end).then_some(start..end));
    };
    for token in rendered.tokens.iter().flatten() {
        push_gap(&mut tokens, last, token.start);
        tokens.push(token.clone());
        last = token.end;
    }
    push_gap(&mut tokens, last, text.len());
    tokens
}

/// The document as a text in which spaCy finds its tokens: its own text, if it has one, else its
/// tokens with blanks between. spaCy takes for a token what stands
/// between two words, but for one blank behind the first. So a token of white space has no blank
/// behind it. What spaCy has no place for becomes `_`: an empty token, a second token of white
/// space in turn, and a sentence without tokens.
fn rendered(document: &Document) -> Rendered {
    let is_held = document.text.as_ref().is_some_and(SourceText::has_blank_gaps)
        && document.sentences.iter().all(|sentence| !sentence.is_empty());
    if let Some(source) = Rendered::of_source(document).filter(|_| is_held) {
        return source;
    }
    let mut rendered = Rendered::default();
    let mut after_blanks = false;
    for sentence in &document.sentences {
        rendered.begin_sentence();
        let none = [String::new()];
        for token in if sentence.is_empty() { &none } else { sentence.as_slice() } {
            let blanks = token.chars().all(is_blank);
            let has_no_place = token.is_empty() || (blanks && after_blanks);
            after_blanks = blanks && !has_no_place;
            rendered.push_token(if has_no_place { "_" } else { token });
            if !after_blanks {
                rendered.push_gap(' ');
            }
        }
    }
    rendered
}

/// Whether it is white space to Python, which takes four separators of ASCII for it, too.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The sentences, which have white space behind them among their `tokens`.
fn sentences(rendered: &Rendered, tokens: &[Range<usize>]) -> Vec<Value> {
    let starts = rendered.tokens.iter().map(|tokens| tokens[0].start);
    let next = starts.clone().skip(1).chain([usize::MAX]);
    let sentence = |(number, (start, next)): (usize, (usize, usize))| {
        let last = tokens.partition_point(|token| token.start < next) - 1;
        let start = if number == 0 { tokens[0].start } else { start };
        json!({"start": start, "end": tokens[last].end})
    };
    starts.zip(next).enumerate().map(sentence).collect()
}

/// The mentions in the order of the text, without those that overlap an earlier one: spaCy's
/// entities can't.
fn apart(spans: &[Vec<Span>]) -> Vec<&Span> {
    let mut all: Vec<_> = spans.iter().flatten().collect();
    all.sort_by_key(|span| (span.start, Reverse(span.end)));
    let mut last = 0;
    all.retain(|span| {
        let free = span.start >= last;
        last = if free { span.end } else { last };
        free
    });
    all
}
