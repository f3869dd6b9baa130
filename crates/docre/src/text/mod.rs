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
mod pairs;
mod prepare;
mod ragged;
mod sections;
mod tokenizer;
mod unknown;
mod warning;
mod whole;
mod windows;

pub use batch::{DocumentSpan, EncodedBatch};
pub use batches::batches;
pub use evidence::EvidenceLabel;
pub use example::{Example, ExampleOptions, Label, Rows, WholeRow};
pub use labelled::{LabelledExamples, LabelledOptions, read_labelled};
pub use marked::MarkedText;
pub use mention_rows::MentionRows;
pub use pairs::{EntityPair, OrderedPair};
pub use prepare::{Prepared, PreparedDocument, prepare, prepare_stream};
pub use ragged::Ragged;
pub use sections::{Section, SectionWord, sections};
pub(crate) use tokenizer::{READABLE, can_be_read};
pub use tokenizer::{SpecialToken, SpecialTokens, Tokenizer, TokenizerOptions};
pub use unknown::UnknownPieces;
pub use warning::{KeptMention, Warning};
pub use windows::{SHORTEST_INPUT, Window, windows};
