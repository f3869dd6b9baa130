//! Scores of predicted facts against labelled ones, as the official evaluation
//! of DocRED counts them. Pure functions, one file a family of metrics.
//!
//! [`score`] gives the main numbers and [`break_down`] all of them, for predictions; the
//! functions behind them take the predictions as [`judge`] looked them up.
//!
//! ```
//! use docre::corpus::Prediction;
//! use docre::document::{Document, Entity, Fact, Mention};
//! use docre::eval::{Truth, score};
//!
//! let name = |token: usize, name: &str| {
//!     Entity::new([Mention::new(name, 0, token..token + 1).of_kind("PER")])
//! };
//! let sibling = |head, tail| Fact {
//!     head,
//!     relation: "P3373".into(),
//!     tail,
//!     evidence: vec![0],
//!     score: None,
//! };
//! let document = Document {
//!     title: "Note".into(),
//!     sentences: vec![vec!["Anna".into(), "and".into(), "Otto".into()]],
//!     entities: vec![name(0, "Anna"), name(2, "Otto")],
//!     facts: Some(vec![sibling(0, 1), sibling(1, 0)]),
//!     ..Document::default()
//! };
//! let predicted = Document { facts: Some(vec![sibling(0, 1)]), ..document.clone() };
//! let predictions: Vec<_> = Prediction::of(&predicted).collect();
//!
//! let truth = Truth::new("note.json", vec![document]).unwrap();
//! let scores = score(&truth, &predictions, None);
//! assert_eq!((scores.facts.precision(), scores.facts.recall()), (1.0, 0.5));
//! ```

mod against;
mod average_precision;
mod breakdown;
mod buckets;
mod by_relation;
mod counts;
mod dialogue;
mod distance;
mod distribution_shift;
mod end_to_end;
mod errors;
mod evidence;
mod facts;
mod ign;
mod infer;
mod judged;
mod labelled_file;
mod ncre;
mod properties;
mod ranking;
mod relation_shift;
mod reliability;
mod resampling;
mod score_profile;
mod scores;
mod splits;
mod train_facts;
mod triple;
mod truth;

pub use against::Against;
pub use average_precision::{MeanAveragePrecision, average_precision, mean_average_precision};
pub use breakdown::{Breakdown, break_down};
pub use buckets::BucketScores;
pub use by_relation::{RelationScores, by_relation};
pub use counts::{Counts, f1};
pub use dialogue::{Conversational, conversational_f1, dialogue_f1, shown_after};
pub use distance::{IntraInter, intra_inter};
pub use distribution_shift::{DistributionShift, MeanSoftmax};
pub use end_to_end::{Causes, Coreference, CoreferenceScores, EndToEnd, EndToEndErrors};
#[cfg(feature = "model")]
pub(crate) use end_to_end::{exact_clusters, facts_that_hold};
pub use errors::{
    BinaryLabels, ErrorCategories, FalsePredictions, binary_labels, error_categories,
    false_predictions,
};
pub use evidence::{evidence, evidence_revised_script};
pub use facts::facts;
pub use ign::{Ign, SeenFacts, ign};
pub use infer::{Infer, infer};
pub use judged::{Judged, judge};
#[cfg(feature = "model")]
pub(crate) use labelled_file::read_labelled;
pub use ncre::NoneClassRankingError;
pub use properties::{Property, PropertyScores, by_property};
pub use ranking::{PrecisionAt, RankingScores, ranking};
pub use relation_shift::{RelationShare, RelationShift};
pub use reliability::{Reliability, ReliabilityBin};
pub use resampling::{
    DocumentCounts, Interval, Resampling, Significance, bootstrap_f1, compare_f1,
    counts_by_document,
};
pub use score_profile::{MarginBar, PositiveScores, ScoreProfile};
pub use scores::{Scores, score};
pub use splits::{FREQUENT, Group, GroupScores, Members, Split, SplitScores, by_split};
pub use train_facts::TrainFacts;
pub use triple::{Triple, counts_by};
pub use truth::Truth;
