//! brat's standoff form: a folder with a text (`.txt`) and its annotations (`.ann`) for each
//! document.
//!
//! Text-bound annotations (`T`) are mentions, `Equiv` groups them into entities, relations
//! (`R`) are facts. The folder's `tools.conf` says how brat cuts texts: `tokenizer:whitespace`
//! and `splitter:newline` are obeyed, and docre writes them, so that its tokens come back.

mod annotations;
mod entities;
mod names;
mod write;

use std::fs;
use std::path::Path;

use super::{FormatRow, Layout, Tell};
use crate::corpus::folder::{list, with_ending};
use crate::corpus::objects::Object;
use crate::corpus::options::ReadOptions;
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::segment::Split;
use crate::inputs::{check_file, read_settings};
use annotations::Annotations;
use write::BratFolder;

pub(super) static ROW: FormatRow = FormatRow {
    name: "brat",
    about: "a folder of .txt and .ann",
    endings: &[],
    layout: Layout::Folder { extension: "ann" },
    tell: Tell { folder: |path| Ok(!list(path, "ann")?.is_empty()), ..Tell::NOTHING },
    read,
    create: Some(|path| Ok(Box::new(BratFolder::create(path)?))),
};

fn read(object: &Object, options: &ReadOptions) -> Result<Parsed, Refused> {
    let file = object.file.as_deref().unwrap_or(Path::new(""));
    let title = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let refuse = |problem| Refused::new(&title, problem);
    let path = with_ending(file, "txt");
    check_file(&path).map_err(|error| refuse(error.to_string()))?;
    let text = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    let text = text.and_then(|bytes| utf8(&bytes, "the text")).map_err(refuse)?;
    let annotations = utf8(object.untrimmed(), "the annotation file").map_err(refuse)?;
    let split = split_of(file.parent().unwrap_or(Path::new(""))).map_err(refuse)?;
    parse(&title, text, &annotations, split, options)
}

fn utf8(bytes: &[u8], what: &str) -> Result<String, String> {
    let text = std::str::from_utf8(bytes);
    let place = |error: std::str::Utf8Error| error.valid_up_to();
    text.map(Into::into).map_err(|e| format!("{what} is not UTF-8 (at its byte {})", place(e)))
}

/// A document from the text and the annotations that stand in two files of a folder.
pub(in crate::corpus) fn of_parts(
    title: &str,
    text: String,
    annotations: &str,
    options: &ReadOptions,
) -> Result<Parsed, Refused> {
    parse(title, text, annotations, Split::Rules, options)
}

/// The mark that some editors begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// How the folder's `tools.conf` says that texts are cut.
fn split_of(folder: &Path) -> Result<Split, String> {
    let path = folder.join("tools.conf");
    if !path.exists() {
        return Ok(Split::Rules);
    }
    let options = read_settings(&path).map_err(|error| error.to_string())?;
    let has = |value: &str| {
        let lines = options.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).any(|word| word.trim_end_matches(',') == value)
    };
    let blanks = has("tokenizer:whitespace") && has("splitter:newline");
    Ok(if blanks { Split::Blanks } else { Split::Rules })
}

fn parse(
    title: &str,
    text: String,
    annotations: &str,
    split: Split,
    options: &ReadOptions,
) -> Result<Parsed, Refused> {
    let refuse = |problem| Refused::new(title, problem);
    let annotations = annotations.strip_prefix(BYTE_ORDER_MARK).unwrap_or(annotations);
    let (text, marked) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => (text.to_owned(), true),
        None => (text, false),
    };
    let mut annotations = Annotations::parse(annotations, options);
    if options.chains {
        annotations.join_chains();
    }
    let annotated = annotations.of_text(title, text, marked, split);
    let (raw, left_out) = annotated.tokenize().map_err(refuse)?;
    raw.check(left_out)
}
