//! What preprocessing had to leave out.

use std::fmt;

use serde::Serialize;

/// Something that preprocessing left out of a document, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// The document is longer than the chosen limit.
    TextCut {
        /// The document's title.
        document: String,
        /// Its length in word pieces, markers, CLS and SEP included.
        length: usize,
        /// The limit it was cut to.
        max_length: usize,
    },
    /// A mention lies behind the cut, wholly or in part.
    MentionCut {
        /// The document's title.
        document: String,
        /// The mention's name.
        mention: String,
        /// Its sentence, from 0.
        sentence: usize,
        /// What is left of it.
        kept: KeptMention,
    },
    /// A long document has pairs of entities that are never near each other.
    FarPairs {
        /// The document's title.
        document: String,
        /// How many ordered pairs were left out.
        left_out: usize,
        /// How many were looked at.
        kept: usize,
    },
    /// A labelled fact joins an entity to itself; no pair of entities can carry it.
    FactWithItself {
        /// The document's title.
        document: String,
        /// The fact's place among the document's facts, from 0.
        fact: usize,
    },
}

/// What a cut leaves of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptMention {
    /// Its marker and its first pieces: it counts as a whole one would.
    Start,
    /// It began exactly at the cut, and the closing SEP stands in for its marker, as in
    /// ATLOP's public code.
    Sep,
    /// Nothing: its entity goes without it.
    Nothing,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextCut { document, length, max_length } => write!(
                f,
                "document \"{document}\": {length} word pieces are cut to max_length {max_length}"
            ),
            Self::MentionCut { document, mention, sentence, kept } => {
                let kept = match kept {
                    KeptMention::Start => "cut short",
                    KeptMention::Sep => "cut off; the closing token stands in for it",
                    KeptMention::Nothing => "cut off and left out",
                };
                write!(f, "document \"{document}\": mention \"{mention}\" ")?;
                write!(f, "in sentence {sentence} is {kept}")
            }
            Self::FarPairs { document, left_out, kept } => write!(
                f,
                "document \"{document}\": {left_out} pairs of entities that are never within 200 words \
                 of each other, nor both among the 250 that are mentioned most, are left out; {kept} \
                 are looked at"
            ),
            Self::FactWithItself { document, fact } => write!(
                f,
                "document \"{document}\": fact {fact} joins an entity to itself and is left out"
            ),
        }
    }
}
