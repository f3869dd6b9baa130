//! Files of documents: reading, checking, counting and writing.
//!
//! Documents come in DocRED's form, as one JSON list or as JSON lines, and are
//! read one at a time, or on all threads with [`Documents::process`], so that a file may
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

mod docred;
mod list;
mod objects;
mod parse;
pub mod predictions;
mod priors;
mod reader;
pub mod relations;
mod stats;
mod words;
mod writer;

pub use predictions::Prediction;
pub use priors::RelationPriors;
pub use reader::{Documents, ReadDocument, check_file, check_unique_titles, read, read_all};
pub use stats::{Frequency, Longest, Spread, Statistics};
pub use writer::{DocumentWriter, write};
