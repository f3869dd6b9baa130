//! The docre command line: parses, calls the library, prints.

mod cli;
mod commands;
mod compute;
mod download;
mod encoder;
mod interrupt;
mod judged;
mod long_work;
mod memory;
mod messages;
mod observer;
mod output;
mod outputs;
mod scores;
mod table;
mod threads;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    memory::keep_freed();
    let cli = cli::Cli::parse();
    let result = threads::check().and_then(|()| cli.run());
    result.unwrap_or_else(|error| messages::end_with(&error))
}
