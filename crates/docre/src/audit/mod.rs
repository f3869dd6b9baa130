//! Which facts are probably missing from labelled documents, and which labelled ones are
//! probably wrong.
//!
//! The documents are divided into folds; each is judged by models that were trained on the
//! other folds, so that none has learned its labels. What these models score high but isn't
//! labelled is probably missing; what is labelled but scored low is probably wrong.
//!
//! The labels themselves say two things more. A fact is suggested only between types of entities
//! that its relation is labelled between; and where a head has a better tail of the relation, its
//! score counts as much as heads are labelled with several.
//!
//! An audit is a folder:
//!
//! | file | what |
//! |---|---|
//! | `run.json` | that the folder is docre's own |
//! | `audit.json` | the documents and folds that it is of |
//! | `fold-N/train.json` | all documents but those of fold N |
//! | `fold-N/NAME-seed-S/` | the run of a model trained on them |
//! | `fold-N/NAME-seed-S/ratings.jsonl` | what that model says of the documents of fold N |
//!
//! A stopped audit goes on where it was; models that are trained, and documents that are rated,
//! aren't again.

mod auditor;
mod corrections;
mod data;
mod findings;
mod folds;
mod further;
mod measure;
mod rater;
mod ratings;
mod report;
mod run;
mod state;

pub use corrections::{Corrections, Verdict};
pub use data::AuditData;
pub use findings::{Finding, FindingKind, Findings};
use folds::Folds;
pub use measure::{Gold, KindQuality, RankingQuality};
pub use report::{AuditReport, Suggestion};
pub use run::{Audit, AuditModel};
