//! How long work ended.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::PartName;

/// How long work ended: a run, a chain of runs, seeds, a comparison or an audit.
///
/// Its JSON says `"outcome": "finished"` beside what was reached, or `"outcome": "stopped"` beside
/// where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome<T> {
    /// Nothing is left to do, and this was reached.
    Finished(T),
    /// The observer asked to stop. What was done is saved, and the same work goes on from there.
    Stopped(Stopped),
}

/// Where stopped work stands.
///
/// ```
/// use docre::progress::{Outcome, PartName, Stopped};
///
/// let seed = Outcome::<()>::stopped_at(12).within(&[PartName::number("seed", 66)]);
/// let Outcome::Stopped(stopped) = seed.within(&[PartName::word("row", "CMM")]) else { panic!() };
/// assert_eq!(stopped.to_string(), "step 12 of row \"CMM\", seed 66");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The piece of work that goes on the next time, from the outermost to the innermost; empty
    /// for a single run.
    pub within: Vec<PartName>,
    /// The training steps that it has taken.
    pub step: u64,
}

impl<T> Outcome<T> {
    /// Stopped after so many training steps.
    pub fn stopped_at(step: u64) -> Self {
        Self::Stopped(Stopped { within: Vec::new(), step })
    }

    /// The outcome of a piece of work as one of the whole.
    #[must_use]
    pub fn within(self, names: &[PartName]) -> Self {
        match self {
            Self::Stopped(Stopped { within, step }) => {
                Self::Stopped(Stopped { within: [names, &within].concat(), step })
            }
            finished => finished,
        }
    }

    /// The outcome with something else that was reached.
    pub fn map<U>(self, reached: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Finished(value) => Outcome::Finished(reached(value)),
            Self::Stopped(stopped) => Outcome::Stopped(stopped),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "step {}", self.step)?;
        for (place, name) in self.within.iter().enumerate() {
            write!(f, "{} {name}", if place == 0 { " of" } else { "," })?;
        }
        Ok(())
    }
}

impl Serialize for Stopped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.within.len() + 1))?;
        for PartName { kind, name } in &self.within {
            map.serialize_entry(kind, name)?;
        }
        map.serialize_entry("step", &self.step)?;
        map.end()
    }
}
