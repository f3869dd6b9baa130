//! Where a text names something: a tagger of tokens, and what its labels mean.

mod bio;
mod crf;

pub use bio::{BioLabels, TaggedMention};
pub use crf::{Crf, CrfGradients};
