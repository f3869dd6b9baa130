//! Whole files of documents, read and checked.

use std::collections::HashMap;
use std::path::Path;

use super::options::ReadOptions;
use super::problems::LeftOut;
use super::reader::read;
use crate::document::Document;
use crate::{Error, Result, inputs};

/// Reads a whole file of documents on all threads. Refuses it with all that is wrong in it.
pub fn read_all(path: impl AsRef<Path>) -> Result<Vec<Document>> {
    Ok(read_all_with(path, &ReadOptions::default())?.0)
}

/// The same, read in this way, with what is left out because it is wrong.
pub fn read_all_with(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<(Vec<Document>, LeftOut)> {
    let mut documents = Vec::new();
    let problems = read(path)?.with_options(options.clone()).process_whole(
        |read| read.document,
        |document| -> Result<()> {
            documents.push(document);
            Ok(())
        },
    )?;
    Ok((documents, problems.into()))
}

/// Reads a whole file through on all threads, holding some hundred documents at a time,
/// and returns how many there are. Refuses bad documents, one whose title an earlier one
/// has, and a pipe, of which nothing would be left to read.
pub fn check_file(path: impl AsRef<Path>) -> Result<usize> {
    Ok(check_file_with(path, &ReadOptions::default())?.0)
}

/// The same, read in this way, with what is left out because it is wrong.
pub fn check_file_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<(usize, LeftOut)> {
    let path = path.as_ref();
    inputs::check_rereadable(path)?;
    let mut first = HashMap::new();
    let problems = read(path)?.with_options(options.clone()).process_whole(
        |read| (read.index, read.document.title),
        |(index, title)| match first.insert(title.clone(), index) {
            Some(earlier) => Err(repeated_title(path, index, title, earlier)),
            None => Ok(()),
        },
    )?;
    Ok((first.len(), problems.into()))
}

/// Refuses documents that share a title, where results have to be told apart by it.
/// `path` is the file to name.
pub fn check_unique_titles(path: impl AsRef<Path>, documents: &[Document]) -> Result<()> {
    let mut first = HashMap::new();
    for (index, document) in documents.iter().enumerate() {
        if let Some(earlier) = first.insert(document.title.as_str(), index) {
            let title = document.title.clone();
            return Err(repeated_title(path.as_ref(), index, title, earlier));
        }
    }
    Ok(())
}

fn repeated_title(path: &Path, index: usize, title: String, earlier: usize) -> Error {
    let problem = format!("title: document {earlier} has it too, so results can't be told apart");
    Error::Document { path: path.to_path_buf(), index, title, problem }
}
