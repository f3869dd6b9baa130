//! Scans JSON for brackets and strings, without parsing it.

use std::io::{self, BufRead, BufReader, Read};

/// How deep a scan stands in brackets, and whether in a string.
#[derive(Default)]
pub(super) struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Scans on over `bytes`; the length up to and with the bracket that closes
    /// the first one opened.
    pub(super) fn closing(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut place = 0;
        while place < bytes.len() {
            if self.escaped {
                self.escaped = false;
                place += 1;
                continue;
            }
            // The two loops that skip what says nothing take most of the time.
            let rest = &bytes[place..];
            let telling = if self.in_string {
                rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))
            } else {
                rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))
            };
            place += telling? + 1;
            match bytes[place - 1] {
                b'\\' => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' => self.depth += 1,
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(place);
                    }
                }
            }
        }
        None
    }
}

/// The bytes at hand, none at the end of the file.
pub(super) fn fill<R: Read>(input: &mut BufReader<R>) -> io::Result<&[u8]> {
    while let Err(error) = input.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(input.buffer())
}

/// Reads as far as the list that an object has under one of these keys, and over its bracket.
pub(super) fn find_list<R: Read>(input: &mut BufReader<R>, keys: &[&str]) -> io::Result<bool> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let (mut last, mut key) = (Vec::new(), Vec::new());
    loop {
        let Some(&byte) = fill(input)?.first() else { return Ok(false) };
        input.consume(1);
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                in_string = !in_string;
                if in_string {
                    last.clear();
                }
            }
            _ if in_string => last.push(byte),
            b':' if depth == 1 => key.clone_from(&last),
            b'[' if depth == 1 && keys.iter().any(|wanted| wanted.as_bytes() == key) => {
                return Ok(true);
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// Skips white space; the byte behind it, which stays to be read.
pub(super) fn peek<R: Read>(input: &mut BufReader<R>) -> io::Result<Option<u8>> {
    loop {
        let bytes = fill(input)?;
        let Some(length) = (!bytes.is_empty()).then_some(bytes.len()) else { return Ok(None) };
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let found = bytes.get(blank).copied();
        input.consume(blank);
        if blank < length {
            return Ok(found);
        }
    }
}
