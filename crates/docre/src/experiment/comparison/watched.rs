//! How far a comparison is as a whole.

use std::collections::HashMap;

use crate::{
    eval::Scores,
    progress::{Observer, Progress, RunsProgress},
    text::Warning,
    train::Cost,
};

/// What runs have taken so far, to judge by what those to come will take.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The seconds of each row's runs.
    of_rows: HashMap<String, Vec<f64>>,
}

impl Pace {
    /// Adds a run that is done.
    pub fn add(&mut self, row: &str, cost: &Cost) {
        self.of_rows.entry(row.to_owned()).or_default().push(cost.seconds());
    }

    /// The mean of the row's runs, or else of all.
    fn expected(&self, row: &str) -> Option<f64> {
        match self.of_rows.get(row) {
            Some(seconds) => mean(seconds.iter()),
            None => mean(self.of_rows.values().flatten()),
        }
    }

    /// What runs of these rows will take.
    pub fn ahead<'a>(&self, rows: impl Iterator<Item = &'a str>) -> Ahead {
        let mut ahead = Ahead::default();
        for row in rows {
            match self.expected(row) {
                Some(seconds) => ahead.seconds += seconds,
                None => ahead.unknown += 1,
            }
        }
        ahead
    }
}

fn mean<'a>(values: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The runs after the one that is on.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Ahead {
    /// What is expected of some of them.
    seconds: f64,
    /// The number of the others.
    unknown: usize,
}

/// Tells an observer of one run's progress, and of the whole's with it.
pub(super) struct Watched<'a> {
    pub inner: &'a mut dyn Observer,
    pub whole: RunsProgress,
    pub ahead: Ahead,
}

impl Watched<'_> {
    /// The run that is on stands for those of which nothing is known.
    fn seconds_left(&self, progress: &Progress) -> Option<f64> {
        let left = progress.total_steps - progress.step;
        let in_all = match left {
            0 if self.ahead.unknown > 0 => return self.whole.seconds_left,
            0 => 0.0,
            left => progress.seconds_left / left as f64 * progress.total_steps as f64,
        };
        let ahead = self.ahead.seconds + self.ahead.unknown as f64 * in_all;
        Some(progress.seconds_left + ahead)
    }
}

impl Observer for Watched<'_> {
    fn note(&mut self, line: &str) {
        self.inner.note(line);
    }

    fn warning(&mut self, warning: &Warning) {
        self.inner.warning(warning);
    }

    fn progress(&mut self, progress: &Progress) {
        self.whole.seconds_left = self.seconds_left(progress);
        self.inner.compared(&self.whole);
        self.inner.progress(progress);
    }

    fn evaluating(&mut self, done: usize, all: usize) {
        self.inner.evaluating(done, all);
    }

    fn scoring_with_teacher(&mut self, done: usize, all: usize) {
        self.inner.scoring_with_teacher(done, all);
    }

    fn evaluated(&mut self, progress: &Progress, scores: &Scores, best: bool) {
        self.inner.evaluated(progress, scores, best);
    }

    fn should_stop(&self) -> bool {
        self.inner.should_stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn cost(seconds: f64) -> Cost {
        Cost { training_seconds: seconds, ..Cost::default() }
    }

    fn left(ahead: Ahead, step: u64) -> Option<f64> {
        let whole =
            RunsProgress { run: 1, runs: 3, row: "a".into(), seed: None, seconds_left: Some(7.0) };
        let seconds_left = (10 - step) as f64 * 2.0;
        let progress = Progress {
            step,
            total_steps: 10,
            epoch: 0.0,
            loss: 0.0,
            documents_per_second: 1.0,
            seconds_left,
        };
        Watched { inner: &mut Silent, whole, ahead }.seconds_left(&progress)
    }

    #[test]
    fn runs_to_come_take_as_long_as_those_of_their_row() {
        let mut pace = Pace::default();
        assert_eq!(pace.ahead(["a", "b"].into_iter()), Ahead { seconds: 0.0, unknown: 2 });
        pace.add("a", &cost(10.0));
        pace.add("a", &cost(20.0));
        pace.add("b", &cost(60.0));
        let ahead = pace.ahead(["a", "b", "c"].into_iter());
        assert_eq!(ahead, Ahead { seconds: 15.0 + 60.0 + 30.0, unknown: 0 });
        assert_eq!(left(ahead, 5), Some(10.0 + 105.0));
        assert_eq!(left(ahead, 10), Some(105.0));
    }

    #[test]
    fn before_any_run_is_done_the_first_one_is_the_measure() {
        let ahead = Ahead { seconds: 0.0, unknown: 2 };
        assert_eq!(left(ahead, 4), Some(12.0 + 2.0 * 20.0));
        assert_eq!(left(ahead, 10), Some(7.0), "the last guess");
    }
}
