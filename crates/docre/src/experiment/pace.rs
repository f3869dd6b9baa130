//! How far several pieces of work are together.

use std::collections::HashMap;

use crate::{
    progress::{Event, Observer, Part, Progress},
    train::Cost,
};

/// What pieces of work have taken so far, to judge by what those to come will take.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The seconds of those of a kind.
    of_kinds: HashMap<String, Vec<f64>>,
}

impl Pace {
    /// Adds a piece that is done.
    pub fn add(&mut self, kind: String, cost: &Cost) {
        self.of_kinds.entry(kind).or_default().push(cost.seconds());
    }

    /// The mean of those of the kind, or else of all.
    fn expected(&self, kind: &str) -> Option<f64> {
        match self.of_kinds.get(kind) {
            Some(seconds) => mean(seconds.iter()),
            None => mean(self.of_kinds.values().flatten()),
        }
    }

    /// What pieces of these kinds will take.
    pub fn ahead(&self, kinds: impl Iterator<Item = String>) -> Ahead {
        let mut ahead = Ahead::default();
        for kind in kinds {
            match self.expected(&kind) {
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

/// Tells an observer of one piece's progress, and of the whole's with it.
pub(super) struct Paced<'a> {
    pub inner: &'a mut dyn Observer,
    pub part: Part,
    pub ahead: Ahead,
}

impl Paced<'_> {
    /// The piece that is on stands for those of which nothing is known.
    fn seconds_left(&self, progress: &Progress) -> Option<f64> {
        let left = progress.total_steps - progress.step;
        let in_all = match left {
            0 if self.ahead.unknown > 0 => return self.part.seconds_left,
            0 => 0.0,
            left => progress.seconds_left / left as f64 * progress.total_steps as f64,
        };
        let ahead = self.ahead.seconds + self.ahead.unknown as f64 * in_all;
        Some(progress.seconds_left + ahead)
    }
}

impl Observer for Paced<'_> {
    fn tell(&mut self, event: Event) {
        if let Event::Step(progress) = event {
            self.part.seconds_left = self.seconds_left(progress);
            self.inner.tell(Event::Together(&self.part));
        }
        self.inner.tell(event);
    }

    fn should_stop(&self) -> bool {
        self.inner.should_stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn left(ahead: Ahead, step: u64) -> Option<f64> {
        let part =
            Part { what: "run", number: 1, of: 3, names: Vec::new(), seconds_left: Some(7.0) };
        let seconds_left = (10 - step) as f64 * 2.0;
        let progress = Progress {
            step,
            total_steps: 10,
            epoch: 0.0,
            loss: 0.0,
            documents_per_second: 1.0,
            seconds_left,
        };
        Paced { inner: &mut Silent, part, ahead }.seconds_left(&progress)
    }

    #[test]
    fn runs_to_come_take_as_long_as_those_of_their_row() {
        fn kinds<'a>(names: &'a [&str]) -> impl Iterator<Item = String> + 'a {
            names.iter().map(|name| (*name).to_owned())
        }
        let mut pace = Pace::default();
        assert_eq!(pace.ahead(kinds(&["a", "b"])), Ahead { seconds: 0.0, unknown: 2 });
        for (kind, training_seconds) in [("a", 10.0), ("a", 20.0), ("b", 60.0)] {
            pace.add(kind.into(), &Cost { training_seconds, ..Cost::default() });
        }
        let ahead = pace.ahead(kinds(&["a", "b", "c"]));
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
