//! Reads texts with labels.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::{TextItem, Texts};
use crate::corpus::format::{Format, other_tool};
use crate::corpus::objects::{Broken, Object, Objects};
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::parse::parse;
use crate::corpus::words::counted;
use crate::document::RelationSet;
use crate::inputs::open_data;
use crate::{Error, Result};

/// How texts are read.
#[derive(Debug, Clone, Default)]
pub struct TextOptions {
    /// The label that says that no other holds (GoEmotions: `neutral`).
    pub none: Option<String>,
    /// A file with the names of labels, one a line, in the order of their ids. Without it
    /// `labels.txt` beside the texts is taken, where ids need names.
    pub names: Option<PathBuf>,
}

impl TextOptions {
    /// Refuses what is said about texts where the file is of another format.
    pub fn check_format(&self, format: Format) -> Result<()> {
        if format == Format::TEXTS {
            return Ok(());
        }
        let given = [("none", self.none.is_some()), ("names", self.names.is_some())];
        let Some((name, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
        let problem = format!("is about texts with labels, but the file's format is {format}");
        Err(Error::setting(name, problem))
    }
}

/// What a file says: the items, and the labels where it names all of them.
struct Found {
    items: Vec<TextItem>,
    labels: Option<Vec<String>>,
    left_out: Omissions,
}

type Problem = String;

/// Reads a file of texts with labels:
///
/// - `.tsv` without a header as GoEmotions has it: text, ids of labels with commas between them,
///   id of the text; `labels.txt` beside it names the labels.
/// - `.tsv` and `.csv` with a header: columns `text`, `id` (may be missing), and `labels` with
///   names and commas between them, or else a column of 0 and 1 for each label. A TSV has no
///   quotes.
/// - `text_NAME` with `label_NAME` beside it, as AAPD has it: a text a line, and its labels with
///   blanks between them.
/// - Any other file as JSON lines or a list of objects with `text`, `labels` and `id`.
pub fn read(path: impl AsRef<Path>, options: &TextOptions) -> Result<Texts> {
    let path = path.as_ref();
    let found = if let Some(delimiter) = delimiter(path) {
        read_table(path, delimiter, options)?
    } else if let Some(labels) = label_file(path) {
        read_two_files(path, &labels)?
    } else {
        read_objects(path)?
    };
    let texts = check(found).and_then(|texts| match &options.none {
        Some(none) => texts.with_none(none),
        None => Ok(texts),
    });
    texts.map_err(|problem| Error::file(path, problem))
}

/// Whether the file's name says that it is a table, or one of a pair of files.
pub(in crate::corpus) fn is_table(path: &Path) -> bool {
    delimiter(path).is_some() || label_file(path).is_some()
}

pub(in crate::corpus) fn delimiter(path: &Path) -> Option<u8> {
    let extension = path.extension()?;
    let is = |name| extension.eq_ignore_ascii_case(name);
    if is("tsv") { Some(b'\t') } else { is("csv").then_some(b',') }
}

/// `label_train` for `text_train`.
pub(super) fn label_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_prefix("text_")?;
    let labels = path.with_file_name(format!("label_{name}"));
    let is_plain = path.extension().is_none() && !path.is_dir();
    (is_plain || labels.is_file()).then_some(labels)
}

/// The names of labels that texts give by id.
fn names_file(path: &Path) -> PathBuf {
    path.with_file_name("labels.txt")
}

/// The files beside a file of texts that may be read with it.
pub fn files_beside(path: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let path = path.as_ref();
    [names_file(path)].into_iter().chain(label_file(path))
}

/// The content of a plain file, without the mark that some editors begin one with.
pub(super) fn read_plain(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    open_data(path)?.read_to_end(&mut bytes).map_err(Error::io(path, "read"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        Error::file(path, format!("line {line}: is not UTF-8 text"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn check(found: Found) -> Result<Texts, Problem> {
    let mut known = HashSet::new();
    for item in &found.items {
        if !known.insert(item.id.as_str()) {
            return Err(format!("the id \"{}\" is given twice", item.id));
        }
    }
    if found.items.is_empty() {
        return Err("holds no text".into());
    }
    let labels = match found.labels {
        Some(labels) => RelationSet::new(labels).map_err(|error| error.to_string())?,
        None => Texts::infer_labels(&found.items)?,
    };
    Ok(Texts { items: found.items, labels, ambiguous: Vec::new(), left_out: found.left_out })
}

pub(super) fn item(id: String, text: &str, labels: Vec<String>) -> Result<TextItem, Problem> {
    if text.trim().is_empty() {
        return Err("the text is empty".into());
    }
    for (place, label) in labels.iter().enumerate() {
        if label.trim().is_empty() {
            return Err("a label is empty".into());
        }
        if labels[..place].contains(label) {
            return Err(format!("the label \"{label}\" is given twice"));
        }
    }
    Ok(TextItem { id, text: text.to_owned(), labels })
}

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

fn read_table(path: &Path, delimiter: u8, options: &TextOptions) -> Result<Found> {
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
        left_out.add(Omission::OtherField, layout.others(&record));
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
            header.iter().position(is_named)
        };
        let Some(text) = place(&["text"]) else { return Ok(None) };
        let (id, count) = (place(&["id"]), header.len());
        if let Some(labels) = place(&["labels", "label"]) {
            let labels = LabelColumns::Names(labels);
            return Ok(Some(Self { count, text, id, labels, names: None }));
        }
        let flags: Vec<_> = (0..count).filter(|&c| c != text && Some(c) != id).collect();
        if flags.is_empty() {
            return Err("the header names neither \"labels\" nor a column for a label".into());
        }
        let names = flags.iter().map(|&column| header[column].trim().to_owned()).collect();
        Ok(Some(Self { count, text, id, labels: LabelColumns::Flags(flags), names: Some(names) }))
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
        let names = read_plain(file)?;
        let names: Vec<_> = names.lines().map(str::trim).filter(|n| !n.is_empty()).collect();
        let names = Some(names.into_iter().map(str::to_owned).collect());
        Ok(Self { count: 3, text: 0, id: Some(2), labels: LabelColumns::Ids(1), names })
    }

    fn item(&self, record: &StringRecord, number: usize) -> Result<TextItem, Problem> {
        if record.len() != self.count {
            let (found, count) = (counted(record.len(), "column"), self.count);
            return Err(format!("has {found}, but should have {count}"));
        }
        let id = self.id.map_or_else(|| number.to_string(), |column| record[column].to_owned());
        item(id, &record[self.text], self.labels(record)?)
    }

    /// How many cells say something else than text, id and labels.
    fn others(&self, record: &StringRecord) -> usize {
        let LabelColumns::Names(labels) = self.labels else { return 0 };
        let is_other =
            |column: &usize| ![Some(self.text), self.id, Some(labels)].contains(&Some(*column));
        let filled = |column: &usize| !record[*column].trim().is_empty();
        (0..self.count).filter(|column| is_other(column) && filled(column)).count()
    }

    fn labels(&self, record: &StringRecord) -> Result<Vec<String>, Problem> {
        let names = self.names.as_deref().unwrap_or_default();
        let parts =
            |column: usize| record[column].split(',').filter(|cell| !cell.trim().is_empty());
        match &self.labels {
            LabelColumns::Names(column) => labels_of_cell(&record[*column]),
            LabelColumns::Ids(column) => parts(*column).map(|id| name_of(id, names)).collect(),
            LabelColumns::Flags(columns) => {
                let mut labels = Vec::new();
                for (&column, name) in columns.iter().zip(names) {
                    match record[column].trim() {
                        "1" | "1.0" | "True" | "true" | "TRUE" => labels.push(name.clone()),
                        "0" | "0.0" | "False" | "false" | "FALSE" => {}
                        other => {
                            return Err(format!("{name}: should be 0 or 1, but is \"{other}\""));
                        }
                    }
                }
                Ok(labels)
            }
        }
    }
}

/// The labels of a cell: with commas between them, or as Python writes a list of them.
fn labels_of_cell(cell: &str) -> Result<Vec<String>, Problem> {
    let cell = cell.trim();
    let list = cell.strip_prefix('[').and_then(|cell| cell.strip_suffix(']'));
    let quotes = ['\'', '"'];
    let mut labels = Vec::new();
    for label in list.unwrap_or(cell).split(',').map(str::trim).filter(|label| !label.is_empty()) {
        let label = if list.is_some() { label.trim_matches(quotes) } else { label };
        if let Some(between) = label.chars().find(|c| matches!(c, ';' | '|')) {
            return Err(format!(
                "the label \"{label}\" has `{between}` in it, but labels have commas between them"
            ));
        }
        labels.push(label.to_owned());
    }
    Ok(labels)
}

fn name_of(id: &str, names: &[String]) -> Result<String, Problem> {
    let place = id.trim().parse::<usize>();
    let place = place.map_err(|_| format!("\"{id}\" should be the id of a label, a number"))?;
    let name = names.get(place).cloned();
    name.ok_or_else(|| format!("there is no label {place}: {} have names", names.len()))
}

fn read_two_files(path: &Path, labels: &Path) -> Result<Found> {
    let (texts, labels_text) = (read_plain(path)?, read_plain(labels)?);
    let (texts, lines): (Vec<_>, Vec<_>) = (texts.lines().collect(), labels_text.lines().collect());
    if texts.len() != lines.len() {
        let problem =
            format!("has {} lines, but {} has {}", texts.len(), labels.display(), lines.len());
        return Err(Error::file(path, problem));
    }
    let item = |(number, (text, labels)): (usize, (&str, &str))| {
        let labels = labels.split_whitespace().map(str::to_owned).collect();
        item(number.to_string(), text, labels)
            .map_err(|problem| Error::file(path, format!("line {}: {problem}", number + 1)))
    };
    let items = texts.into_iter().zip(lines).enumerate().map(item).collect::<Result<_>>()?;
    Ok(Found { items, labels: None, left_out: Omissions::default() })
}

#[derive(Deserialize)]
#[serde(expecting = "a text with its labels")]
struct RawItem {
    id: Option<Value>,
    text: String,
    #[serde(alias = "label")]
    labels: Labels,
    #[serde(flatten)]
    others: HashMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a label or a list of labels")]
enum Labels {
    One(String),
    Several(Vec<String>),
}

/// The id of the text at this place; the place itself where it has none.
pub(super) fn id_of(id: Option<Value>, place: usize) -> Result<String, Problem> {
    match id {
        None => Ok(place.to_string()),
        Some(Value::String(id)) => Ok(id),
        Some(Value::Number(id)) if !id.is_f64() => Ok(id.to_string()),
        Some(_) => Err("id: should be a text, or a whole number of at most 19 digits".into()),
    }
}

fn read_objects(path: &Path) -> Result<Found> {
    let file = open_data(path)?;
    let objects = Objects::new(file, path, "text").map_err(|broken| broken.of(path))?;
    let (mut items, mut left_out) = (Vec::new(), Omissions::default());
    for object in objects {
        let (item, others) = in_object(path, object, |raw: RawItem, place| {
            let labels = match raw.labels {
                Labels::One(label) => vec![label],
                Labels::Several(labels) => labels,
            };
            let item = item(id_of(raw.id, place)?, &raw.text, labels)?;
            Ok((item, raw.others.len()))
        })?;
        items.push(item);
        left_out.add(Omission::OtherField, others);
    }
    Ok(Found { items, labels: None, left_out })
}

/// What `make` makes of an object and its place, an error with where it stands.
pub(super) fn in_object<R: DeserializeOwned, T>(
    path: &Path,
    object: Result<Object, Broken>,
    make: impl FnOnce(R, usize) -> Result<T, Problem>,
) -> Result<T> {
    let object = object.map_err(|broken| broken.of(path))?;
    let parsed = parse::<R>(object.bytes());
    let parsed = parsed.map_err(|problem| other_tool(object.bytes()).unwrap_or(problem));
    let made = parsed.and_then(|raw| make(raw, object.index));
    made.map_err(|problem| Error::file(path, format!("{}, {problem}", object.place())))
}
