//! Plain text, whose entities nobody has marked yet: a file, a folder of files, or the `text` of
//! JSON objects.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::{Cut, FormatRow, Layout, Tell};
use crate::Result as DocreResult;
use crate::corpus::folder::{list_documents, list_within};
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::Omissions;
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::{Units, utf8};
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::AnnotatedText;
use crate::document::Document;

/// The endings of files of plain text.
const ENDINGS: &[&str] = &["txt", "md", "text"];

/// Files, each a document.
pub(super) static ROW: FormatRow = FormatRow {
    name: "text",
    about: "plain text: .txt and .md files, or a folder of them",
    endings: &[],
    layout: Layout::Files { endings: ENDINGS, cut: Cut::Units(WHOLE) },
    tell: Tell { name: has_ending, folder: holds_text, ..Tell::NOTHING },
    read,
    create: None,
};

/// Objects, each with a text.
pub(super) static OBJECTS: FormatRow = FormatRow {
    name: "text-objects",
    about: "plain text: JSON objects with a \"text\", and a \"title\" or an \"id\"",
    endings: &[],
    layout: Layout::Json,
    tell: Tell {
        object: |keys| {
            let annotated = [
                "entities",
                "ents",
                "spans",
                "labels",
                "label",
                "tokens",
                "data",
                "annotations",
                "vertexSet",
                "relations",
                "passages",
                "annotation_id",
                "cats",
            ];
            keys.has("text") && !keys.has_any(&annotated)
        },
        ..Tell::NOTHING
    },
    read: read_object,
    create: None,
};

/// All of what is read is one document.
const WHOLE: Units = Units { delimiter: b'\n', begins: |_| false, ends: |_| false, closed: None };

fn has_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Whether a folder holds texts to be read. One that tells of files of documents doesn't count.
fn holds_text(folder: &Path) -> DocreResult<bool> {
    let texts = list_within(folder, ENDINGS)?;
    let is_other = |path: &PathBuf| !tells_of_folder(path);
    Ok(texts.iter().any(is_other) || (!texts.is_empty() && list_documents(folder)?.is_empty()))
}

/// Whether a file is named as one that tells what else is in its folder.
fn tells_of_folder(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    ["README", "LICENSE", "LICENCE", "NOTICE", "CHANGELOG"].iter().any(|own| name.starts_with(own))
}

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let title = object.name().unwrap_or("text").to_owned();
    let bytes = object.untrimmed();
    let text = utf8(bytes).map_err(|problem| Refused::new(&title, problem))?;
    document(title, text.to_owned())
}

#[derive(Deserialize)]
#[serde(expecting = "an object with a text")]
struct TextObject {
    text: String,
    title: Option<Value>,
    id: Option<Value>,
}

fn read_object(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let TextObject { text, title, id } =
        crate::corpus::parse::parse(object.bytes()).map_err(Refused::from)?;
    let named = |value: Value| match value {
        Value::String(name) => Some(name),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let title = title.and_then(named).or_else(|| id.and_then(named));
    document(title.unwrap_or_else(|| format!("text {}", object.index)), text)
}

pub(in crate::corpus) fn document(title: String, text: String) -> Result<Parsed, Refused> {
    let annotated = AnnotatedText {
        title: title.clone(),
        text,
        split: Split::Prose,
        unit: Unit::Characters,
        marked: false,
        entities: Vec::new(),
        labels: None,
        left_out: Omissions::default(),
        problems: Vec::new(),
    };
    let (raw, left_out) = annotated.tokenize().map_err(|problem| Refused::new(title, problem))?;
    // Not checked as others are: a text may be empty.
    let document = Document { text: raw.text, ..Document::new(raw.title, raw.sents) };
    Ok(Parsed { document, repeated_facts: 0, left_out, problems: Vec::new() })
}
