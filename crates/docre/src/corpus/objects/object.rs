//! An object of a file, and where it stood.

use std::path::{Path, PathBuf};

/// An unparsed object, and where it stood.
#[derive(Debug)]
pub(in crate::corpus) struct Object {
    pub(super) bytes: Vec<u8>,
    /// Its place in the file, from 0.
    pub index: usize,
    pub(super) noun: &'static str,
    /// In JSON lines its line, from 1.
    pub(super) line: Option<usize>,
    /// In a folder its own file.
    pub file: Option<PathBuf>,
    /// What its file is called in its folder.
    pub(super) name: Option<String>,
}

impl Object {
    /// One that stands alone.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, index: 0, noun: "document", line: None, file: None, name: None }
    }

    /// One that is a whole file of a folder.
    pub fn of_file(bytes: Vec<u8>, index: usize, noun: &'static str, file: PathBuf) -> Self {
        Self { bytes, index, noun, line: None, file: Some(file), name: None }
    }

    /// One that begins on this line, from 1.
    pub fn of_line(bytes: Vec<u8>, index: usize, noun: &'static str, line: usize) -> Self {
        Self { bytes, index, noun, line: Some(line), file: None, name: None }
    }

    /// The same with the name of its file.
    pub fn named(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same of this file of a folder.
    pub fn in_file(self, file: &Path) -> Self {
        Self { file: Some(file.to_path_buf()), ..self }
    }

    /// What its file is called in its folder, without the ending.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The line of the file on which it begins, from 1.
    pub fn first_line(&self) -> usize {
        self.line.unwrap_or(1)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.trim_ascii()
    }

    /// Its bytes with the white space around them.
    pub fn untrimmed(&self) -> &[u8] {
        &self.bytes
    }

    /// Its place in the file in words: "document 12".
    pub fn place(&self) -> String {
        place(self.noun, self.index, self.line)
    }
}

/// A place in the file in words.
pub(super) fn place(noun: &str, index: usize, line: Option<usize>) -> String {
    match line {
        None => format!("{noun} {index}"),
        Some(line) => format!("{noun} {index} (line {line})"),
    }
}
