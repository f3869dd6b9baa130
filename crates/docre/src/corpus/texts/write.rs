//! Writes texts with labels.

use std::path::Path;

use serde_json::json;

use super::files::delimiter;
use super::{TextItem, Texts, labels};
use crate::corpus::list::ListWriter;
use crate::files::AtomicFile;
use crate::{Error, Result};

/// Writes texts: a table with the columns `text`, `labels` and `id` where the name ends in
/// `.csv` or `.tsv`, JSON lines where it ends in `.jsonl`, else a JSON list. The file is whole
/// or not there.
///
/// A text that a table can't
/// hold is refused: a TSV has no quotes, and labels stand with commas between them.
pub fn write(path: impl AsRef<Path>, texts: &Texts) -> Result<()> {
    let path = path.as_ref();
    match delimiter(path) {
        Some(delimiter) => write_table(path, delimiter, texts),
        None => write_objects(path, texts),
    }
}

fn write_objects(path: &Path, texts: &Texts) -> Result<()> {
    let mut writer = ListWriter::create(path)?;
    for item in &texts.items {
        writer.push(&json!({"id": item.id, "text": item.text, "labels": item.labels}))?;
    }
    writer.finish()
}

fn write_table(path: &Path, delimiter: u8, texts: &Texts) -> Result<()> {
    for item in &texts.items {
        check(item, delimiter == b'\t').map_err(|problem| Error::file(path, problem))?;
    }
    let mut file = AtomicFile::create(path)?;
    let style =
        if delimiter == b'\t' { csv::QuoteStyle::Never } else { csv::QuoteStyle::Necessary };
    let mut table =
        csv::WriterBuilder::new().delimiter(delimiter).quote_style(style).from_writer(&mut file);
    let mut record = |cells: [&str; 3]| {
        table.write_record(cells).map_err(|error| Error::io(path, "write")(error.into()))
    };
    record(["text", "labels", "id"])?;
    for TextItem { id, text, labels } in &texts.items {
        record([text, &labels.join(","), id])?;
    }
    table.flush().map_err(Error::io(path, "write"))?;
    drop(table);
    file.commit()
}

fn check(item: &TextItem, unquoted: bool) -> Result<(), String> {
    let TextItem { id, text, labels: own } = item;
    let breaks = |text: &str| text.contains(['\t', '\n', '\r']);
    if unquoted && (breaks(text) || breaks(id)) {
        return Err(format!("text \"{id}\" has a tab or line break; write .csv or .jsonl instead"));
    }
    let odd = |label: &&String| {
        let is_read = labels::of_cell(label).is_ok_and(|read| read == [label.as_str()]);
        label.contains(['\t', '\n', '\r', '"']) || !is_read
    };
    match own.iter().find(odd) {
        Some(label) => Err(format!(
            "text \"{id}\": the label \"{label}\" can't stand in a table; write .jsonl instead"
        )),
        None => Ok(()),
    }
}
