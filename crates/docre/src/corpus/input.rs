//! What of a file is to be classified, as documents.

use std::io::Read;
use std::path::Path;

use super::texts::{self, TextOptions, Texts};
use super::{Documents, Format, LeftOut, Prediction, ReadOptions, dialogue};
use crate::document::{Document, Fact, RelationSet};
use crate::{Error, Result, inputs};

/// What of a file is to be classified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Input {
    /// Every ordered pair of a document's entities.
    #[default]
    Documents,
    /// Every text as a whole ([`texts`]). The document of a text has no entities; its labels
    /// are facts about itself ([`Fact::of_text`]).
    Texts {
        /// The label that says that no other holds.
        none: Option<String>,
    },
    /// Every argument pair of a dialogue by itself ([`dialogue`]). Its document is the dialogue
    /// with two entities: the subject, which is the head, and the object.
    ArgumentPairs,
}

/// A file's documents, whole in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct InputDocuments {
    /// In file order.
    pub documents: Vec<Document>,
    /// All relations or labels, where the file or its format names them.
    pub relations: Option<RelationSet>,
    /// The ids of texts that were left out, because they have the none class and another label.
    pub ambiguous: Vec<String>,
    /// What a lenient reading has left out because it is wrong.
    pub left_out: LeftOut,
    /// What of the labels of texts may be meant otherwise, in sentences.
    pub doubts: Vec<String>,
}

/// The documents of a file, one after another.
pub type DocumentStream = Box<dyn Iterator<Item = Result<Document>>>;

impl Input {
    /// What predictions were made of, as the file of their truth and their titles tell; `none` is
    /// the none class of texts.
    pub fn of_predictions(
        predictions: &[Prediction],
        truth: impl AsRef<Path>,
        none: Option<String>,
    ) -> Result<Self> {
        inputs::check_data(truth.as_ref())?;
        let of_pairs = || predictions.iter().any(|made| dialogue::is_pair_title(&made.title));
        let format = Format::guess(truth.as_ref())?;
        TextOptions { none: none.clone(), names: None }.check_format(format)?;
        Ok(if format == Format::TEXTS {
            Self::Texts { none }
        } else if format == Format::DIALOGRE && of_pairs() {
            Self::ArgumentPairs
        } else {
            Self::Documents
        })
    }

    /// Whether documents are classified as wholes, and not their pairs.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Documents => false,
            Self::Texts { .. } | Self::ArgumentPairs => true,
        }
    }

    /// Whether a document can have facts from one entity to another; the facts of texts are about
    /// themselves.
    pub fn has_pair(&self, document: &Document, head: usize, tail: usize) -> bool {
        match self {
            Self::Texts { .. } => (head, tail) == Fact::OF_TEXT,
            Self::Documents | Self::ArgumentPairs => document.has_pair(head, tail),
        }
    }

    /// What says that no relation or label holds, where the data says so.
    pub fn none_class(&self) -> Option<&str> {
        match self {
            Self::Documents => None,
            Self::Texts { none } => none.as_deref(),
            Self::ArgumentPairs => Some(dialogue::UNANSWERABLE),
        }
    }

    /// What a file holds and what is found in it, in the plural.
    pub fn nouns(&self) -> [&'static str; 2] {
        match self {
            Self::Documents => ["documents", "facts"],
            Self::Texts { .. } => ["texts", "labels"],
            Self::ArgumentPairs => ["argument pairs", "relations"],
        }
    }

    /// Reads a file.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<InputDocuments> {
        self.read_with(path, &ReadOptions::default())
    }

    /// The same with documents read in this way; texts and dialogues are always read strictly.
    pub fn read_with(
        &self,
        path: impl AsRef<Path>,
        options: &ReadOptions,
    ) -> Result<InputDocuments> {
        let path = path.as_ref();
        let (mut left_out, mut doubts) = (LeftOut::default(), Vec::new());
        let (documents, relations, ambiguous) = match self {
            Self::Documents => {
                let documents;
                (documents, left_out) = super::read_all_with(path, options)?;
                (documents, None, Vec::new())
            }
            Self::Texts { none } => {
                let texts = texts::read_where_known(path, none.as_deref())?;
                let Texts { items, labels, ambiguous, .. } = texts;
                doubts = texts.doubts;
                (items.iter().map(of_text).collect(), Some(labels), ambiguous)
            }
            Self::ArgumentPairs => {
                let dialogues = dialogue::read(path)?;
                let pairs = (0..).zip(&dialogues);
                let pairs = pairs.flat_map(|(place, dialogue)| dialogue.pair_documents(place));
                (pairs.collect(), Some(dialogue::relations()), Vec::new())
            }
        };
        Ok(InputDocuments { documents, relations, ambiguous, left_out, doubts })
    }

    /// Reads a file that needn't be labelled. Documents, texts and dialogues behind a bad one come
    /// too.
    pub fn stream(&self, path: impl AsRef<Path>) -> Result<DocumentStream> {
        let path = path.as_ref();
        Ok(match self {
            Self::Documents => Box::new(super::read(path)?),
            Self::Texts { .. } => {
                let texts = texts::read_unlabelled(path)?.into_iter();
                Box::new(texts.map(|item| item.map(|item| of_text(&item))))
            }
            Self::ArgumentPairs => {
                let pairs = |(place, dialogue): (usize, Result<dialogue::Dialogue>)| match dialogue
                {
                    Ok(dialogue) => dialogue.pair_documents(place).map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                };
                Box::new((0..).zip(dialogue::stream(path)?).flat_map(pairs))
            }
        })
    }

    /// Reads documents that are typed or piped in, plain text among them; `path` stands for them in
    /// messages.
    pub fn stream_of(&self, input: impl Read + 'static, path: &Path) -> Result<DocumentStream> {
        match self {
            Self::Documents => Ok(Box::new(Documents::of_stream(input, path)?)),
            Self::Texts { .. } | Self::ArgumentPairs => {
                Err(Error::file(path, "is read by models of documents alone; name a file"))
            }
        }
    }

    /// How many documents a file has that needn't be labelled. Refuses one with a bad document.
    pub fn count(&self, path: impl AsRef<Path>) -> Result<usize> {
        // Who asks for it reads the file afterwards.
        inputs::check_rereadable(path.as_ref())?;
        match self {
            Self::Documents => super::check_file(path),
            Self::Texts { .. } | Self::ArgumentPairs => {
                self.stream(path)?.try_fold(0, |count, document| document.map(|_| count + 1))
            }
        }
    }
}

pub(super) fn of_text(item: &texts::TextItem) -> Document {
    let words = item.text.split_whitespace().map(str::to_owned).collect();
    let facts = item.labels.iter().map(Fact::of_text).collect();
    Document { facts: Some(facts), ..Document::new(&item.id, vec![words]) }
}
