//! Documents, their entities and the facts between them. No tensors, no files.

mod relations;

use std::ops::Range;

pub use relations::{Relation, RelationSet, RelationSetError};

/// A text with its known entities, and its facts where it is labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The title, by which result files name the document.
    pub title: String,
    /// The sentences, each a list of tokens.
    pub sentences: Vec<Vec<String>>,
    /// The entities; facts refer to them by their place in this list.
    pub entities: Vec<Entity>,
    /// The labelled facts; `None` for a document that was never labelled, which
    /// is not the same as one in which no relation holds.
    pub facts: Option<Vec<Fact>>,
    /// Head and tail of each pair that was labelled, ascending, where the data says so
    /// (DialogRE): of the others it isn't known whether a relation holds. `None` where the facts
    /// speak of all pairs.
    pub labelled_pairs: Option<Vec<(usize, usize)>>,
}

/// Something that the document speaks of, once or more often.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Where it is mentioned; never empty in a document that was read from a file.
    pub mentions: Vec<Mention>,
}

/// One place in the text that names an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// The name as the data gives it.
    pub name: String,
    /// The sentence, from 0.
    pub sentence: usize,
    /// The tokens of the sentence that make up the mention, never empty.
    pub tokens: Range<usize>,
    /// The entity type (`PER`, `LOC`, ...); empty where the data gives none.
    pub kind: String,
}

/// A relation that holds, or is said to hold, between two entities.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The head entity, a place in [`Document::entities`].
    pub head: usize,
    /// The relation's identifier (`P27`).
    pub relation: String,
    /// The tail entity, a place in [`Document::entities`].
    pub tail: usize,
    /// The sentences that support the fact.
    pub evidence: Vec<usize>,
    /// How sure the model is, in (0, 1); `None` for labelled facts.
    pub score: Option<f32>,
}

impl Entity {
    /// The name of the first mention.
    pub fn name(&self) -> &str {
        self.mentions.first().map_or("", |mention| &mention.name)
    }

    /// The entity type, that of the first mention.
    pub fn kind(&self) -> &str {
        self.mentions.first().map_or("", |mention| &mention.kind)
    }
}

impl Document {
    /// The number of ordered pairs of different entities, `n (n - 1)`.
    pub fn pair_count(&self) -> usize {
        self.entities.len() * self.entities.len().saturating_sub(1)
    }

    /// Whether both entities exist and are two; or both are 0 in a text without entities, whose
    /// facts are about itself.
    pub fn has_pair(&self, head: usize, tail: usize) -> bool {
        match self.entities.len() {
            0 => head == 0 && tail == 0,
            count => head != tail && head.max(tail) < count,
        }
    }

    /// The labelled facts; none where the document is unlabelled.
    pub fn labelled_facts(&self) -> &[Fact] {
        self.facts.as_deref().unwrap_or_default()
    }
}
