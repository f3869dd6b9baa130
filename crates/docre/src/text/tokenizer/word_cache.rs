//! Words whose pieces are known, shared between threads.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock};

/// Enough that threads seldom wait for each other.
const SHARDS: usize = 16;

/// Together a quarter of a million words, some 30 MB; words that come later are
/// tokenized each time.
const WORDS_PER_SHARD: usize = 1 << 14;

type Words = HashMap<Box<str>, Box<[u32]>>;

#[derive(Debug)]
pub(super) struct WordCache {
    hasher: RandomState,
    shards: [RwLock<Words>; SHARDS],
}

impl Default for WordCache {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: Default::default() }
    }
}

impl WordCache {
    /// Appends the ids of a known word; says whether it is known.
    pub fn push(&self, word: &str, ids: &mut Vec<u32>) -> bool {
        // A map is whole even if a thread died holding it.
        let words = self.shard(word).read().unwrap_or_else(PoisonError::into_inner);
        let known = words.get(word);
        known.inspect(|pieces| ids.extend_from_slice(pieces)).is_some()
    }

    pub fn insert(&self, word: &str, ids: &[u32]) {
        let mut words = self.shard(word).write().unwrap_or_else(PoisonError::into_inner);
        if words.len() < WORDS_PER_SHARD {
            words.insert(word.into(), ids.into());
        }
    }

    fn shard(&self, word: &str) -> &RwLock<Words> {
        &self.shards[self.hasher.hash_one(word) as usize % SHARDS]
    }
}
