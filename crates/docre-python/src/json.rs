//! JSON, in which all but tables goes between Rust and Python.

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use serde::Serialize;

/// A value as JSON.
pub fn text(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
