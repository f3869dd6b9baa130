//! Reads texts whose labels nobody asks for.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::TextItem;
use super::files::{delimiter, label_file, read_plain};
use super::item::item;
use super::objects::{id_of, in_object};
use super::table::{in_table, table};
use crate::corpus::objects::Objects;
use crate::inputs::open_data;
use crate::{Error, Result};

#[derive(Deserialize)]
#[serde(expecting = "a text")]
struct RawText {
    id: Option<Value>,
    text: String,
}

/// Reads a file of texts for a model to label; labels that it has are left aside. A bad text
/// doesn't keep those behind it from being read.
///
/// - `.txt`, and `text_NAME` as AAPD has it: a text a line, numbered from 0; empty lines are
///   skipped.
/// - `.tsv` and `.csv`: the columns `text` and `id` (may be missing) of the header. A table without
///   one may have the text alone, or be a `.tsv` with text, labels and id as in GoEmotions.
/// - Any other file as JSON lines or a list of objects with `text` and `id` (may be missing).
pub fn read_unlabelled(path: impl AsRef<Path>) -> Result<Vec<Result<TextItem>>> {
    let path = path.as_ref();
    let is_plain = path.extension().is_some_and(|found| found.eq_ignore_ascii_case("txt"));
    let mut items = if is_plain || label_file(path).is_some() {
        read_lines(path)?
    } else if let Some(delimiter) = delimiter(path) {
        read_table(path, delimiter)?
    } else {
        read_objects(path)?
    };
    refuse_second(path, &mut items);
    match items.is_empty() {
        true => Err(Error::file(path, "holds no text")),
        false => Ok(items),
    }
}

/// Puts an error in the place of each text whose id is another's.
fn refuse_second(path: &Path, items: &mut [Result<TextItem>]) {
    let mut known = HashSet::new();
    for item in items {
        let Ok(text) = item else { continue };
        if !known.insert(text.id.clone()) {
            let problem = format!("the id \"{}\" is given twice", text.id);
            *item = Err(Error::file(path, problem));
        }
    }
}

fn read_lines(path: &Path) -> Result<Vec<Result<TextItem>>> {
    let text = read_plain(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let item = |(number, line): (usize, &str)| TextItem {
        id: number.to_string(),
        text: line.to_owned(),
        labels: Vec::new(),
    };
    Ok(lines.map(item).map(Ok).collect())
}

fn read_table(path: &Path, delimiter: u8) -> Result<Vec<Result<TextItem>>> {
    let mut reader = table(path, delimiter)?;
    let (mut items, mut columns) = (Vec::new(), None);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                items.push(Err(in_table(path, error)));
                continue;
            }
        };
        let place = |name: &str| record.iter().position(|cell| cell.trim() == name);
        let columns = match columns {
            Some(columns) => columns,
            None => {
                if let Some(text) = place("text") {
                    columns = Some((text, place("id")));
                    continue;
                }
                *columns.insert(without_header(delimiter, record.len()).ok_or_else(|| {
                    Error::file(path, "line 1: there should be a header with a column \"text\"")
                })?)
            }
        };
        items.push(at(path, &record, columns, items.len()));
    }
    Ok(items)
}

/// Where text and id are in a table that has no column `text`: the text alone, or GoEmotions' form.
fn without_header(delimiter: u8, columns: usize) -> Option<(usize, Option<usize>)> {
    match (delimiter, columns) {
        (_, 1) => Some((0, None)),
        (b'\t', 3) => Some((0, Some(2))),
        _ => None,
    }
}

/// The text of a row.
fn at(
    path: &Path,
    record: &csv::StringRecord,
    (text, id): (usize, Option<usize>),
    number: usize,
) -> Result<TextItem> {
    let line = record.position().map_or(0, csv::Position::line);
    let refuse = |problem: String| Error::file(path, format!("line {line}: {problem}"));
    let text = record.get(text).ok_or_else(|| refuse("has no column with the text".into()))?;
    let id = id.and_then(|id| record.get(id)).map_or_else(|| number.to_string(), str::to_owned);
    item(id, text, Vec::new()).map_err(refuse)
}

fn read_objects(path: &Path) -> Result<Vec<Result<TextItem>>> {
    let file = open_data(path)?;
    let objects = Objects::new(file, path, "text").map_err(|broken| broken.of(path))?;
    let read = |object| {
        in_object(path, object, |raw: RawText, place| {
            item(id_of(raw.id, place)?, &raw.text, Vec::new())
        })
    };
    Ok(objects.map(read).collect())
}
