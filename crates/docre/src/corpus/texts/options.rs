//! How texts are read.

use std::path::PathBuf;

use crate::corpus::format::Format;
use crate::{Error, Result};

/// How texts are read.
#[derive(Debug, Clone, Default)]
pub struct TextOptions {
    /// The label that says that no other holds (GoEmotions: `neutral`).
    pub none: Option<String>,
    /// A file with the names of labels, one a line, in the order of their ids. Without it
    /// `labels.txt` beside the texts is taken, where ids need names.
    pub names: Option<PathBuf>,
}

impl TextOptions {
    /// Refuses what is said about texts where the file is of another format.
    pub fn check_format(&self, format: Format) -> Result<()> {
        if format == Format::TEXTS {
            return Ok(());
        }
        let given = [("none", self.none.is_some()), ("names", self.names.is_some())];
        let Some((name, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
        let problem = format!("is about texts with labels, but the file's format is {format}");
        Err(Error::setting(name, problem))
    }
}
