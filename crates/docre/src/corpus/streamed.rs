//! The documents of a file that needn't be labelled, with what reading left out of each.

use std::io::Read;
use std::path::Path;

use super::{
    DocumentStream, Documents, Input, LeftOut, Omissions, ReadDocument, ReadOptions,
    check_file_with,
};
use crate::document::Document;
use crate::{Error, Result};

/// The documents of a file, one after another, each with what its file tells of it.
pub struct StreamedDocuments {
    documents: Box<dyn Iterator<Item = Result<ReadDocument>>>,
    /// How many there are, where that is known before they are read.
    pub count: Option<usize>,
    /// What of a folder belongs to no document.
    pub beside: Omissions,
}

impl StreamedDocuments {
    fn of_documents<R: Read + 'static>(documents: Documents<R>, options: &ReadOptions) -> Self {
        let (count, beside) = (documents.left(), documents.beside().clone());
        let documents = Box::new(documents.with_options(options.clone()).each());
        Self { documents, count, beside }
    }

    /// What has nothing to leave out.
    fn of_others(documents: DocumentStream) -> Self {
        let read = |(index, document): (usize, Result<Document>)| {
            Ok(ReadDocument {
                index,
                document: document?,
                file: None,
                repeated_facts: 0,
                left_out: Omissions::default(),
                problems: Vec::new(),
            })
        };
        let documents = Box::new(documents.enumerate().map(read));
        Self { documents, count: None, beside: Omissions::default() }
    }
}

impl Iterator for StreamedDocuments {
    type Item = Result<ReadDocument>;

    fn next(&mut self) -> Option<Self::Item> {
        self.documents.next()
    }
}

impl Input {
    /// [`Input::stream`] with documents read in this way, and what is told of each.
    pub fn stream_with(
        &self,
        path: impl AsRef<Path>,
        options: &ReadOptions,
    ) -> Result<StreamedDocuments> {
        match self {
            Self::Documents => Ok(StreamedDocuments::of_documents(super::read(path)?, options)),
            Self::Texts { .. } | Self::ArgumentPairs => {
                Ok(StreamedDocuments::of_others(self.stream(path)?))
            }
        }
    }

    /// [`Input::stream_of`] with documents read in this way, and what is told of each.
    pub fn stream_of_with(
        &self,
        input: impl Read + 'static,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<StreamedDocuments> {
        match self {
            Self::Documents => {
                let documents = Documents::of_stream(input, path)?;
                Ok(StreamedDocuments::of_documents(documents, options))
            }
            Self::Texts { .. } | Self::ArgumentPairs => {
                Err(Error::file(path, "is read by models of documents alone; name a file"))
            }
        }
    }

    /// [`Input::count`] with documents read in this way, and what is left out as wrong.
    pub fn count_with(
        &self,
        path: impl AsRef<Path>,
        options: &ReadOptions,
    ) -> Result<(usize, LeftOut)> {
        match self {
            Self::Documents => check_file_with(path, options),
            Self::Texts { .. } | Self::ArgumentPairs => Ok((self.count(path)?, LeftOut::default())),
        }
    }
}
