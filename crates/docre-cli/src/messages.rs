//! What goes to standard error.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

pub use docre::output::one_line;
use docre::{Error, Remedy, datasets::DataSet};

/// The exit code of a user's mistake.
const MISTAKE: u8 = 2;

/// The warnings that are shown; of the rest there is only the number.
const SHOWN: usize = 5;

/// Says what the user has to mend, and gives the exit code for it. When nobody
/// reads the output any more (`docre ... | head`) this is no mistake.
pub fn end_with(error: &Error) -> ExitCode {
    match error {
        Error::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Error::Several { .. } => {
            format!("error: {error}").lines().for_each(note);
            ExitCode::from(MISTAKE)
        }
        error => {
            show_error(error);
            ExitCode::from(MISTAKE)
        }
    }
}

/// The exit code where one thing of several went wrong and was named.
pub fn exit_code(mistakes: usize) -> ExitCode {
    if mistakes == 0 { ExitCode::SUCCESS } else { ExitCode::from(MISTAKE) }
}

/// Names a mistake, and the command that helps; the program goes on.
pub fn show_error(error: &Error) {
    note(format!("error: {}", in_words(error)));
}

/// A mistake, and the command that helps.
fn in_words(error: &Error) -> String {
    let command = match error.remedy() {
        Some(Remedy::Train) => "docre train writes one".into(),
        Some(Remedy::TuneThreshold) => "docre train tunes one on the dev file".into(),
        Some(Remedy::RunPlan) => "docre train runs it".into(),
        Some(Remedy::ListRecipes) => "`docre recipes` lists all".into(),
        Some(Remedy::GetDataSet(name)) => how_to_get(name),
        _ => return error.to_string(),
    };
    let error = error.to_string();
    let between = if error.ends_with('?') { "" } else { ";" };
    format!("{error}{between} {command}")
}

fn how_to_get(data_set: &str) -> String {
    match DataSet::find(data_set).and_then(|set| set.by_hand) {
        None => format!("docre pull {data_set} gets it"),
        Some(_) => format!("docre pull {data_set} says how it is got"),
    }
}

/// One line on standard error.
pub fn note(line: impl Display) {
    // Nothing can be said where standard error is closed.
    let _ = writeln!(io::stderr(), "{}", one_line(&line.to_string()));
}

/// Warnings, of which only the first are shown.
#[derive(Debug, Default)]
pub struct Warnings {
    count: usize,
}

impl Warnings {
    /// Shows a warning, unless there were many.
    pub fn push(&mut self, warning: impl Display) {
        self.count += 1;
        if self.count <= SHOWN {
            note(format!("warning: {warning}"));
        }
    }

    /// Tells how many warnings weren't shown.
    pub fn finish(&mut self) {
        if self.count > SHOWN {
            note(format!("warning: and {} more like these", self.count - SHOWN));
        }
        self.count = 0;
    }
}
