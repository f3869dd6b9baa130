//! The formats in which documents come and go. A format is one file here and one row of
//! [`FORMATS`]: how it is told, read and written.

mod bioc;
mod bioc_offsets;
mod bioc_xml;
pub(super) mod brat;
mod conll;
mod dialogre;
pub(super) mod docred;
mod docred_forms;
pub(super) mod dwie;
mod edge_graph;
mod guess;
mod hacred;
mod keys;
mod label_studio;
mod marked;
mod marked_page;
pub(super) mod plain_text;
mod pubtator;
mod row;
mod spacy;
mod texts;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub(super) use docred_forms::other_tool;
pub(super) use guess::begins_objects;
use keys::Keys;
pub(super) use row::{Cut, DocumentsWriter, Layout};
use row::{FormatRow, JsonWriter, Tell, TextForm, TextWriter, lost};

use super::objects::BYTE_ORDER_MARK;
use super::raw::{Parsed, Refused};
use crate::{Error, Result};

/// All formats, in the order in which they are listed for people and asked whether a file is
/// theirs.
static FORMATS: &[&FormatRow] = &[
    &docred::ROW,
    &brat::ROW,
    &label_studio::ROW,
    &spacy::ROW,
    &hacred::ROW,
    &dwie::ROW,
    &dialogre::ROW,
    &pubtator::ROW,
    &bioc::ROW,
    &edge_graph::ROW,
    &marked::ROW,
    &conll::ROW,
    &texts::ROW,
    &plain_text::ROW,
    &plain_text::OBJECTS,
];

/// A format of files, known by its name. Where a document is a file of a folder, documents are
/// read in the order of the files' names.
///
/// ```
/// use docre::corpus::Format;
///
/// let brat: Format = "brat".parse().unwrap();
/// assert_eq!(brat.to_string(), "brat");
/// let names: Vec<_> = Format::all().map(Format::name).collect();
/// assert!(names.starts_with(&["docred", "brat", "label-studio"]));
/// ```
#[derive(Clone, Copy)]
pub struct Format(&'static FormatRow);

impl Format {
    /// DocRED's JSON: a list, or JSON lines where the file's name ends in `.jsonl`.
    pub const DOCRED: Self = Self(&docred::ROW);
    /// DWIE's folder of annotation files with their texts.
    pub const DWIE: Self = Self(&dwie::ROW);
    /// DialogRE's JSON, v1 and v2.
    pub const DIALOGRE: Self = Self(&dialogre::ROW);
    /// Plain text, whose entities nobody has marked yet.
    pub const TEXT: Self = Self(&plain_text::ROW);
    /// The same as the `text` of JSON objects.
    pub const TEXT_OBJECTS: Self = Self(&plain_text::OBJECTS);
    /// Texts with labels: TSV, CSV or JSON lines, for classification. Not documents.
    pub const TEXTS: Self = Self(&texts::ROW);

    /// All formats, in the order in which they are listed for people.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().copied().map(Self)
    }

    /// Its name in options.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// Whether it can be written, and not only read. [`Format::TEXTS`] is, of texts.
    pub fn is_written(self) -> bool {
        self.0.create.is_some() || self == Self::TEXTS
    }

    /// Tells the format of a file by its first object. DocRED is what nothing else is: its
    /// messages fit a file that has other keys.
    pub(super) fn of_object(object: &[u8]) -> Self {
        let keys = Keys::of(object);
        Self::all().find(|format| (format.0.tell.object)(&keys)).unwrap_or(Self::DOCRED)
    }

    /// Tells the format of a file by how it begins.
    pub(super) fn of_beginning(beginning: &[u8]) -> Option<Self> {
        let beginning = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning);
        Self::all().find(|format| (format.0.tell.beginning)(beginning))
    }

    /// Tells a format of text, and not of objects, by the name of a file.
    pub(super) fn of_text_name(path: &Path) -> Option<Self> {
        let is_text = |format: &Self| matches!(format.layout(), Layout::Text { .. });
        Self::all().filter(is_text).find(|format| (format.0.tell.name)(path))
    }

    /// The format of a file with this ending that isn't there yet.
    pub(super) fn of_ending(ending: &str) -> Option<Self> {
        Self::all().find(|format| format.0.endings.contains(&ending))
    }

    /// How a file that begins so is cut into documents; `None` where they are objects.
    pub(super) fn cut(self, beginning: &[u8]) -> Option<Cut> {
        match self.layout() {
            Layout::Text { cut } => cut(beginning),
            Layout::Files { cut, .. } => Some(cut),
            Layout::Json | Layout::Folder { .. } => None,
        }
    }

    /// Whether a file is told to be of this format by its name.
    pub(super) fn has_name_of(self, path: &Path) -> bool {
        (self.0.tell.name)(path)
    }

    /// How its documents lie in files.
    pub(super) fn layout(self) -> Layout {
        self.0.layout
    }

    /// Refuses a format that holds no documents.
    pub(super) fn check_documents(self, path: &Path) -> Result<()> {
        if self == Self::TEXTS { Err(Error::file(path, texts::NO_DOCUMENTS)) } else { Ok(()) }
    }

    /// Reads one document.
    pub(super) fn parse(
        self,
        object: &super::objects::Object,
        options: &super::ReadOptions,
    ) -> Result<Parsed, Refused> {
        let is_text = matches!(self.layout(), Layout::Text { .. } | Layout::Files { .. });
        let is_json = !is_text && self != Self::DIALOGRE;
        if is_json && object.bytes().starts_with(b"[") {
            return Err(Refused::from("should be an object and start with `{`".to_owned()));
        }
        (self.0.read)(object, options)
    }

    /// Begins a file or folder of documents.
    pub(super) fn create(self, path: &Path) -> Result<Box<dyn DocumentsWriter>> {
        match self.0.create {
            Some(create) => create(path),
            None => Err(Error::unsupported(path, format!("documents can't be written as {self}"))),
        }
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Format({})", self.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            format!("no format is called \"{name}\"; there are {}", names.join(", "))
        })
    }
}
