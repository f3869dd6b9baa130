//! Tables of texts with labels.

use std::fs::File;
use std::path::Path;

use csv::StringRecord;

use super::files::{names_file, read_plain};
use super::item::{Found, item};
use super::options::TextOptions;
use super::{Problem, TextItem, labels};
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::words::counted;
use crate::inputs::open_data;
use crate::{Error, Result};

/// Opens a table. A TSV has no quotes.
pub(super) fn table(path: &Path, delimiter: u8) -> Result<csv::Reader<File>> {
    let file = open_data(path)?;
    // A carriage return inside of a text is no end of a line.
    let terminator = match delimiter {
        b'\t' => csv::Terminator::Any(b'\n'),
        _ => csv::Terminator::CRLF,
    };
    Ok(csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(terminator)
        .quoting(delimiter != b'\t')
        .has_headers(false)
        .flexible(true)
        .from_reader(file))
}

/// Reads a table of texts with labels.
pub(super) fn read_table(path: &Path, delimiter: u8, options: &TextOptions) -> Result<Found> {
    let mut reader = table(path, delimiter)?;
    let (mut items, mut layout, mut left_out) = (Vec::new(), None, Omissions::default());
    for record in reader.records() {
        let record = without_return(record.map_err(|error| in_table(path, error))?);
        let line = record.position().map_or(0, csv::Position::line);
        let refuse = |problem| Error::file(path, format!("line {line}: {problem}"));
        let layout = match &layout {
            Some(layout) => layout,
            None => {
                let columns = Columns::of_header(&record).map_err(refuse)?;
                let is_header = columns.is_some();
                let columns = columns.map_or_else(|| Columns::go_emotions(path, options), Ok)?;
                let columns = layout.insert(columns);
                if is_header {
                    continue;
                }
                columns
            }
        };
        items.push(layout.item(&record, items.len()).map_err(refuse)?);
        layout.others(&record).for_each(|name| left_out.add_named(Omission::OtherField, name, 1));
    }
    Ok(Found { items, labels: layout.and_then(|layout| layout.names), left_out })
}

/// A record without the carriage return that ends a line in DOS's way.
pub(super) fn without_return(record: StringRecord) -> StringRecord {
    let last = record.len().saturating_sub(1);
    if !record.get(last).is_some_and(|cell| cell.ends_with('\r')) {
        return record;
    }
    let cell = |(place, cell): (usize, &str)| {
        let cell = if place == last { cell.strip_suffix('\r').unwrap_or(cell) } else { cell };
        cell.to_owned()
    };
    let mut kept: StringRecord = record.iter().enumerate().map(cell).collect();
    kept.set_position(record.position().cloned());
    kept
}

pub(super) fn in_table(path: &Path, error: csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::Io(_) => {
            let csv::ErrorKind::Io(error) = error.into_kind() else { unreachable!() };
            Error::io(path, "read")(error)
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            Error::file(path, format!("line {line}: is not UTF-8 text"))
        }
        _ => Error::file(path, error.to_string()),
    }
}

/// Where a table has what.
struct Columns {
    count: usize,
    text: usize,
    id: Option<usize>,
    labels: LabelColumns,
    names: Option<Vec<String>>,
    /// The other columns and their names.
    others: Vec<(usize, String)>,
}

enum LabelColumns {
    /// Ids with commas between them.
    Ids(usize),
    /// Names with commas between them.
    Names(usize),
    /// For each label a column of 0 and 1.
    Flags(Vec<usize>),
}

impl Columns {
    /// What a header says; `None` where the record is none, having no column `text`.
    fn of_header(header: &StringRecord) -> Result<Option<Self>, Problem> {
        let place = |names: &[&str]| {
            let is_named =
                |cell: &str| names.iter().any(|name| cell.trim().eq_ignore_ascii_case(name));
            let mut found = (0..header.len()).filter(|&column| is_named(&header[column]));
            match (found.next(), found.next()) {
                (Some(first), Some(second)) => Err(format!(
                    "the header has two columns for one thing: \"{}\" and \"{}\"; leave one out",
                    &header[first], &header[second]
                )),
                (first, _) => Ok(first),
            }
        };
        let Some(text) = place(&["text"])? else { return Ok(None) };
        let (id, count) = (place(&["id"])?, header.len());
        if let Some(labels) = place(&["labels", "label"])? {
            let is_other = |c: &usize| ![Some(text), id, Some(labels)].contains(&Some(*c));
            let others = (0..count).filter(is_other).map(|c| (c, header[c].trim().to_owned()));
            let others = others.collect();
            let labels = LabelColumns::Names(labels);
            return Ok(Some(Self { count, text, id, labels, names: None, others }));
        }
        let is_flag = |&c: &usize| c != text && Some(c) != id && !numbers_rows(&header[c]);
        let flags: Vec<_> = (0..count).filter(is_flag).collect();
        if flags.is_empty() {
            return Err("the header names neither \"labels\" nor a column for a label".into());
        }
        let names = flags.iter().map(|&column| header[column].trim().to_owned()).collect();
        Ok(Some(Self {
            count,
            text,
            id,
            labels: LabelColumns::Flags(flags),
            names: Some(names),
            others: Vec::new(),
        }))
    }

    fn go_emotions(path: &Path, options: &TextOptions) -> Result<Self> {
        let beside = names_file(path);
        let file = options.names.as_ref().unwrap_or(&beside);
        if options.names.is_none() && !file.exists() {
            return Err(Error::file(
                path,
                "has no header with a column \"text\", and there is no labels.txt beside it that \
                 names the labels of a file in GoEmotions' form (text, ids, id); add one of them",
            ));
        }
        let names = Some(names_of_file(file)?);
        Ok(Self {
            count: 3,
            text: 0,
            id: Some(2),
            labels: LabelColumns::Ids(1),
            names,
            others: Vec::new(),
        })
    }

    fn item(&self, record: &StringRecord, number: usize) -> Result<TextItem, Problem> {
        if record.len() != self.count {
            let (found, count) = (counted(record.len(), "column"), self.count);
            return Err(format!("has {found}, but should have {count}"));
        }
        let id = self.id.map_or_else(|| number.to_string(), |column| record[column].to_owned());
        item(id, &record[self.text], self.labels(record)?)
    }

    /// The columns of a row that say something else than text, id and labels.
    fn others(&self, record: &StringRecord) -> impl Iterator<Item = &str> {
        let filled = move |column: &&(usize, String)| !record[column.0].trim().is_empty();
        self.others.iter().filter(filled).map(|(_, name)| name.as_str())
    }

    fn labels(&self, record: &StringRecord) -> Result<Vec<String>, Problem> {
        let names = self.names.as_deref().unwrap_or_default();
        let parts =
            |column: usize| record[column].split(',').filter(|cell| !cell.trim().is_empty());
        match &self.labels {
            LabelColumns::Names(column) => labels::of_cell(&record[*column]),
            LabelColumns::Ids(column) => {
                parts(*column).map(|id| labels::name_of(id, names)).collect()
            }
            LabelColumns::Flags(columns) => {
                let mut labels = Vec::new();
                for (&column, name) in columns.iter().zip(names) {
                    match record[column].trim() {
                        "1" | "1.0" | "True" | "true" | "TRUE" => labels.push(name.clone()),
                        "0" | "0.0" | "False" | "false" | "FALSE" => {}
                        other => return Err(no_flag(name, other)),
                    }
                }
                Ok(labels)
            }
        }
    }
}

/// Whether a column has no name, as that of a data frame's row numbers.
fn numbers_rows(name: &str) -> bool {
    name.trim().is_empty() || name.starts_with("Unnamed: ")
}

/// Why a table without a column of labels can't be read: it has a column that is none of a label.
fn no_flag(column: &str, cell: &str) -> Problem {
    format!(
        "{column}: should be 0 or 1, but is \"{cell}\"; without a column \"labels\" each column beside \
         \"text\" and \"id\" is one of a label: call the column that has them \"labels\", or leave out \
         the others"
    )
}

/// The names of labels, one a line.
pub(super) fn names_of_file(file: &Path) -> Result<Vec<String>> {
    let names = read_plain(file)?;
    let names = names.lines().map(str::trim).filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}
