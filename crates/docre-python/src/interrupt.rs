//! Ctrl-C in long calls.

use pyo3::prelude::*;

/// What Python's signal handlers say: an error, usually `KeyboardInterrupt`, where the call is to
/// end. Handlers run in Python's main thread alone; elsewhere nothing is said.
pub fn check() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}
