//! How far long work is.

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Optimizer steps taken, of `total_steps`.
    pub step: u64,
    /// The optimizer steps of the whole run.
    pub total_steps: u64,
    /// The epoch that the next step belongs to, with its fraction done.
    pub epoch: f64,
    /// The loss of the last step, a mean over pairs.
    pub loss: f64,
    /// Training documents a second since this process began.
    pub documents_per_second: f64,
    /// Seconds left, from the rate so far.
    pub seconds_left: f64,
}

/// How far several runs are, one of which is on.
#[derive(Debug, Clone, PartialEq)]
pub struct RunsProgress {
    /// The number of the run that is on, from 1.
    pub run: usize,
    /// Of so many.
    pub runs: usize,
    /// Its row.
    pub row: String,
    /// Its seed; `None` for a model that isn't trained.
    pub seed: Option<u64>,
    /// Seconds left until all runs are done, judged by those that are; `None` before there is
    /// anything to judge by.
    pub seconds_left: Option<f64>,
}
