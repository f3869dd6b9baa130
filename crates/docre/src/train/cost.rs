//! What a run costs: `cost.json`.

use std::{path::Path, time::Instant};

use serde::{Deserialize, Serialize};

use crate::{Result, files, progress::peak_megabytes};

/// The file's name.
const NAME: &str = "cost.json";

/// What a run has cost, over all processes that took part in it. It is saved with each
/// checkpoint, so a step that was lost to a kill and taken again counts once. Reading the
/// documents and a teacher's scoring of them aren't counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds by the clock for training steps and checkpoints.
    pub training_seconds: f64,
    /// Seconds by the clock for scoring the dev file.
    pub evaluation_seconds: f64,
    /// Training documents read, one as often as there are epochs.
    pub documents: u64,
    /// The most memory that a process of this run has held, in MB (2^20 bytes); missing where
    /// the system doesn't tell, or where the process held more before the run began.
    pub peak_megabytes: Option<f64>,
}

impl Cost {
    /// Training documents a second, evaluations not counted.
    pub fn documents_per_second(&self) -> f64 {
        self.documents as f64 / self.training_seconds.max(1e-9)
    }

    /// Seconds of training and evaluation.
    pub fn seconds(&self) -> f64 {
        self.training_seconds + self.evaluation_seconds
    }

    /// The cost of two runs, one after the other.
    ///
    /// ```
    /// use docre::train::Cost;
    ///
    /// let teacher = Cost { training_seconds: 2.0, peak_megabytes: Some(9.0), ..Cost::default() };
    /// let student = Cost { training_seconds: 3.0, peak_megabytes: Some(7.0), ..teacher };
    /// let both = teacher.and(&student);
    /// assert_eq!((both.training_seconds, both.peak_megabytes), (5.0, Some(9.0)));
    /// ```
    #[must_use]
    pub fn and(&self, next: &Self) -> Self {
        Self {
            training_seconds: self.training_seconds + next.training_seconds,
            evaluation_seconds: self.evaluation_seconds + next.evaluation_seconds,
            documents: self.documents + next.documents,
            peak_megabytes: larger(self.peak_megabytes, next.peak_megabytes),
        }
    }

    pub(crate) fn write(&self, run: &Path) -> Result<()> {
        files::write_json(run.join(NAME), self)
    }

    /// The cost of a finished run; `None` if it isn't finished, or of a docre that didn't
    /// measure it.
    pub fn read(run: impl AsRef<Path>) -> Result<Option<Self>> {
        files::read_json(&run.as_ref().join(NAME), "the cost of a run")
    }
}

fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

/// Measures what this process adds to a run.
#[derive(Debug)]
pub(crate) struct Clock {
    begun: Instant,
    /// What earlier processes have spent; `None` where one of them didn't measure it.
    before: Option<Cost>,
    /// What the process had held when the run began: more than that is the run's.
    held: Option<f64>,
    evaluating: f64,
    documents: usize,
    steps: u64,
}

impl Clock {
    /// Starts after what earlier processes have spent.
    pub fn start(before: Option<Cost>) -> Self {
        let (begun, held) = (Instant::now(), peak_megabytes());
        Self { begun, before, held, evaluating: 0.0, documents: 0, steps: 0 }
    }

    /// Counts a step.
    pub fn step(&mut self, documents: usize) {
        self.documents += documents;
        self.steps += 1;
    }

    /// Counts an evaluation.
    pub fn evaluated_since(&mut self, begun: Instant) {
        self.evaluating += begun.elapsed().as_secs_f64();
    }

    /// Documents a second in this process, evaluations not counted.
    pub fn documents_per_second(&self) -> f64 {
        self.documents as f64 / self.training_seconds()
    }

    /// How long so many steps take.
    pub fn seconds_for(&self, steps: u64) -> f64 {
        self.training_seconds() / self.steps as f64 * steps as f64
    }

    /// What the run has cost so far, where all of it was measured.
    pub fn cost(&self) -> Option<Cost> {
        let peak = peak_megabytes().filter(|peak| self.held.is_none_or(|held| *peak > held));
        let own = Cost {
            training_seconds: self.training_seconds(),
            evaluation_seconds: self.evaluating,
            documents: self.documents as u64,
            peak_megabytes: peak,
        };
        self.before.map(|before| before.and(&own))
    }

    fn training_seconds(&self) -> f64 {
        (self.begun.elapsed().as_secs_f64() - self.evaluating).max(1e-9)
    }
}
