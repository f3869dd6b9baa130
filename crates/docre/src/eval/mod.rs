//! Scores of predicted facts against labelled ones, as the official evaluation
//! of DocRED counts them. Pure functions, one file a family of metrics.
//!
//! ```
//! use docre::corpus::Prediction;
//! use docre::document::{Document, Entity, Fact, Mention};
//! use docre::eval::{Truth, score};
//!
//! let name = |token: usize, name: &str| Entity {
//!     mentions: vec![Mention {
//!         name: name.into(),
//!         sentence: 0,
//!         tokens: token..token + 1,
//!         kind: "PER".into(),
//!     }],
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
//! };
//! let predicted = Document { facts: Some(vec![sibling(0, 1)]), ..document.clone() };
//! let predictions: Vec<_> = Prediction::of(&predicted).collect();
//!
//! let truth = Truth::new("note.json", vec![document]).unwrap();
//! let scores = score(&truth, &predictions, None);
//! assert_eq!((scores.facts.precision(), scores.facts.recall()), (1.0, 0.5));
//! ```

mod counts;
mod evidence;
mod facts;
mod ign;
mod judged;
mod ncre;
mod ranking;
mod scores;
mod truth;

pub use counts::{Counts, f1};
pub use evidence::evidence;
pub use facts::facts;
pub use ign::{Ign, SeenFacts, ign};
pub use judged::{Judged, judge};
pub use ncre::NoneClassRankingError;
pub use ranking::{PrecisionAt, RankingScores, ranking};
pub use scores::{Scores, score};
pub use truth::Truth;
