//! Long work that is shown, and that Ctrl-C stops.

use std::{ops::ControlFlow, path::Path, process::ExitCode};

use docre::{
    Result,
    progress::{Outcome, Stopped},
    train::Session,
};

use crate::{
    encoder::Search,
    interrupt::{Interrupt, STOPPED},
    messages::note,
    observer::ProgressLine,
    output,
};

/// Long work in a folder.
pub struct LongWork<'a> {
    /// How to find encoders.
    pub search: &'a Search,
    /// Where it is done.
    pub folder: &'a Path,
    /// Whether to print JSON where it is stopped.
    pub json: bool,
    /// What goes on with it.
    pub again: Again,
}

/// What goes on with work that was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The command that began it.
    SameCommand,
    /// `docre train --resume`.
    Resume,
}

/// What finished work has reached.
pub struct Reached<T> {
    /// The result.
    pub result: T,
    /// Whether there was anything to train.
    pub took_steps: bool,
}

impl LongWork<'_> {
    /// Does it to its end. Where Ctrl-C stops it, it is said how to go on, and the program ends
    /// with the exit code.
    pub fn run<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<Outcome<T>>,
    ) -> Result<ControlFlow<ExitCode, Reached<T>>> {
        let mut observer = ProgressLine::new(Some(Interrupt::listen()));
        let mut encoders = self.search.encoders();
        let outcome = work(&mut Session { encoders: &mut encoders, observer: &mut observer });
        observer.finish();
        let took_steps = observer.took_steps;
        match outcome? {
            Outcome::Finished(result) => Ok(ControlFlow::Continue(Reached { result, took_steps })),
            Outcome::Stopped(stopped) => {
                self.say_stopped(stopped, took_steps)?;
                Ok(ControlFlow::Break(ExitCode::from(STOPPED)))
            }
        }
    }

    fn say_stopped(&self, stopped: Stopped, took_steps: bool) -> Result<()> {
        let nothing_done = stopped.step == 0 && !took_steps;
        let again = match self.again {
            Again::Resume if nothing_done && stopped.within.is_empty() => {
                "nothing is saved yet; the same command starts again".into()
            }
            Again::Resume => {
                format!("go on with: docre train --resume --run {}", self.folder.display())
            }
            Again::SameCommand => "the same command goes on".into(),
        };
        note(format_args!("stopped at {stopped}; {again}"));
        if self.json {
            output::print_json(&self.with_folder(&Outcome::<()>::Stopped(stopped)))?;
        }
        Ok(())
    }

    /// An outcome as JSON, with its folder.
    pub fn with_folder<T: serde::Serialize>(&self, outcome: &Outcome<T>) -> serde_json::Value {
        let mut json = output::json(outcome);
        json["run"] = output::json(&self.folder);
        json
    }
}
