//! Where a text names something: a tagger of words, and what its labels mean.

mod bio;
mod crf;
#[cfg(feature = "model")]
mod input;
#[cfg(feature = "model")]
mod shapes;
#[cfg(feature = "model")]
mod spans;
#[cfg(feature = "model")]
mod tagger;

pub use bio::{BioLabels, TaggedMention};
pub use crf::{Crf, CrfGradients};
#[cfg(feature = "model")]
pub(crate) use input::TaggerInput;
#[cfg(feature = "model")]
pub(crate) use shapes::SHAPE_WINDOW;
#[cfg(feature = "model")]
pub(crate) use spans::spans;
#[cfg(feature = "model")]
pub use spans::{SpanClassifier, SpanSizes};
#[cfg(feature = "model")]
pub use tagger::MentionTagger;
