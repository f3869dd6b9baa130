//! DocRED's JSON: `title`, `sents`, `vertexSet` and `labels`.
//!
//! Two keys are docre's own: `source_text` is the text as it was written, with the characters of
//! each token, and a mention's `entity_id` what a knowledge base calls its entity.

use serde::{Deserialize, Serialize};
use serde_ignored::Path;

use super::docred_forms::{check_names, other_tool, reshape, wrapped};
use super::{DocumentsWriter, FormatRow, Layout, Tell};
use crate::Result as DocreResult;
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::raw::{Parsed, RawDocument, Refused};
use crate::document::{Document, Entity, Fact, Mention, SourceText};

pub(in crate::corpus) static ROW: FormatRow = FormatRow {
    name: "docred",
    about: "JSON, or JSON lines if the name ends in .jsonl",
    endings: &["json", "jsonl"],
    layout: Layout::Json,
    tell: Tell { object: |keys| keys.has("vertexSet"), ..Tell::NOTHING },
    read,
    create: Some(|path| Ok(Box::new(Writer(ListWriter::create(path)?)))),
};

/// The title alone, to name a document that has something else wrong.
#[derive(Deserialize)]
struct Title {
    title: String,
}

/// Reads a document as DocRED has it.
fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let bytes = object.bytes();
    let mut left_out = Omissions::default();
    let read = match counting(bytes, &mut left_out) {
        Some(raw) => Ok(raw),
        None => parse::<RawDocument>(bytes),
    };
    let mut raw = read.or_else(|problem| {
        reshape(bytes, &mut left_out).ok_or_else(|| {
            let title = parse::<Title>(bytes).ok().map(|title| title.title);
            Refused {
                title,
                problem: other_tool(bytes).or_else(|| wrapped(bytes)).unwrap_or(problem),
            }
        })
    })?;
    if let Err(problem) = check_names(&mut raw, &mut left_out) {
        return Err(Refused::new(raw.title, problem));
    }
    raw.check(left_out)
}

/// The document, with the keys counted that aren't read; `None` where something is wrong.
fn counting(bytes: &[u8], left_out: &mut Omissions) -> Option<RawDocument> {
    let mut others = Omissions::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let raw = serde_ignored::deserialize(&mut json, |path| {
        others.add_named(Omission::OtherField, &key_of(&path), 1);
    });
    let raw = raw.ok()?;
    json.end().ok()?;
    left_out.merge(&others);
    Some(raw)
}

/// The key that a path leads to, behind those above it: "vertexSet.index".
fn key_of(path: &Path) -> String {
    match path {
        Path::Root => String::new(),
        Path::Map { parent, key } => match key_of(parent) {
            above if above.is_empty() => key.clone(),
            above => format!("{above}.{key}"),
        },
        Path::Seq { parent, .. }
        | Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => key_of(parent),
    }
}

/// Writes documents, of which nothing is lost but which pairs were labelled.
struct Writer(ListWriter);

impl DocumentsWriter for Writer {
    fn push(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        self.0.push(&Written::from(document))?;
        Ok(Ok(Omissions::of_labelled_pairs(document)))
    }

    fn finish(self: Box<Self>) -> DocreResult<()> {
        self.0.finish()
    }
}

/// A document in the form that is written.
#[derive(Serialize)]
pub(in crate::corpus) struct Written<'a> {
    title: &'a str,
    #[serde(rename = "vertexSet")]
    entities: Vec<Vec<WrittenMention<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<WrittenLabel<'a>>>,
    sents: &'a [Vec<String>],
    #[serde(rename = "source_text", skip_serializing_if = "Option::is_none")]
    text: Option<&'a SourceText>,
}

#[derive(Serialize)]
struct WrittenMention<'a> {
    name: &'a str,
    sent_id: usize,
    pos: [usize; 2],
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_id: Option<&'a str>,
}

#[derive(Serialize)]
struct WrittenLabel<'a> {
    r: &'a str,
    h: usize,
    t: usize,
    evidence: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

impl<'a> From<&'a Document> for Written<'a> {
    fn from(document: &'a Document) -> Self {
        let entity = |entity: &'a Entity| {
            let id = entity.id.as_deref();
            entity.mentions.iter().map(|mention| WrittenMention::new(mention, id)).collect()
        };
        Self {
            title: &document.title,
            entities: document.entities.iter().map(entity).collect(),
            labels: document.facts.as_ref().map(|facts| facts.iter().map(Into::into).collect()),
            sents: &document.sentences,
            text: document.text.as_ref(),
        }
    }
}

impl<'a> WrittenMention<'a> {
    fn new(mention: &'a Mention, entity_id: Option<&'a str>) -> Self {
        let Mention { name, sentence, tokens, kind } = mention;
        Self { name, sent_id: *sentence, pos: [tokens.start, tokens.end], kind, entity_id }
    }
}

impl<'a> From<&'a Fact> for WrittenLabel<'a> {
    fn from(fact: &'a Fact) -> Self {
        let Fact { head, relation, tail, evidence, score } = fact;
        Self { r: relation, h: *head, t: *tail, evidence, score: *score }
    }
}
