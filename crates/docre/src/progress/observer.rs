//! Who listens to long work.

use super::Event;

/// Listens to long work, and can ask it to stop. A closure that takes events is one.
///
/// ```
/// use docre::progress::{Event, Observer};
///
/// let mut lines = Vec::new();
/// let mut listen = |event: Event| {
///     if let Event::Note(line) = event {
///         lines.push(line.to_owned());
///     }
/// };
/// let observer: &mut dyn Observer = &mut listen;
/// observer.tell(Event::Note("it begins"));
/// assert_eq!(lines, ["it begins"]);
/// ```
pub trait Observer {
    /// Is told what happens.
    fn tell(&mut self, event: Event);

    /// Whether to save what is done and stop now.
    fn should_stop(&self) -> bool {
        false
    }
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn tell(&mut self, _event: Event) {}
}

impl<F: FnMut(Event)> Observer for F {
    fn tell(&mut self, event: Event) {
        self(event);
    }
}

impl dyn Observer + '_ {
    /// Tells something that is worth a line.
    pub(crate) fn note(&mut self, line: &str) {
        self.tell(Event::Note(line));
    }

    /// Tells how many documents something was done to.
    pub(crate) fn documents(&mut self, what: &'static str, done: usize, all: usize) {
        self.tell(Event::Documents { what, done, all });
    }
}
