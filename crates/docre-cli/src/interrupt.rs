//! Ctrl-C (and the signals to end) during a run.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::messages::note;

/// The exit code of a program that Ctrl-C ended.
pub const STOPPED: u8 = 130;

/// Whether the user asked to stop. The second time the program ends at once.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. Called once.
    pub fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        let handler = move || {
            if flag.swap(true, Ordering::Relaxed) {
                process::exit(STOPPED.into());
            }
            note("stopping as soon as what was done is saved; once more to stop at once");
        };
        ctrlc::set_handler(handler).expect("nothing else listens");
        Self(asked)
    }

    /// Whether the user asked to stop.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
