//! What goes to standard output.

use std::{
    fmt::Display,
    io::{self, Write},
};

use docre::{Error, Result};
use serde_json::{Value, to_value};

/// What messages call it.
pub const NAME: &str = "standard output";

/// Prints a line, or several.
pub fn print(text: impl Display) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(Error::io(NAME, "write"))
}

/// Prints one JSON value over several lines.
pub fn print_json(value: &Value) -> Result<()> {
    print(format_args!("{value:#}"))
}

/// A result as JSON.
pub fn json(value: &impl serde::Serialize) -> Value {
    to_value(value).expect("results have a JSON form")
}

/// Standard output as a file, for results that come piece by piece.
pub fn file() -> Result<std::fs::File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    handle.map(Into::into).map_err(Error::io(NAME, "write"))
}
