//! Documents in several files of a folder, each file with many.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::folder::{DOCUMENT_FILES, list_documents};
use super::format::Format;
use super::objects::{Broken, Object};
use super::reader::{Documents, read};
use crate::{Error, Result};

/// The objects of several files of one format, as if they were one file.
pub(super) struct Several {
    paths: std::vec::IntoIter<PathBuf>,
    /// The file that is being read.
    at: Option<(PathBuf, Box<Documents<File>>)>,
    format: Format,
}

impl Several {
    /// All of a folder; there has to be one.
    pub fn in_folder(folder: &Path, format: Format) -> Result<Self> {
        let paths = list_documents(folder)?;
        if paths.is_empty() {
            let endings = DOCUMENT_FILES.join(", .");
            return Err(Error::file(folder, format!("holds no file with the ending .{endings}")));
        }
        Ok(Self { paths: paths.into_iter(), at: None, format })
    }

    /// The next object of the file at hand.
    fn of_file(&mut self) -> Option<Result<Object, Error>> {
        let (path, documents) = self.at.as_mut()?;
        let object = match documents.next_object()? {
            Ok(object) => object,
            Err(broken) => return Some(Err(broken.of(path))),
        };
        let found = documents.format().unwrap_or(Format::DOCRED);
        if found != self.format {
            let problem = format!(
                "is of the format {found}, but the files before it in the folder are of {}; \
                 documents of several formats have to be converted first",
                self.format
            );
            let error = Error::file(&*path, problem);
            self.at = None; // once is enough
            return Some(Err(error));
        }
        Some(Ok(object.in_file(path)))
    }
}

impl Iterator for Several {
    type Item = Result<Object, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(object) = self.of_file() {
                return Some(object.map_err(Broken::File));
            }
            let path = self.paths.next()?;
            match read(&path) {
                Ok(documents) => self.at = Some((path, Box::new(documents))),
                Err(error) => return Some(Err(Broken::File(error))),
            }
        }
    }
}
