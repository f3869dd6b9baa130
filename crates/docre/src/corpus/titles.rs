//! Documents chosen by a list of titles.

use std::collections::HashSet;
use std::path::Path;

use super::words::shortened;
use crate::inputs::read_settings;
use crate::{Error, Result};

/// Which documents are taken, by their titles: all where neither list is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Titles {
    /// Only these.
    pub only: Option<HashSet<String>>,
    /// All but these.
    pub without: Option<HashSet<String>>,
}

impl Titles {
    /// Reads a list: JSON's list of texts, or a title a line.
    pub fn read(path: impl AsRef<Path>) -> Result<HashSet<String>> {
        let path = path.as_ref();
        let text = read_settings(path)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let titles: HashSet<String> = match text.trim_start().starts_with('[') {
            true => serde_json::from_str(text).map_err(|error| {
                let place = (error.line(), error.column());
                let problem = "should be a list of titles, or have a title a line";
                Error::file(path, format!("{problem} (line {}, column {})", place.0, place.1))
            })?,
            false => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(str::to_owned).collect()
            }
        };
        match titles.is_empty() {
            true => Err(Error::file(path, "names no title")),
            false => Ok(titles),
        }
    }

    /// Whether a document is taken.
    pub(super) fn has(&self, title: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(title))
            && !self.without.as_ref().is_some_and(|without| without.contains(title))
    }

    /// The titles of both lists that no document has.
    pub(super) fn unused(&self, found: &HashSet<String>) -> Vec<String> {
        let named = self.only.iter().chain(&self.without).flatten();
        let mut unused: Vec<_> = named.filter(|title| !found.contains(*title)).cloned().collect();
        unused.sort();
        unused.dedup();
        unused
    }

    /// Says that no document is taken.
    pub(super) fn refuse_none(&self, input: &Path, unused: &[String]) -> Result<()> {
        let example = match unused.first() {
            Some(title) => format!("; no document is called \"{}\"", shortened(title)),
            None => String::new(),
        };
        Err(Error::file(input, format!("has no document that the titles leave{example}")))
    }
}
