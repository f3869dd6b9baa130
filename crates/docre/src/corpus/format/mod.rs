//! The formats in which documents come and go, one file a format.

mod brat;
mod dialogre;
pub(super) mod dwie;
mod guess;
mod hacred;
mod label_studio;
mod spacy;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::losses::Losses;
use super::objects::Object;
use crate::document::Document;
use crate::{Error, Result};

pub(super) use brat::BratFolder;
pub(super) use dwie::DwieFolder;

/// A format of files. Where a document is a file of a folder, documents are read in the order
/// of the files' names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// DocRED's JSON: a list, or JSON lines where the file's name ends in `.jsonl`.
    DocRed,
    /// A folder of texts (`.txt`) and their annotations in brat's standoff form (`.ann`).
    Brat,
    /// Label Studio's JSON export of spans and relations.
    LabelStudio,
    /// spaCy's JSON (`Doc.to_json()`), with entities as span groups.
    Spacy,
    /// HacRED's JSON lines, of which the characters are the tokens.
    HacRed,
    /// DWIE's folder of annotation files with their texts.
    Dwie,
    /// DialogRE's JSON, v1 and v2. Only read: it has 37 relations by number, and no places of
    /// mentions.
    DialogRe,
    /// Texts with labels: TSV, CSV or JSON lines, for classification. Not documents.
    Texts,
}

/// A document with what its file says beyond it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub document: Document,
    pub repeated_facts: usize,
    pub left_out: Losses,
}

/// What is wrong with a document, and its title where that could be read.
#[derive(Debug)]
pub(super) struct Refused {
    pub title: Option<String>,
    pub problem: String,
}

impl Refused {
    pub(super) fn new(title: impl Into<String>, problem: String) -> Self {
        Self { title: Some(title.into()), problem }
    }
}

impl From<String> for Refused {
    fn from(problem: String) -> Self {
        Self { title: None, problem }
    }
}

impl Format {
    /// All formats, in the order in which they are listed for people.
    pub const ALL: [Self; 8] = [
        Self::DocRed,
        Self::Brat,
        Self::LabelStudio,
        Self::Spacy,
        Self::HacRed,
        Self::Dwie,
        Self::DialogRe,
        Self::Texts,
    ];

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::DocRed => "docred",
            Self::Brat => "brat",
            Self::LabelStudio => "label-studio",
            Self::Spacy => "spacy",
            Self::HacRed => "hacred",
            Self::Dwie => "dwie",
            Self::DialogRe => "dialogre",
            Self::Texts => "texts",
        }
    }

    /// Tells the format of a file or folder by what is in it.
    pub fn guess(path: impl AsRef<Path>) -> Result<Self> {
        guess::guess(path.as_ref())
    }

    /// Tells the format of a file by its first object.
    pub(super) fn of_object(object: &[u8]) -> Self {
        guess::of_object(object)
    }

    /// The extension of a document's file where documents are files of a folder.
    pub(super) fn extension_in_folder(self) -> Option<&'static str> {
        match self {
            Self::Brat => Some("ann"),
            Self::Dwie => Some("json"),
            _ => None,
        }
    }

    /// Refuses a format that holds no documents.
    pub(super) fn check_documents(self, path: &Path) -> Result<()> {
        if self == Self::Texts { Err(Error::file(path, NO_DOCUMENTS)) } else { Ok(()) }
    }

    /// Reads one document.
    pub(super) fn parse(self, object: &Object) -> Result<Parsed, Refused> {
        if self != Self::DialogRe && object.bytes().starts_with(b"[") {
            return Err(Refused::from("should be an object and start with `{`".to_owned()));
        }
        match self {
            Self::DocRed => super::docred::read(object),
            Self::Brat => brat::read(object),
            Self::LabelStudio => label_studio::read(object),
            Self::Spacy => spacy::read(object),
            Self::HacRed => hacred::read(object),
            Self::Dwie => dwie::read(object),
            Self::DialogRe => dialogre::read(object),
            Self::Texts => Err(Refused::from(NO_DOCUMENTS.to_owned())),
        }
    }

    /// A document as one JSON object; `None` where a document isn't one.
    pub(super) fn to_json(self, document: &Document) -> Option<serde_json::Value> {
        match self {
            Self::LabelStudio => Some(label_studio::write(document)),
            Self::Spacy => Some(spacy::write(document)),
            Self::HacRed => Some(hacred::write(document)),
            Self::DocRed | Self::Brat | Self::Dwie | Self::DialogRe | Self::Texts => None,
        }
    }
}

const NO_DOCUMENTS: &str = "holds texts with labels for classification, and no documents with \
                            entities and relations";

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("no format is called \"{name}\"; there are {}", names.join(", "))
        })
    }
}
