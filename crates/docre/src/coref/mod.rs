//! Which mentions name the same thing.

#[cfg(feature = "model")]
mod candidates;
mod cluster;
mod entities;
#[cfg(feature = "model")]
mod features;
mod join;
mod names;
mod rules;
#[cfg(feature = "model")]
mod scorer;

#[cfg(feature = "model")]
pub(crate) use candidates::candidate_pairs;
pub use cluster::{Linkage, Merge, cluster};
pub use entities::{FoundMention, entities};
#[cfg(feature = "model")]
pub(crate) use features::push_features;
pub use join::SimilarMentions;
pub use names::MentionName;
pub use rules::same_by_rules;
#[cfg(feature = "model")]
pub use scorer::PairScorer;
