//! The docre command line: parses, calls the library, prints.

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

use std::process::ExitCode;

fn main() -> ExitCode {
    memory::keep_freed();
    full_disk::is_an_error();
    let cli = options::parse();
    let result = threads::check().and_then(|()| cli.run());
    result.unwrap_or_else(|error| messages::end_with(&options::named(error)))
}
