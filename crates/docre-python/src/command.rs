//! The command line, as a part of the package.

use std::{ffi::OsString, process::ExitCode};

use pyo3::prelude::*;

/// Runs the command line with these arguments, the program's name first, and gives its exit code.
#[pyfunction]
pub fn run_command(py: Python, arguments: Vec<OsString>) -> u8 {
    let code = py.detach(|| docre_cli::run(arguments));
    let is_it = |number: &u8| ExitCode::from(*number) == code;
    (0..=u8::MAX).find(is_it).unwrap_or(u8::MAX)
}
