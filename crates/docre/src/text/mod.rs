//! From documents to what an encoder reads. No tensors.
//!
//! ```text
//! Document -> MarkedText -> Example -> EncodedBatch
//! words       pieces with   ids with   windows of several examples,
//!             markers       CLS, SEP   packed without padding
//! ```
//!
//! Markers, alignment and windows are those of ATLOP (Zhou et al. 2021) and of
//! the public code that followed it.

mod batch;
mod batches;
mod evidence;
mod example;
mod labelled;
mod marked;
mod mention_rows;
pub mod pairs;
pub mod prepare;
mod ragged;
pub mod sections;
mod spans;
pub mod tokenizer;
mod unknown;
mod warning;
mod whole;
pub mod windows;

pub use batch::{DocumentSpan, EncodedBatch};
pub use batches::batches;
pub use evidence::EvidenceLabel;
pub use example::{Example, ExampleOptions, Label, Rows, WholeRow};
pub use labelled::{LabelledExamples, LabelledOptions, read_labelled};
pub use marked::{MarkedText, Markers};
pub use mention_rows::MentionRows;
pub use ragged::Ragged;
pub use spans::MentionSpan;
pub use tokenizer::Tokenizer;
pub(crate) use tokenizer::{READABLE, can_be_read};
pub use unknown::UnknownPieces;
pub use warning::{KeptMention, Warning};
