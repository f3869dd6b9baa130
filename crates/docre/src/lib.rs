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
pub mod files;
#[cfg(feature = "model")]
mod fingerprint;
mod inputs;
#[cfg(feature = "model")]
mod layers;
#[cfg(feature = "model")]
pub mod loss;
#[cfg(feature = "model")]
pub mod model;
mod random;
#[cfg(feature = "model")]
pub mod relation;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "model")]
pub mod train;

#[cfg(feature = "model")]
pub use burn::tensor::Device;
#[cfg(feature = "model")]
pub use docre_kernels::Precision;
pub use error::{Error, Result};

/// The README's code compiles.
#[cfg(all(doctest, feature = "model"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
