//! Errors for people: where, what, and what to do.

use std::path::{Path, PathBuf};

/// The result of everything in this crate that a user's input can make fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A mistake that the user, not the program, has to mend. The message is one
/// sentence: where, what, and where it helps what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused to read or write a file.
    #[error("{path}: cannot {action}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that can be read doesn't hold what it should.
    #[error("{path}: {problem}", path = path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// One document of a file is wrong.
    #[error("{path}: document {index} \"{title}\"{} {problem}", comma(problem), path = path.display())]
    Document {
        /// The data file.
        path: PathBuf,
        /// Its place in the file, from 0.
        index: usize,
        /// Its title.
        title: String,
        /// What is wrong: the place inside the document and its problem, or a sentence of which
        /// the document is the subject ("has no labels").
        problem: String,
    },
    /// A setting (recipe key or command-line option) has an impossible value.
    #[error("{key}: {problem}")]
    Setting {
        /// The key, with its section: `optimizer.encoder_rate`.
        key: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

/// What stands between a document and a place inside it, but not between subject and verb.
fn comma(problem: &str) -> &'static str {
    if problem.starts_with("has ") || problem.starts_with("can't ") { "" } else { "," }
}

impl Error {
    /// An [`Error::Io`] for use with `map_err`.
    pub fn io(path: impl AsRef<Path>, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    /// An [`Error::File`].
    pub fn file(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::File { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }

    /// An [`Error::Setting`].
    pub fn setting(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Setting { key: key.into(), problem: problem.into() }
    }
}

/// What is wrong with a TOML text, on one line, with the number of the text's line.
#[cfg(feature = "model")]
pub(crate) fn in_toml(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', ", ");
    let message = message.replace("expected usize", "expected a whole number, 0 or more");
    let message = message.replace("expected u64", "expected a whole number, 0 or more");
    let message = message.replace("expected f64", "expected a number");
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) if !text.is_empty() => {
            format!("line {}: {message}", before.matches('\n').count() + 1)
        }
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_document_is_the_subject_or_the_place_of_a_problem() {
        let document = |problem: &str| {
            let (path, title, problem) = ("d.json".into(), "A".into(), problem.into());
            Error::Document { path, index: 2, title, problem }.to_string()
        };
        assert_eq!(document("has no labels"), "d.json: document 2 \"A\" has no labels");
        assert_eq!(document("sents: is empty"), "d.json: document 2 \"A\", sents: is empty");
    }
}
