//! A sentence as text with mentions around it, well nested as HTML wants it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;
use std::ops::Range;

use serde::Serialize;

use crate::document::Document;

/// What follows next in a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub(super) enum Part {
    /// Plain text, not escaped.
    Text { text: String },
    /// A mention, or a piece of one, starts.
    Open {
        entity: usize,
        /// How many mentions lie inside, one in the other.
        levels: usize,
        /// Whether the mention starts here, not at an earlier piece.
        starts: bool,
        /// Whether the mention ends with this piece.
        ends: bool,
    },
    /// The mention opened last ends; its type is shown with its last piece.
    Close { kind: String },
}

/// A mention, or the piece of it that fits into the one around it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    start: usize,
    /// The longer of two that start together goes around the other.
    end: Reverse<usize>,
    entity: usize,
    kind: String,
    starts: bool,
    ends: bool,
}

impl Piece {
    fn holds(&self, other: &Piece) -> bool {
        self.start <= other.start && other.end.0 <= self.end.0
    }
}

/// The parts of one sentence, in reading order.
pub(super) fn parts(document: &Document, sentence: usize) -> Vec<Part> {
    let tokens = &document.sentences[sentence];
    let pieces = nest(mentions(document, sentence, 0..tokens.len()));
    let levels = levels(&pieces);
    let mut coming = pieces.into_iter().zip(levels).peekable();
    let mut open: Vec<Piece> = Vec::new();
    let mut parts = Vec::new();
    let blanks = document.blanks_before(sentence);
    for (place, token) in tokens.iter().enumerate() {
        close_until(place, &mut open, &mut parts);
        if blanks[place] {
            push_text(&mut parts, " ");
        }
        open_at(place, &mut coming, &mut open, &mut parts);
        push_text(&mut parts, token);
    }
    close_until(tokens.len(), &mut open, &mut parts);
    parts
}

fn mentions(document: &Document, sentence: usize, tokens: Range<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (entity, known) in document.entities.iter().enumerate() {
        for mention in known.mentions.iter().filter(|mention| mention.sentence == sentence) {
            let (start, end) = (mention.tokens.start, mention.tokens.end.min(tokens.end));
            if start < end {
                let (end, kind) = (Reverse(end), mention.kind.clone());
                pieces.push(Piece { start, end, entity, kind, starts: true, ends: true });
            }
        }
    }
    pieces
}

/// Cuts mentions that cross each other, so that any two are apart or one in the
/// other; in the order in which they open.
fn nest(mentions: Vec<Piece>) -> Vec<Piece> {
    let mut waiting: BinaryHeap<_> = mentions.into_iter().map(Reverse).collect();
    let mut around: Vec<usize> = Vec::new();
    let mut nested = Vec::new();
    while let Some(Reverse(mut piece)) = waiting.pop() {
        while around.last().is_some_and(|&end| end <= piece.start) {
            around.pop();
        }
        if let Some(&cut) = around.last().filter(|&&end| end < piece.end.0) {
            waiting.push(Reverse(Piece { start: cut, starts: false, ..piece.clone() }));
            piece = Piece { end: Reverse(cut), ends: false, ..piece };
        }
        around.push(piece.end.0);
        nested.push(piece);
    }
    nested
}

/// How many levels of mentions lie inside each piece.
fn levels(pieces: &[Piece]) -> Vec<usize> {
    let mut levels = vec![0; pieces.len()];
    // From the last to open: what lies inside a piece opens after it.
    for (place, piece) in pieces.iter().enumerate().rev() {
        let inside = pieces[place + 1..].iter().zip(&levels[place + 1..]);
        let deepest = inside.filter(|(other, _)| piece.holds(other)).map(|(_, level)| level + 1);
        levels[place] = deepest.max().unwrap_or(0);
    }
    levels
}

fn open_at(
    place: usize,
    coming: &mut Peekable<impl Iterator<Item = (Piece, usize)>>,
    open: &mut Vec<Piece>,
    parts: &mut Vec<Part>,
) {
    while let Some((piece, levels)) = coming.next_if(|(piece, _)| piece.start == place) {
        let Piece { entity, starts, ends, .. } = piece;
        parts.push(Part::Open { entity, levels, starts, ends });
        open.push(piece);
    }
}

fn close_until(place: usize, open: &mut Vec<Piece>, parts: &mut Vec<Part>) {
    while let Some(piece) = open.pop_if(|piece| piece.end.0 <= place) {
        let kind = if piece.ends { piece.kind } else { String::new() };
        parts.push(Part::Close { kind });
    }
}

fn push_text(parts: &mut Vec<Part>, more: &str) {
    match parts.last_mut() {
        Some(Part::Text { text }) => text.push_str(more),
        _ => parts.push(Part::Text { text: more.into() }),
    }
}
