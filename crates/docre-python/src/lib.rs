//! What the Python package `docre` has of the library. Nothing here is a program's to call: the
//! package beside it (`python/docre`) is what people import.

mod command;
mod document;
mod errors;
mod files;
mod interrupt;
mod json;
mod model;
mod observer;
mod results;
mod runs;
mod tables;

use pyo3::prelude::*;

/// The part of the package that is written in Rust.
#[pymodule]
mod _docre {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::{
        command::run_command,
        document::PyDocument,
        files::{convert, read, write},
        model::PyModel,
        results::PyResults,
        runs::{compare, compare_list, evaluate_model, evaluate_predictions, train},
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
