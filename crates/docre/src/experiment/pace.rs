//! How far several pieces of work are together.

use std::collections::HashMap;

use super::resume::Resumable;
use crate::{
    Result,
    progress::{Event, Observer, Part, PartName, Progress},
};

/// What pieces of work have taken so far, to judge by what those to come will take.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The seconds of those that have the same first name, as it is written.
    like: HashMap<String, Vec<f64>>,
}

impl Pace {
    /// Adds a piece that is done.
    pub fn add(&mut self, piece: &impl Resumable) -> Result<()> {
        if let Some(cost) = piece.cost()? {
            self.like.entry(kind(&piece.names())).or_default().push(cost.seconds());
        }
        Ok(())
    }

    /// The mean of those like it, or else of all.
    fn expected(&self, kind: &str) -> Option<f64> {
        match self.like.get(kind) {
            Some(seconds) => mean(seconds.iter()),
            None => mean(self.like.values().flatten()),
        }
    }

    /// What these pieces will take.
    pub fn ahead<'a, T: Resumable + 'a>(&self, pieces: impl Iterator<Item = &'a T>) -> Ahead {
        let mut ahead = Ahead::default();
        for piece in pieces {
            match self.expected(&kind(&piece.names())) {
                Some(seconds) => ahead.seconds += seconds,
                None => ahead.unknown += 1,
            }
        }
        ahead
    }
}

/// Pieces of one kind take as long as each other.
fn kind(names: &[PartName]) -> String {
    names.first().map(ToString::to_string).unwrap_or_default()
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
    use crate::{
        progress::{Outcome, Silent},
        recipe::Recipe,
        train::{Cost, Session},
    };

    /// A piece of this name that has taken so many seconds.
    struct Done(&'static str, f64);

    impl Resumable for Done {
        fn names(&self) -> Vec<PartName> {
            vec![PartName::word("row", self.0)]
        }

        fn check(&self) -> Result<()> {
            Ok(())
        }

        fn is_done(&self) -> Result<bool> {
            Ok(true)
        }

        fn recipes_left(&self) -> Result<Vec<Recipe>> {
            Ok(Vec::new())
        }

        fn go_on(&self, _session: &mut Session) -> Result<Outcome<()>> {
            Ok(Outcome::Finished(()))
        }

        fn cost(&self) -> Result<Option<Cost>> {
            Ok(Some(Cost { training_seconds: self.1, ..Cost::default() }))
        }
    }

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
        let to_come = |names: &[&'static str]| -> Vec<Done> {
            names.iter().map(|name| Done(name, 0.0)).collect()
        };
        let mut pace = Pace::default();
        let ahead = pace.ahead(to_come(&["a", "b"]).iter());
        assert_eq!(ahead, Ahead { seconds: 0.0, unknown: 2 });
        for done in [Done("a", 10.0), Done("a", 20.0), Done("b", 60.0)] {
            pace.add(&done).unwrap();
        }
        let ahead = pace.ahead(to_come(&["a", "b", "c"]).iter());
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
