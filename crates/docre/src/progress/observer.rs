//! What a run tells of itself while it goes. The library never prints.

use super::{Progress, RunsProgress};
use crate::{eval::Scores, text::Warning};

/// Listens to a run, and can ask it to stop.
pub trait Observer {
    /// Something that is worth a line, in plain words.
    fn note(&mut self, _line: &str) {}
    /// Something was left out of a document.
    fn warning(&mut self, _warning: &Warning) {}
    /// A step was taken.
    fn progress(&mut self, _progress: &Progress) {}
    /// Documents of the dev file have been read, of all.
    fn evaluating(&mut self, _done: usize, _all: usize) {}
    /// Training documents have been scored by the teacher, of all.
    fn scoring_with_teacher(&mut self, _done: usize, _all: usize) {}
    /// Documents under audit have been scored by a model that was trained without them, of all.
    fn auditing(&mut self, _done: usize, _all: usize) {}
    /// The dev file was scored; `best` says whether never better before.
    fn evaluated(&mut self, _progress: &Progress, _scores: &Scores, _best: bool) {}
    /// A run of a comparison begins, or goes on.
    fn run_begins(&mut self, _runs: &RunsProgress) {}
    /// A run of a comparison took a step.
    fn compared(&mut self, _runs: &RunsProgress) {}
    /// Whether to save a checkpoint and stop now.
    fn should_stop(&self) -> bool {
        false
    }
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
