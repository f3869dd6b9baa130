//! Work that is made of several pieces.

use std::fmt;

use serde::Serialize;

/// One piece of several that are done one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What a piece is, in plain words: "run".
    pub what: &'static str,
    /// Its number, from 1.
    pub number: usize,
    /// Of so many.
    pub of: usize,
    /// What tells it from the others.
    pub names: Vec<PartName>,
    /// Seconds left until all pieces are done, judged by those that are; `None` before there is
    /// anything to judge by.
    pub seconds_left: Option<f64>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} of {}: ", self.what, self.number, self.of)?;
        for (place, PartName { kind, name }) in self.names.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            match name {
                NameOrNumber::Word(word) => write!(f, "{comma}{word}")?,
                NameOrNumber::Number(number) => write!(f, "{comma}{kind} {number}")?,
            }
        }
        Ok(())
    }
}

/// What tells a piece of work from others of its kind, such as a row, a stage or a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartName {
    /// What it is the name of, in one word.
    pub kind: &'static str,
    /// The name.
    pub name: NameOrNumber,
}

/// A name or number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NameOrNumber {
    /// A name.
    Word(String),
    /// A number.
    Number(u64),
}

impl PartName {
    /// A piece that has a name.
    pub fn word(kind: &'static str, word: impl Into<String>) -> Self {
        Self { kind, name: NameOrNumber::Word(word.into()) }
    }

    /// A piece that has a number.
    pub fn number(kind: &'static str, number: u64) -> Self {
        Self { kind, name: NameOrNumber::Number(number) }
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.name {
            NameOrNumber::Word(word) => write!(f, "{} \"{word}\"", self.kind),
            NameOrNumber::Number(number) => write!(f, "{} {number}", self.kind),
        }
    }
}
