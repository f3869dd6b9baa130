//! Document-level relation extraction: given a document, find every relation that holds between two
//! of its entities, over sentence borders. The entities come with the document, each with its
//! mentions, or a model finds them in plain text.
//!
//! A trained model names the facts of documents:
//!
//! ```no_run
//! # #[cfg(feature = "model")]
//! # fn main() -> docre::Result<()> {
//! use docre::{DeviceName, Extractor, corpus};
//!
//! let extractor = Extractor::load("runs/quickstart/model", &DeviceName::default().open()?)?;
//! for document in corpus::read("notes/")? {
//!     for fact in extractor.facts(&document?)? {
//!         println!("{} - {} - {}", fact.head.name, fact.relation.name, fact.tail.name);
//!     }
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "model"))]
//! # fn main() {}
//! ```
//!
//! Documents are made, written and scored without a model, too:
//!
//! ```
//! use docre::{Document, Entity, Fact, Mention, corpus, eval};
//!
//! let document = Document {
//!     entities: vec![
//!         Entity::new([Mention::new("Anna", 0, 0..1).of_kind("PER")]),
//!         Entity::new([Mention::new("Oslo", 0, 3..4).of_kind("LOC")]),
//!     ],
//!     facts: Some(vec![Fact::new(0, "residence", 1)]),
//!     ..Document::new("Note", vec![["Anna", "lives", "in", "Oslo"].map(String::from).to_vec()])
//! };
//! let folder = tempfile::tempdir().unwrap();
//! corpus::write(folder.path().join("notes.json"), [&document])?;
//!
//! let truth = eval::Truth::new("notes.json", vec![document.clone()])?;
//! let found: Vec<_> = corpus::Prediction::of(&document).collect();
//! assert_eq!(eval::score(&truth, &found, None).facts.f1(), 1.0);
//! # Ok::<(), docre::Error>(())
//! ```
//!
//! The data flows one way, one module a stage:
//!
//! ```text
//! file -> Document -> Example -> EncodedBatch -> Tokens --> PairScores --> Loss
//!         corpus      text       text            encoder    relation  \--> Decision -> Fact -> eval, report, output
//!                                                      \--> mentions -> entities of plain text
//!                                                           mention     coref
//! ```
//!
//! | who wants to | finds it in |
//! |---|---|
//! | read, write and convert documents | [`corpus`], [`document`] |
//! | find facts with a model, and write them | [`Extractor`], [`output`] |
//! | train one | [`Recipe`], [`train()`] |
//! | score predictions, or a model | [`eval`], [`score`] |
//! | compare runs, or several seeds | [`experiment`] |
//! | see where a model is wrong, or labels are | [`analysis`], [`audit`] |
//! | build a system of the parts | [`text`], [`encoder`], [`relation`], [`loss`], [`decision`] |
//!
//! Without the feature `model` (on by default) the crate is [`document`],
//! [`corpus`], [`output`] and [`eval`]: reading, checking, writing and scoring, without tensors.

#![forbid(unsafe_code)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "model")]
pub mod analysis;
#[cfg(feature = "model")]
pub mod audit;
#[cfg(feature = "model")]
pub mod bench;
pub mod coref;
pub mod corpus;
#[cfg(feature = "model")]
pub mod datasets;
pub mod decision;
#[cfg(feature = "model")]
pub mod device;
pub mod document;
#[cfg(feature = "model")]
pub mod encoder;
pub mod error;
pub mod eval;
#[cfg(feature = "model")]
pub mod experiment;
#[cfg(feature = "model")]
pub mod fetch;
pub mod files;
#[cfg(any(feature = "model", feature = "graph"))]
mod fingerprint;
#[cfg(feature = "graph")]
pub mod graph;
#[cfg(feature = "model")]
mod initialiser;
mod inputs;
#[cfg(feature = "model")]
mod layers;
#[cfg(feature = "model")]
pub mod loss;
pub mod mention;
#[cfg(feature = "model")]
pub mod model;
pub mod output;
#[cfg(feature = "model")]
pub mod progress;
mod random;
#[cfg(feature = "model")]
pub mod recipe;
#[cfg(feature = "model")]
pub mod relation;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "model")]
pub mod score;
#[cfg(feature = "model")]
mod stretches;
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "model")]
pub mod train;

#[cfg(feature = "model")]
pub use burn::tensor::Device;
#[cfg(feature = "model")]
pub use device::DeviceName;
#[cfg(feature = "model")]
pub use docre_kernels::Precision;
pub use document::{Document, Entity, Fact, Mention, RelationSet};
pub use error::{Error, ErrorKind, Remedy, Result};
#[cfg(feature = "model")]
pub use model::{Extracted, Extractor};
#[cfg(feature = "model")]
pub use recipe::Recipe;
#[cfg(feature = "model")]
pub use train::train;

/// The code of the pages compiles.
#[cfg(all(doctest, feature = "model"))]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/guide.md")]
    struct Guide;
    #[doc = include_str!("../../../docs/library.md")]
    struct Library;
}
