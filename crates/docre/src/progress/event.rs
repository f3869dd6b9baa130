//! What long work tells.

use super::Part;
use crate::{
    eval::{EndToEnd, Scores},
    text::Warning,
};

/// Something that long work tells while it goes.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Something that is worth a line, in plain words.
    Note(&'a str),
    /// Something was left out of a document.
    Warning(&'a Warning),
    /// One of several pieces of work begins, or goes on.
    Begins(&'a Part),
    /// How far all pieces of work are together, one of which is on.
    Together(&'a Part),
    /// A training step was taken.
    Step(&'a Progress),
    /// Some of the documents that work of another kind goes through are done.
    Documents {
        /// What was done to them, in plain words: "documents scored".
        what: &'static str,
        /// The documents that are done.
        done: usize,
        /// All of them.
        all: usize,
    },
    /// The dev file was scored.
    Scored {
        /// How far the run is.
        progress: &'a Progress,
        /// The scores.
        scores: &'a Scores,
        /// The scores from its text alone, where the model finds entities.
        from_text: Option<&'a EndToEnd>,
        /// Whether they were never better before.
        best: bool,
    },
}

/// How far a training run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Optimizer steps taken, of `total_steps`.
    pub step: u64,
    /// The optimizer steps of the whole run.
    pub total_steps: u64,
    /// The epoch that the next step belongs to, with its fraction done.
    pub epoch: f64,
    /// The mean loss of the epoch's steps so far, each a mean over pairs.
    pub loss: f64,
    /// Training documents a second since this process began.
    pub documents_per_second: f64,
    /// Seconds left, from the rate so far.
    pub seconds_left: f64,
}
