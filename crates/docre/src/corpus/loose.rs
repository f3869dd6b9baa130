//! Documents that are in no file.

use super::format::{brat, plain_text};
use super::input::of_text;
use super::raw::{Parsed, Refused};
use super::texts::TextItem;
use super::{Input, ReadOptions};
use crate::document::Document;
use crate::{Error, Result};

impl Input {
    /// The document of a plain text, as one of a file would be.
    ///
    /// ```
    /// use docre::corpus::Input;
    ///
    /// let document = Input::Documents.document("Note", "Anna sings. She is in Oslo.").unwrap();
    /// assert_eq!(document.sentences.len(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// Of [`Input::ArgumentPairs`], which are pairs of a dialogue.
    pub fn document(&self, title: &str, text: &str) -> Result<Document> {
        match self {
            Self::Documents => made(plain_text::document(title.to_owned(), text.to_owned())),
            Self::Texts { .. } => {
                let (id, text) = (title.to_owned(), text.to_owned());
                let document = of_text(&TextItem { id, text, labels: Vec::new() });
                Ok(Document { facts: None, ..document })
            }
            Self::ArgumentPairs => {
                let problem = "is a plain text, and the model reads dialogues";
                Err(Error::LooseDocument { title: title.to_owned(), problem: problem.into() })
            }
        }
    }
}

/// The document of a text and its annotations in brat's standoff form, the content of an `.ann` file.
///
/// ```
/// let annotations = "T1\tPER 0 4\tAnna\nT2\tLOC 14 18\tOslo\n";
/// let read = docre::corpus::document_of_brat(
///     "Note", "Anna lives in Oslo.", annotations, &Default::default(),
/// );
/// assert_eq!(read.unwrap().entities.len(), 2);
/// ```
pub fn document_of_brat(
    title: &str,
    text: &str,
    annotations: &str,
    options: &ReadOptions,
) -> Result<Document> {
    made(brat::of_parts(title, text.to_owned(), annotations, options))
}

/// The document, if nothing is wrong with it.
fn made(parsed: Result<Parsed, Refused>) -> Result<Document> {
    match parsed {
        Ok(Parsed { document, problems, .. }) if problems.is_empty() => Ok(document),
        Ok(Parsed { document, problems, .. }) => {
            let (title, problem) = (document.title, problems.join("; "));
            Err(Error::LooseDocument { title, problem })
        }
        Err(Refused { title, problem }) => {
            Err(Error::LooseDocument { title: title.unwrap_or_default(), problem })
        }
    }
}
