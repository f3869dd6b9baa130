//! Files of documents: reading, checking, counting, converting and writing.
//!
//! Documents come in DocRED's form, as one JSON list or as JSON lines, or in another
//! [`Format`] that [`read()`] tells by what is in the file, and are read one at a time, or on all threads with [`Documents::process`], so that a file may
//! be larger than the memory:
//!
//! ```
//! let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("notes.jsonl");
//! std::fs::write(&path, r#"{"title": "Note", "sents": [["Anna", "sings"]],
//!     "vertexSet": [[{"pos": [0, 1], "sent_id": 0}]]}"#.replace('\n', "")).unwrap();
//!
//! for document in docre::corpus::read(&path).unwrap() {
//!     let document = document.unwrap();
//!     assert_eq!(document.entities[0].name(), "Anna");
//!     assert_eq!(document.facts, None); // unlabelled
//! }
//! ```

mod beginning;
mod casing;
pub mod convert;
pub mod dialogue;
mod folder;
mod format;
mod identified;
mod input;
mod list;
mod loose;
mod objects;
mod offsets;
mod omissions;
mod options;
mod parse;
mod pieces;
pub mod predictions;
mod priors;
mod problems;
mod prose;
mod raw;
mod read_document;
mod reader;
pub mod relations;
mod segment;
mod several;
mod spans;
pub mod stats;
mod streamed;
pub mod texts;
mod titles;
mod whole;
mod words;
mod wrapped;
mod writer;

pub use convert::convert;
pub use format::Format;
pub use input::{DocumentStream, Input, InputDocuments};
pub use loose::document_of_brat;
pub use omissions::{Omission, Omissions};
pub use options::ReadOptions;
pub use predictions::Prediction;
pub use priors::RelationPriors;
pub use problems::{LeftOut, Problems};
pub use read_document::ReadDocument;
pub use reader::{Documents, read, read_as};
pub use streamed::StreamedDocuments;
pub use titles::Titles;
pub use whole::{check_file, check_file_with, check_unique_titles, read_all, read_all_with};
pub use writer::{DocumentWriter, to_json, write};

pub use crate::inputs::check_data;
