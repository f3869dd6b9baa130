//! Whether a file is still the same.

#[cfg(feature = "model")]
mod on_disk;

#[cfg(feature = "model")]
pub use on_disk::fingerprint;

use crate::random::mix;

/// The bytes that are taken together.
const WORD: usize = size_of::<u64>();

/// A number that any change of these bytes would very likely change.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    format!("{:016x}", mix(add(0, bytes) ^ bytes.len() as u64))
}

fn add(hash: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(WORD).fold(hash, |hash, word| {
        let number = word.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        mix(hash ^ number)
    })
}
