//! Tells a format by what is in a file.

use std::io::{Read, Seek};
use std::path::Path;

use super::Format;
use crate::corpus::beginning::BEGINNING;
use crate::corpus::folder::list;
use crate::corpus::objects::Objects;
use crate::{Error, Result, inputs};

impl Format {
    /// Tells the format of a file or folder by what is in it.
    pub fn guess(path: impl AsRef<Path>) -> Result<Self> {
        guess(path.as_ref())
    }
}

fn guess(path: &Path) -> Result<Format> {
    if path.is_dir() {
        return of_folder(path);
    }
    let by_name = Format::all().find(|format| (format.0.tell.name)(path));
    let mut file = inputs::open_data(path)?;
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        return Ok(by_name.unwrap_or(Format::DOCRED)); // a pipe can't be read twice
    }
    let mut beginning = Vec::new();
    let read = (&mut file).take(BEGINNING).read_to_end(&mut beginning);
    read.and_then(|_| file.rewind()).map_err(Error::io(path, "read"))?;
    // How a file begins says more than its name: PubTator's are called .tsv, too.
    if let Some(format) = Format::of_beginning(&beginning).or(by_name) {
        return Ok(format);
    }
    let objects = Objects::new(file, path, "document").map_err(|broken| broken.of(path))?;
    match objects.or_lists().next() {
        Some(Ok(object)) => Ok(Format::of_object(object.bytes())),
        Some(Err(broken)) => Err(broken.of(path)),
        None => Ok(Format::DOCRED),
    }
}

fn of_folder(path: &Path) -> Result<Format> {
    for format in Format::all() {
        if (format.0.tell.folder)(path)? {
            return Ok(format);
        }
    }
    if !list(path, "txt")?.is_empty() {
        let problem = "is a folder of texts without annotations (.ann files). Relations are found \
                       between entities that are given: mark them in brat, or in an editor as \
                       marked text";
        return Err(Error::file(path, problem));
    }
    Err(Error::file(
        path,
        "is a folder without .ann files (brat) and without annotation files of DWIE; name a file, \
         or a folder with one of these",
    ))
}
