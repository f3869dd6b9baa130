//! Applying a model to documents, labelled or not.

mod dialogue;
mod each_pair;
mod evaluate;
mod from_text;
mod inspect;
mod labelled;
mod predict;
mod prepare;
mod tune;

pub use dialogue::{DialogueScores, evaluate_dialogues};
pub(crate) use each_pair::each_pair;
pub(crate) use evaluate::evaluate_fully;
pub use evaluate::{evaluate, read_truth};
use from_text::TextReader;
pub use from_text::{FromText, evaluate_from_text};
pub use inspect::{Inspection, ScoreAnalysis, inspect};
pub(crate) use labelled::{Fit, Labelled, Scored};
pub use predict::predict;
pub(crate) use prepare::prepare_and_warn;
pub(crate) use tune::{Fitted, fit_from_text};
pub use tune::{Tuned, tune};

/// What observers are told of documents.
pub(crate) const SCORED: &str = "documents scored";
