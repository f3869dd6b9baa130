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
pub mod average_precision;
mod breakdown;
pub mod buckets;
pub mod by_relation;
mod counts;
pub mod dialogue;
pub mod distance;
pub mod distribution_shift;
pub mod end_to_end;
pub mod errors;
pub mod evidence;
mod facts;
pub mod ign;
pub mod infer;
mod judged;
mod labelled_file;
pub mod ncre;
pub mod properties;
pub mod ranking;
pub mod relation_shift;
pub mod reliability;
pub mod resampling;
pub mod score_profile;
mod scores;
pub mod splits;
mod train_facts;
mod triple;
mod truth;

pub use against::Against;
pub use breakdown::{Breakdown, break_down};
pub use counts::{Counts, f1};
pub use end_to_end::EndToEnd;
pub use facts::facts;
pub use ign::SeenFacts;
pub use judged::{Judged, judge};
#[cfg(feature = "model")]
pub(crate) use labelled_file::read_labelled;
pub use scores::{Scores, score};
pub use train_facts::TrainFacts;
pub use triple::{Triple, counts_by};
pub use truth::Truth;
