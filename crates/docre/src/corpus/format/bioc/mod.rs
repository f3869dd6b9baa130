//! BioC, as XML and as JSON: passages with annotations by characters of the document, and
//! relations.
//!
//! The passages are one text, with a line break where the offsets leave a gap. Identifiers join
//! annotations into entities as in PubTator. A relation names identifiers (`entity1` and
//! `entity2`, `role1` and `role2`, or two infons beside its own, as CDR has them) or, as nodes,
//! two annotations.

mod passages;
pub(super) mod raw;
mod relations;
mod write;

use serde::Deserialize;
use serde_json::Value;

use super::bioc_xml::{from_json, to_json};
use super::{Cut, FormatRow, Layout, Tell, TextForm, TextWriter};
use crate::corpus::objects::{Object, is_json_lines};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::pieces::{Units, utf8};
use crate::corpus::raw::{Parsed, Refused};
use passages::annotated;
use raw::{Raw, plain};
use write::write;

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
struct Id {
    id: Value,
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
