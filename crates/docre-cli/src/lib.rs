//! The docre command line: parses, calls the library, prints.
//!
//! It is a library so that the Python package has it too.

mod cli;
mod commands;
mod compute;
mod download;
mod encoder;
mod full_disk;
mod interrupt;
mod judged;
mod long_work;
mod memory;
mod messages;
mod observer;
mod options;
mod output;
mod outputs;
mod reading;
mod scope;
mod scores;
mod table;
mod threads;

use std::{ffi::OsString, process::ExitCode};

/// Runs the command line with these arguments, of which the first is the program's name, as the
/// program `docre` does: for a program that has it as a part.
///
/// Called once, and before other threads run: it sets how the process keeps its memory and hears
/// signals. `--help` and what can't be understood end the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    memory::keep_freed();
    full_disk::is_an_error();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = options::parse(&arguments);
    let result = threads::check().and_then(|()| cli.run());
    result.unwrap_or_else(|error| messages::end_with(&options::named(error, &arguments)))
}
