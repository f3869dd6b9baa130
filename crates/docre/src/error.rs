//! Errors for people: where, what, and what to do.

mod types;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use types::in_words;

/// The result of everything in this crate that a user's input can make fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A mistake that the user, not the program, has to mend. The message is one
/// sentence: where, what, and where it helps what to do.
///
/// What kind of mistake it is tells [`Error::kind`], for those who word it their own way.
///
/// ```
/// use docre::ErrorKind;
///
/// let error = docre::corpus::read("nothing.json").err().unwrap();
/// assert_eq!(error.kind(), ErrorKind::MissingFile);
/// assert!(error.to_string().starts_with("nothing.json: cannot read"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to read or write a file.
    #[error("{path}: cannot {action}: {source}", path = shown(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that can be read doesn't hold what it should.
    #[error("{path}: {problem}", path = shown(path), problem = brief(problem))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// One document of a file is wrong.
    #[error(
        "{path}: document {index} {title}{} {problem}", comma(problem), path = shown(path),
        title = brief(&format!("\"{title}\"")), problem = brief(problem)
    )]
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
    /// A document is wrong that isn't known to be in a file.
    #[error(
        "document {title}: {problem}",
        title = brief(&format!("\"{title}\"")), problem = brief(problem)
    )]
    LooseDocument {
        /// Its title.
        title: String,
        /// What is wrong, with the place inside the document.
        problem: String,
    },
    /// Several things of a file are wrong.
    #[error(
        "{path}: {count} things are wrong; leave them out by a lenient reading, or mend them:{list}",
        path = shown(path)
    )]
    Several {
        /// The file or folder.
        path: PathBuf,
        /// How many.
        count: usize,
        /// The first of them, each on a line of its own.
        list: String,
    },
    /// A setting (recipe key or command-line option) has an impossible value.
    #[error("{key}: {problem}", key = brief(key), problem = brief(problem))]
    Setting {
        /// The key, with its section: `optimizer.encoder_rate`.
        key: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// A file or folder holds more than docre takes.
    #[error("{path}: {problem}", path = shown(path), problem = brief(problem))]
    Limit {
        /// The file or folder.
        path: PathBuf,
        /// What there is too much of, and how much is taken.
        problem: String,
    },
    /// A file or folder is right, but not one that docre can read or write.
    #[error("{path}: {problem}", path = shown(path), problem = brief(problem))]
    Unsupported {
        /// The file or folder.
        path: PathBuf,
        /// What it is, and what docre takes.
        problem: String,
    },
    /// Another error that is about something in this file.
    #[error("{path}: {source}", path = shown(path))]
    Within {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<Error>,
    },
    /// Another error, against which something helps that docre does.
    #[error("{source}")]
    Helped {
        /// What is wrong.
        source: Box<Error>,
        /// What helps.
        remedy: Remedy,
    },
}

/// What docre does against a mistake. The message doesn't say it: a command line names its command,
/// a program its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// To train a model: its folder is what is missing.
    Train,
    /// To train a model with a dev file, to which its threshold is tuned.
    TuneThreshold,
    /// To run a plan of several runs, where a recipe of one is read.
    RunPlan,
    /// To list the recipes that come with docre.
    ListRecipes,
    /// To get the data set of this name, or to be told how.
    GetDataSet(&'static str),
}

/// What kind of mistake an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document holds what it can't, or lacks what it must have.
    BadDocument,
    /// A setting has an impossible value.
    BadSetting,
    /// A file or folder that is named isn't there.
    MissingFile,
    /// A file or folder doesn't hold what it should.
    BadFile,
    /// There is more of something than docre takes.
    Limit,
    /// Something that docre doesn't read, write or do.
    Unsupported,
    /// The operating system refused: no right to read, a full disk.
    System,
}

/// A path as it is; one that no file can have, since it is too long, is cut.
fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    if shown.len() <= LONGEST_MESSAGE { shown } else { brief(&shown).into_owned() }
}

/// What stands between a document and a place inside it, but not between subject and verb.
fn comma(problem: &str) -> &'static str {
    if problem.starts_with("has ") || problem.starts_with("can't ") { "" } else { "," }
}

impl Error {
    /// An [`Error::Io`] for use with `map_err`.
    pub fn io(path: impl AsRef<Path>, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, action, source: without_path(source) }
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                ErrorKind::MissingFile
            }
            Self::Io { .. } => ErrorKind::System,
            Self::File { .. } => ErrorKind::BadFile,
            Self::Document { .. } | Self::LooseDocument { .. } | Self::Several { .. } => {
                ErrorKind::BadDocument
            }
            Self::Setting { .. } => ErrorKind::BadSetting,
            Self::Limit { .. } => ErrorKind::Limit,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Within { source, .. } | Self::Helped { source, .. } => source.kind(),
        }
    }

    /// What docre does against it, where that is known.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Helped { remedy, .. } => Some(*remedy),
            Self::Within { source, .. } => source.remedy(),
            _ => None,
        }
    }

    /// The same error with what docre does against it.
    pub fn helped_by(self, remedy: Remedy) -> Self {
        Self::Helped { source: Box::new(self), remedy }
    }

    /// The same error, of something in a file. One that names its file stays as it is.
    pub fn within(self, path: impl AsRef<Path>) -> Self {
        match self {
            Self::Setting { .. } | Self::LooseDocument { .. } => {
                Self::Within { path: path.as_ref().to_path_buf(), source: Box::new(self) }
            }
            Self::Helped { source, remedy } => source.within(path).helped_by(remedy),
            named => named,
        }
    }

    /// The same error of a document, with its place in a file.
    #[cfg(feature = "text")]
    pub(crate) fn of_document_at(self, path: &Path, index: usize) -> Self {
        match self {
            Self::LooseDocument { title, problem } => {
                Self::Document { path: path.to_path_buf(), index, title, problem }
            }
            other => other.within(path),
        }
    }

    /// An [`Error::Unsupported`].
    pub fn unsupported(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Unsupported { path: path.as_ref().to_path_buf(), problem: problem.into() }
    }

    /// An [`Error::Limit`].
    pub fn limit(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Limit { path: path.as_ref().to_path_buf(), problem: problem.into() }
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

/// The same error without the name of the temporary file that it is about, which the user never
/// sees.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

/// The most characters of one value that a message quotes, of one word without blanks, and of
/// a message in all.
const LONGEST_QUOTE: usize = 80;
const LONGEST_WORD: usize = 400;
const LONGEST_MESSAGE: usize = 3_000;

/// A message whose quoted values are cut where they are long: they come from files, and may be
/// of any length.
fn brief(message: &str) -> Cow<'_, str> {
    if message.len() <= LONGEST_QUOTE {
        return message.into();
    }
    let (mut text, mut quote, mut word) = (String::new(), None, 0);
    let mut quoted = 0;
    for (place, c) in message.char_indices() {
        if text.len() > LONGEST_MESSAGE {
            text.push('…');
            break;
        }
        word = if c.is_whitespace() { 0 } else { word + 1 };
        let closes = quote == Some(c);
        let opens = quote.is_none() && matches!(c, '"' | '`') && message[place + 1..].contains(c);
        quoted = if closes || opens { 0 } else { quoted + 1 };
        let long_quote = quote.is_some() && quoted > LONGEST_QUOTE;
        let cut = long_quote || word > LONGEST_WORD;
        let just = (long_quote && quoted == LONGEST_QUOTE + 1) || word == LONGEST_WORD + 1;
        if !cut || closes {
            text.push(c);
        } else if just && !text.ends_with('…') {
            text.push('…');
        }
        if closes {
            (quote, word) = (None, 0);
        } else if opens {
            quote = Some(c);
        }
    }
    text.into()
}

/// What is wrong with a TOML text, on one line, with the number of the text's line.
#[cfg(feature = "model")]
pub(crate) fn in_toml(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', ", ");
    let message = message.replace("u64 value was too large", "the number is too large");
    let message = in_words(&message, "a table");
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
    use super::{Error, LONGEST_MESSAGE, brief};

    #[test]
    fn a_path_that_no_file_can_have_is_cut() {
        let named = |path: String| Error::file(path, "isn't there").to_string();
        assert_eq!(named(format!("a/{}", "b".repeat(1_000))).len(), 2 + 1_000 + 13);
        assert!(named("\u{1f600}".repeat(20_000)).len() < 2_000);
    }

    #[test]
    fn a_document_is_the_subject_or_the_place_of_a_problem() {
        let document = |problem: &str| {
            let (path, title, problem) = ("d.json".into(), "A".into(), problem.into());
            Error::Document { path, index: 2, title, problem }.to_string()
        };
        assert_eq!(document("has no labels"), "d.json: document 2 \"A\" has no labels");
        assert_eq!(document("sents: is empty"), "d.json: document 2 \"A\", sents: is empty");
    }

    #[test]
    fn long_values_are_cut_and_the_rest_is_kept() {
        let long = "x".repeat(5_000);
        let message =
            brief(&format!("label 3: relation \"{long}\" is not one of the 96 known")).into_owned();
        let shown = format!("label 3: relation \"{}…\" is not one of the 96 known", "x".repeat(80));
        assert_eq!(message, shown);
        let unquoted = brief(&format!("invalid value {long}, expected a number")).into_owned();
        assert!(unquoted.len() < 500 && unquoted.ends_with(" expected a number"), "{unquoted}");
        let words = "many words ".repeat(1_000);
        assert!(brief(&words).len() <= LONGEST_MESSAGE + 5);
        for short in [
            "a \"b\" c",
            "don't",
            "an odd \" mark and 80 more characters behind it, of \
            which none is cut since nothing closes the mark, and so it is no quotation",
        ] {
            assert_eq!(brief(short), short);
        }
    }
}
