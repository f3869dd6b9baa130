//! Sizes that several relational encoders have, and their bounds.

use crate::{Error, Result};

pub(super) fn default_width() -> usize {
    768
}

pub(super) fn default_block() -> usize {
    64
}

/// The widest that a layer may be; BERT-large's are 1,024 wide. Wider ones are typing errors
/// for which there is no memory.
pub(super) const WIDEST: usize = 1 << 14;

/// The largest groups of the bilinear classifier: it has `width * block` weights a class.
pub(super) const LARGEST_BLOCK: usize = 1 << 9;

/// Refuses a size of 0, and one above `most`.
pub(super) fn at_most(key: &str, size: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&size) {
        return Ok(());
    }
    let problem = format!("must be 1 to {most}, but is {size}");
    Err(Error::setting(format!("relation.{key}"), problem))
}

/// Refuses a part that doesn't divide a whole, which is named and has the size `size`.
pub(super) fn divides(key: &str, part: usize, whole: &str, size: usize) -> Result<()> {
    if part == 0 || size == 0 || !size.is_multiple_of(part) {
        let problem = format!("must divide {whole} ({size}), but is {part}");
        return Err(Error::setting(format!("relation.{key}"), problem));
    }
    Ok(())
}
