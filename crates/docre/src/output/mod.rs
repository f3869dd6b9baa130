//! Where facts go: one file a form here, and one row of its list of forms.
//!
//! ```
//! use docre::corpus::Input;
//! use docre::document::{Document, Entity, Fact, Mention, RelationSet};
//! use docre::output::Form;
//!
//! let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("facts.csv");
//! let relations = RelationSet::new(["residence"]).unwrap();
//! let document = Document {
//!     entities: vec![
//!         Entity::new([Mention::new("Anna", 0, 0..1).of_kind("PER")]),
//!         Entity::new([Mention::new("Oslo", 0, 2..3).of_kind("LOC")]),
//!     ],
//!     ..Document::new("Note", vec![["Anna", "in", "Oslo"].map(String::from).to_vec()])
//! };
//!
//! let form = Form::of_file(&path).unwrap();
//! let mut writer = form.writer(path.as_path(), &Input::Documents, &relations).unwrap();
//! writer.push(&document, &[Fact::new(0, "residence", 1)]).unwrap();
//! writer.finish().unwrap();
//! let csv = std::fs::read_to_string(path).unwrap();
//! assert!(csv.contains("\nNote,Anna,PER,,residence,residence,Oslo,LOC,,"), "{csv}");
//! ```

mod csv;
mod formula;
pub mod graph;
mod json_lines;
#[cfg(feature = "model")]
mod kept;
mod named;
mod place;
mod result;
mod text;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub(crate) use formula::no_formula;
#[cfg(feature = "model")]
pub use kept::{FactsPlace, KeptFacts};
pub use named::{
    DocumentFacts, EntityName, NamedEntity, NamedFact, NamedMention, RelationName, ScoredLabel,
    TextLabels,
};

pub use place::Place;

use self::graph::rows::{self, BeginGraph};
use self::graph::{DEFAULT_BASE, GraphWriter};
use crate::corpus::Input;
use crate::document::{Document, Fact, RelationSet};
use crate::{Error, Result};

/// All forms, in the order in which they are listed for people.
static FORMS: &[&Row] = &[
    &text::ROW,
    &json_lines::ROW,
    &result::ROW,
    &csv::ROW,
    #[cfg(feature = "graph")]
    &rows::TURTLE,
    #[cfg(feature = "graph")]
    &rows::TURTLE_STAR,
    #[cfg(feature = "graph")]
    &rows::N_QUADS,
    #[cfg(feature = "graph")]
    &rows::N_QUADS_STAR,
    #[cfg(feature = "graph")]
    &rows::JSON_LD,
    &rows::GRAPHML,
    &rows::NEO4J,
    &rows::CYPHER,
    &rows::GRAPH_JSON,
    #[cfg(feature = "columns")]
    &rows::PARQUET,
    #[cfg(feature = "columns")]
    &rows::ARROW,
];

/// A form in which facts are written, known by its name.
#[derive(Clone, Copy)]
pub struct Form(&'static Row);

/// What docre knows of a form.
struct Row {
    /// Its name in options.
    name: &'static str,
    /// What it is, in a few words.
    about: &'static str,
    /// What the name of a file in it ends in, the usual one first; at least one.
    endings: &'static [&'static str],
    /// Its media type, by which a server's client asks for it; `None` where it is several files.
    media_type: Option<&'static str>,
    /// Whether it is several files, in a folder of their own.
    is_folder: bool,
    /// Why it can't hold facts between entities that were found in a text; `None` where it can.
    refuses_found: Option<&'static str>,
    /// Begins a file or folder: a header, if there is one.
    create: fn(Place, Content) -> Result<Box<dyn FactWriter>>,
    /// Begins a graph of many documents, where the form has nodes and edges.
    graph: Option<BeginGraph>,
}

/// What is written.
struct Content {
    /// The relations, or labels, with their names.
    relations: RelationSet,
    /// Whether labels of texts are written, and not facts between entities.
    is_labels: bool,
    /// What IRIs begin with, where a form has such.
    base: String,
}

/// Writes the facts of one document after another, as text or as bytes. A file or folder has its
/// name only when it is finished.
pub trait FactWriter {
    /// Writes the facts of the next document, or the labels of the next text.
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()>;

    /// The same with what a person should know of how the document was read: only forms that have
    /// a place for it write it.
    fn push_warned(
        &mut self,
        document: &Document,
        facts: &[Fact],
        _warnings: Vec<String>,
    ) -> Result<()> {
        self.push(document, facts)
    }

    /// Writes what stands at the end and gives the file or folder its name.
    fn finish(self: Box<Self>) -> Result<()>;
}

impl Form {
    /// Lines for people to read.
    pub const TEXT: Self = Self(&text::ROW);
    /// A JSON object a document.
    pub const JSON_LINES: Self = Self(&json_lines::ROW);
    /// The result file of DocRED's official evaluation.
    pub const RESULT: Self = Self(&result::ROW);

    /// All forms, in the order in which they are listed for people.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMS.iter().copied().map(Self)
    }

    /// Its name in options.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What the names of its files end in, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        self.0.endings
    }

    /// Its media type, by which a server's client asks for it; `None` where it is several files.
    pub fn media_type(self) -> Option<&'static str> {
        self.0.media_type
    }

    /// Whether it is several files, in a folder of their own.
    pub fn is_folder(self) -> bool {
        self.0.is_folder
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// The form that the ending of a file's name tells.
    pub fn of_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_its = |form: &Self| form.endings().contains(&ending.as_str());
        Self::all().find(is_its).ok_or_else(|| {
            let endings = Self::all().flat_map(Self::endings);
            let endings: Vec<_> = endings.map(|ending| format!(".{ending}")).collect();
            let problem = format!(
                "its name doesn't tell the form of the facts; let it end in {}",
                endings.join(", ")
            );
            Error::file(path, problem)
        })
    }

    /// Refuses the form where the entities are those that a model finds in plain text, if it doesn't
    /// say which these are.
    pub fn check_found(self) -> Result<()> {
        match self.0.refuses_found {
            Some(problem) => Err(Error::setting("to", problem)),
            None => Ok(()),
        }
    }

    /// Begins to write what is found in such an input; relations have the names of this set.
    pub fn writer(
        self,
        place: impl Into<Place>,
        input: &Input,
        relations: &RelationSet,
    ) -> Result<Box<dyn FactWriter>> {
        self.writer_with_base(place, input, relations, DEFAULT_BASE)
    }

    /// The same with what the IRIs of entities, documents and relations begin with.
    pub fn writer_with_base(
        self,
        place: impl Into<Place>,
        input: &Input,
        relations: &RelationSet,
        base: &str,
    ) -> Result<Box<dyn FactWriter>> {
        let place = self.checked(place.into())?;
        let is_labels = matches!(input, Input::Texts { .. });
        let content = Content { relations: relations.clone(), is_labels, base: base.to_owned() };
        (self.0.create)(place, content)
    }

    /// Whether it has nodes and edges, so that a graph of many documents can be written in it.
    pub fn is_graph(self) -> bool {
        self.0.graph.is_some()
    }

    /// Refuses a form without nodes and edges.
    pub fn check_graph(self) -> Result<()> {
        if self.is_graph() {
            return Ok(());
        }
        let graphs: Vec<_> = Self::all().filter(|form| form.is_graph()).map(Self::name).collect();
        let problem = format!(
            "\"{self}\" is a form of single documents, and this is a graph of many; take one of {}",
            graphs.join(", ")
        );
        Err(Error::setting("to", problem))
    }

    /// Begins to write a graph of many documents; IRIs begin with `base`, where the form has such.
    pub fn graph_writer(self, place: impl Into<Place>, base: &str) -> Result<Box<dyn GraphWriter>> {
        self.check_graph()?;
        let begin = self.0.graph.expect("it was checked");
        begin(self.checked(place.into())?, base)
    }

    fn checked(self, place: Place) -> Result<Place> {
        if self.is_folder() {
            place.check_folder()?;
        }
        Ok(place)
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Form {}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Form({})", self.name())
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|form| form.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            format!("no form of facts is called \"{name}\"; there are {}", names.join(", "))
        })
    }
}

/// The text without line breaks and control characters, which a title or name from a file may
/// hold.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
