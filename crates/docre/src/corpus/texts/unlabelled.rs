//! Reads texts whose labels nobody asks for.

use std::fs::{self, File};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::TextItem;
use super::read::{delimiter, id_of, in_table, item, table};
use crate::corpus::objects::Objects;
use crate::corpus::parse::parse;
use crate::{Error, Result};

#[derive(Deserialize)]
#[serde(expecting = "a text")]
struct RawText {
    id: Option<Value>,
    text: String,
}

/// Reads a file of texts for a model to label; labels that it has are left aside.
///
/// - `.txt`: a text a line, numbered from 0; empty lines are skipped.
/// - `.tsv` and `.csv`: the columns `text` and `id` (may be missing) of the header, or without
///   one the first column.
/// - Any other file as JSON lines or a list of objects with `text` and `id` (may be missing).
pub fn read_unlabelled(path: impl AsRef<Path>) -> Result<Vec<TextItem>> {
    let path = path.as_ref();
    let items = if path.extension().is_some_and(|extension| extension == "txt") {
        read_lines(path)?
    } else if let Some(delimiter) = delimiter(path) {
        read_table(path, delimiter)?
    } else {
        read_objects(path)?
    };
    match items.is_empty() {
        true => Err(Error::file(path, "holds no text")),
        false => Ok(items),
    }
}

fn read_lines(path: &Path) -> Result<Vec<TextItem>> {
    let text = fs::read_to_string(path).map_err(Error::io(path, "read"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let item = |(number, line): (usize, &str)| TextItem {
        id: number.to_string(),
        text: line.to_owned(),
        labels: Vec::new(),
    };
    Ok(lines.map(item).collect())
}

fn read_table(path: &Path, delimiter: u8) -> Result<Vec<TextItem>> {
    let mut reader = table(path, delimiter)?;
    let (mut items, mut columns) = (Vec::new(), None);
    for record in reader.records() {
        let record = record.map_err(|error| in_table(path, error))?;
        let place = |name: &str| record.iter().position(|cell| cell.trim() == name);
        let header = columns.is_none().then(|| place("text")).flatten();
        if let Some(text) = header {
            columns = Some((text, place("id")));
            continue;
        }
        let columns = *columns.get_or_insert((0, None));
        items.push(at(path, &record, columns, items.len())?);
    }
    Ok(items)
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

fn read_objects(path: &Path) -> Result<Vec<TextItem>> {
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    let objects = Objects::new(file, path, "text").map_err(|broken| broken.of(path))?;
    let mut items = Vec::new();
    for object in objects {
        let object = object.map_err(|broken| broken.of(path))?;
        let read = parse::<RawText>(object.bytes())
            .and_then(|raw| item(id_of(raw.id, object.index)?, &raw.text, Vec::new()));
        items.push(
            read.map_err(|problem| Error::file(path, format!("{}, {problem}", object.place())))?,
        );
    }
    Ok(items)
}
