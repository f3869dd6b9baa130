//! The docre command line: parses, calls the library, prints.

mod cli;
mod commands;
mod device;
mod download;
mod encoder;
mod interrupt;
mod messages;
mod observer;
mod output;
mod scores;
mod table;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let result = cli::Cli::parse().run();
    result.unwrap_or_else(|error| messages::end_with(&error))
}
