//! How much is taken of a request, and how long it may take.

use std::time::Duration;

use docre::Document;

use crate::errors::ApiError;

/// What is taken of requests, and how many wait.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body.
    pub bytes: usize,
    /// Texts or documents of a request.
    pub documents: usize,
    /// Words of a document.
    pub words: usize,
    /// Entities of a document that comes with them.
    pub entities: usize,
    /// Documents that wait for the model; one of more than 1,000 words counts for several.
    pub queue: usize,
    /// From a request's head to its answer.
    pub deadline: Duration,
    /// For a request's head, and then for its body, to come; and for an answer to be read on.
    pub patience: Duration,
    /// Open connections.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            documents: 1_000,
            words: 20_000,
            entities: 1_000,
            queue: 2_048,
            deadline: Duration::from_secs(120),
            patience: Duration::from_secs(15),
            connections: 4_096,
        }
    }
}

/// The bytes of bodies that are held at a time, as bodies of the largest size.
pub const BODIES: usize = 32;

impl Limits {
    /// Refuses a document that is too long or has too many entities.
    pub fn check(&self, document: &Document) -> Result<(), ApiError> {
        let (words, entities) = (words(document), document.entities.len());
        let problem = if words > self.words {
            format!("has {words} words, and at most {} are taken; split it", self.words)
        } else if entities > self.entities {
            format!("has {entities} entities, and at most {} are taken", self.entities)
        } else {
            return Ok(());
        };
        let title: String = document.title.chars().take(LONGEST_TITLE).collect();
        Err(ApiError::limit(format!("document \"{title}\" {problem}")))
    }

    /// Refuses too many documents.
    pub fn check_count(&self, count: usize) -> Result<(), ApiError> {
        match count <= self.documents {
            true => Ok(()),
            false => {
                let most = self.documents;
                Err(ApiError::limit(format!(
                    "more than {most} documents in one request; send some"
                )))
            }
        }
    }
}

/// The most characters of a title in a message.
const LONGEST_TITLE: usize = 80;

/// How many words a document has.
pub fn words(document: &Document) -> usize {
    document.sentences.iter().map(Vec::len).sum()
}
