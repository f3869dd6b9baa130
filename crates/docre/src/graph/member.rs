//! Entities of documents, as the store numbers them.

use std::fmt;
use std::ops::RangeInclusive;

/// The bits of an entity's place in its document.
const ENTITY_BITS: u32 = 20;

/// The most entities that a document of a graph may have.
pub const MOST_ENTITIES: usize = 1 << ENTITY_BITS;

/// An entity of a document: the number of the document in the order of their coming, and its place
/// there. A node is known by its oldest member, so it has the same key when more documents come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub u64);

impl Member {
    /// An entity of a document.
    pub fn new(document: u64, entity: usize) -> Self {
        assert!(entity < MOST_ENTITIES, "checked before");
        Self(document << ENTITY_BITS | entity as u64)
    }

    /// The number of the document.
    pub fn document(self) -> u64 {
        self.0 >> ENTITY_BITS
    }

    /// The founder of the node of a key.
    pub fn of_key(key: &str) -> Option<Self> {
        let (document, entity) = key.strip_prefix('n')?.split_once('.')?;
        let (document, entity) = (document.parse::<u64>().ok()?, entity.parse::<usize>().ok()?);
        let is_possible = document < 1 << (u64::BITS - ENTITY_BITS) && entity < MOST_ENTITIES;
        is_possible.then(|| Self::new(document, entity))
    }

    /// All members that a document can have.
    pub fn of_document(document: u64) -> RangeInclusive<u64> {
        let first = document << ENTITY_BITS;
        first..=first | (MOST_ENTITIES as u64 - 1)
    }
}

impl fmt::Display for Member {
    /// As the key of the node that it founded: `n12.3`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "n{}.{}", self.document(), self.0 & (MOST_ENTITIES as u64 - 1))
    }
}
