//! The program `docre`.

use std::process::ExitCode;

fn main() -> ExitCode {
    docre_cli::run(std::env::args_os())
}
