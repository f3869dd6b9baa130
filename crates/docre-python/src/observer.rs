//! Tells Python how long work goes, and stops it when Python asks.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use docre::progress::{Event, Observer, Progress};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::errors::OrException;

/// Calls a function of Python with each event, as JSON, and stops where a signal's handler or the
/// function raises.
pub struct PyObserver {
    tell: Option<Py<PyAny>>,
    /// What was raised.
    raised: RefCell<Option<PyErr>>,
}

impl PyObserver {
    /// Tells this function.
    pub fn new(tell: Option<Py<PyAny>>) -> Self {
        Self { tell, raised: RefCell::new(None) }
    }

    /// What was raised, if anything was.
    pub fn raised(self) -> Option<PyErr> {
        self.raised.into_inner()
    }

    fn keep(&self, result: PyResult<()>) {
        if let Err(error) = result {
            self.raised.borrow_mut().get_or_insert(error);
        }
    }
}

/// Does work that has no way to stop early, and leaves it where a signal's handler or the listener
/// raises: by unwinding from the observer, which is told between two batches.
pub fn leave_where_raised<T>(
    tell: Option<Py<PyAny>>,
    work: impl FnOnce(&mut dyn Observer) -> docre::Result<T>,
) -> PyResult<T> {
    let mut observer = Leaving(PyObserver::new(tell));
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut observer)));
    match (observer.0.raised(), done) {
        (Some(raised), _) => Err(raised),
        (None, Ok(done)) => done.or_exception(),
        (None, Err(panic)) => resume_unwind(panic),
    }
}

/// Unwinds where Python raises.
struct Leaving(PyObserver);

impl Observer for Leaving {
    fn tell(&mut self, event: Event) {
        self.0.tell(event);
        if self.0.should_stop() {
            // Not a panic: nothing is reported.
            resume_unwind(Box::new(()));
        }
    }
}

impl Observer for PyObserver {
    fn tell(&mut self, event: Event) {
        let (Some(tell), Some(event)) = (&self.tell, event_json(event)) else { return };
        let told = Python::attach(|py| tell.call1(py, (event.to_string(),)).map(|_| ()));
        self.keep(told);
    }

    fn should_stop(&self) -> bool {
        self.keep(crate::interrupt::check());
        self.raised.borrow().is_some()
    }
}

/// What happens, under the key `event`; `None` for what nobody has to know.
fn event_json(event: Event) -> Option<Value> {
    Some(match event {
        Event::Note(text) => json!({"event": "note", "text": text}),
        Event::Warning(warning) => json!({"event": "warning", "text": warning.to_string()}),
        Event::Begins(part) => json!({"event": "part", "text": part.to_string()}),
        Event::Step(progress) => with_progress("step", progress),
        Event::Documents { what, done, all } => {
            json!({"event": "documents", "what": what, "done": done, "all": all})
        }
        Event::Scored { progress, scores, best, .. } => {
            let mut told = with_progress("scored", progress);
            told["f1"] = scores.facts.f1().into();
            told["best"] = best.into();
            told
        }
        _ => return None,
    })
}

fn with_progress(event: &str, progress: &Progress) -> Value {
    json!({
        "event": event,
        "step": progress.step,
        "total_steps": progress.total_steps,
        "epoch": progress.epoch,
        "loss": progress.loss,
        "documents_per_second": progress.documents_per_second,
        "seconds_left": progress.seconds_left,
    })
}
