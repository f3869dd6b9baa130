//! The keys of a file's first object, which tell its format.

use std::collections::HashMap;

use serde::de::IgnoredAny;

/// The keys of an object; none where it isn't whole.
pub(in crate::corpus) struct Keys {
    is_list: bool,
    keys: HashMap<String, IgnoredAny>,
}

impl Keys {
    pub fn of(object: &[u8]) -> Self {
        let is_list = object.starts_with(b"[");
        Self { is_list, keys: serde_json::from_slice(object).unwrap_or_default() }
    }

    /// Whether it is a list and no object.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    pub fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }
}
