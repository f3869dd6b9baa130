//! Files of documents.

use std::path::PathBuf;

use docre::corpus::{self, Format, ReadOptions, convert::ConvertOptions};
use pyo3::prelude::*;

use crate::{
    document::PyDocument,
    errors::{OrException, bad_setting, exception},
    interrupt, json,
};

/// How many documents are read or written between two looks at Ctrl-C.
const BETWEEN_LOOKS: usize = 64;

/// The documents of a file or folder; a lenient reading leaves out what is wrong.
#[pyfunction]
pub fn read(py: Python, path: PathBuf, lenient: bool) -> PyResult<Vec<PyDocument>> {
    let options = ReadOptions { lenient, ..ReadOptions::default() };
    let mut documents = Vec::new();
    let keep = |document| {
        documents.push(PyDocument::new(document));
        match documents.len().is_multiple_of(BETWEEN_LOOKS) {
            true => interrupt::check().map_err(Ended::Raised),
            false => Ok(()),
        }
    };
    let read =
        || corpus::read(&path)?.with_options(options).process_whole(|read| read.document, keep);
    match py.detach(read) {
        Ok(_) => Ok(documents),
        Err(Ended::Wrong(error)) => Err(exception(&error)),
        Err(Ended::Raised(raised)) => Err(raised),
    }
}

/// Why a reading ended before the file did.
enum Ended {
    /// The file is wrong.
    Wrong(docre::Error),
    /// A signal's handler has raised.
    Raised(PyErr),
}

impl From<docre::Error> for Ended {
    fn from(error: docre::Error) -> Self {
        Self::Wrong(error)
    }
}

/// Writes documents in DocRED's form: JSON lines where the name ends in `.jsonl`, else a list.
#[pyfunction]
pub fn write(py: Python, path: PathBuf, documents: Vec<Py<PyDocument>>) -> PyResult<()> {
    let documents: Vec<_> = documents.iter().map(|document| document.get().0.clone()).collect();
    py.detach(|| {
        let mut writer = corpus::DocumentWriter::create(&path).or_exception()?;
        for chunk in documents.chunks(BETWEEN_LOOKS) {
            interrupt::check()?;
            chunk.iter().try_for_each(|document| writer.push(document)).or_exception()?;
        }
        writer.finish().or_exception()
    })
}

/// Converts a file or folder, and tells what was done as JSON.
#[pyfunction]
pub fn convert(
    py: Python,
    input: PathBuf,
    output: PathBuf,
    from: Option<&str>,
    to: Option<&str>,
    lenient: bool,
) -> PyResult<String> {
    let read = ReadOptions { lenient, ..ReadOptions::default() };
    let (from, to) = (format("from_format", from)?, format("to_format", to)?);
    let options = ConvertOptions { from, to, read, ..ConvertOptions::default() };
    let done = py.detach(|| {
        corpus::check_data(&input)?;
        corpus::convert(&input, &output, &options)
    });
    json::text(&done.or_exception()?)
}

fn format(key: &str, name: Option<&str>) -> PyResult<Option<Format>> {
    let parse = |name: &str| name.parse().map_err(|problem: String| bad_setting(key, &problem));
    name.map(parse).transpose()
}
