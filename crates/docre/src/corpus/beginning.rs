//! Looks at the beginning of a file, which tells its format, and gives it back.

use std::io::{Cursor, ErrorKind, Read, Result};

/// How much of a file is looked at.
pub(super) const BEGINNING: u64 = 1 << 16;

/// A file of which the beginning was looked at.
pub(super) struct Begun<R> {
    beginning: Cursor<Vec<u8>>,
    /// What went wrong behind it.
    error: Option<std::io::Error>,
    rest: R,
}

impl<R: Read> Begun<R> {
    /// Reads as far as it has to: of a list, or of lines of objects, which may be long in coming,
    /// no further than their first byte or line.
    pub fn new(mut rest: R) -> Self {
        let (mut beginning, mut error) = (Vec::new(), None);
        let mut buffer = vec![0; 1 << 13];
        while (beginning.len() as u64) < BEGINNING && !is_enough(&beginning) {
            match rest.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => beginning.extend(&buffer[..count]),
                Err(found) if found.kind() == ErrorKind::Interrupted => {}
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        Self { beginning: Cursor::new(beginning), error, rest }
    }

    /// What was looked at.
    pub fn beginning(&self) -> &[u8] {
        self.beginning.get_ref()
    }
}

impl<R: Read> Read for Begun<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match (self.beginning.read(buffer)?, self.error.take()) {
            (0, Some(error)) if !buffer.is_empty() => Err(error),
            (0, None) => self.rest.read(buffer),
            (count, error) => {
                self.error = error;
                Ok(count)
            }
        }
    }
}

/// Whether no format could be told by more of it.
fn is_enough(beginning: &[u8]) -> bool {
    let text = beginning.trim_ascii_start();
    let line = text.iter().position(|&byte| byte == b'\n').map(|end| text[..end].trim_ascii());
    match text.first() {
        Some(b'[') => true,
        Some(b'{') => line.is_some_and(|line| line.len() > 1),
        _ => false,
    }
}
