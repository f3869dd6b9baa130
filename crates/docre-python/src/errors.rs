//! The library's errors as Python's exceptions, which `docre/errors.py` defines.

use docre::{Error, ErrorKind};
use pyo3::prelude::*;

/// What a function that Python calls gives back.
pub type PyResult<T> = std::result::Result<T, PyErr>;

/// The exception of an error, of the class that its kind has.
pub fn exception(error: &Error) -> PyErr {
    of_class(class(error.kind()), &error.to_string())
}

/// A `docre.SettingError`.
pub fn bad_setting(key: &str, problem: &str) -> PyErr {
    exception(&Error::setting(key, problem))
}

fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadDocument => "DocumentError",
        ErrorKind::BadSetting => "SettingError",
        ErrorKind::MissingFile => "MissingFileError",
        ErrorKind::BadFile | ErrorKind::System => "FileError",
        ErrorKind::Limit => "LimitError",
        ErrorKind::Unsupported => "NotSupportedError",
        _ => "Error",
    }
}

/// An exception of a class of `docre.errors`.
pub fn of_class(class: &str, message: &str) -> PyErr {
    Python::attach(|py| {
        let made =
            py.import("docre.errors").and_then(|module| module.getattr(class)?.call1((message,)));
        made.map_or_else(|error| error, PyErr::from_value)
    })
}

/// Turns the library's results into those of Python.
pub trait OrException<T> {
    /// The value, or the exception of its class.
    fn or_exception(self) -> PyResult<T>;
}

impl<T> OrException<T> for docre::Result<T> {
    fn or_exception(self) -> PyResult<T> {
        self.map_err(|error| exception(&error))
    }
}
