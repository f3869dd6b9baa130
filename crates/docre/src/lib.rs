//! Document-level relation extraction: given a document whose entities are
//! known, each with its mentions, find every relation that holds between two of
//! them, over sentence borders.
//!
//! The data flows one way, one module a stage:
//!
//! ```text
//! file -> Document -> Example -> EncodedBatch -> Tokens -> PairTable -> logits --> Loss
//!         corpus     text       text            encoder   relation            \-> Decision -> Fact -> eval, report
//! ```
//!
//! Without the feature `model` (on by default) the crate is [`document`],
//! [`corpus`] and [`eval`]: reading, checking and scoring, without tensors.

#[cfg(feature = "model")]
pub mod analysis;
#[cfg(feature = "model")]
pub mod audit;
#[cfg(feature = "model")]
pub mod bench;
pub mod coref;
pub mod corpus;
#[cfg(feature = "model")]
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
pub mod files;
#[cfg(feature = "model")]
mod fingerprint;
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
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "model")]
pub mod train;

#[cfg(feature = "model")]
pub use burn::tensor::Device;
#[cfg(feature = "model")]
pub use docre_kernels::Precision;
pub use error::{Error, Result};

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
