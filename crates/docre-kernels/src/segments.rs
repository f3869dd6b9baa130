//! Where things lie in packed tensors.

use std::{ops::Range, sync::Arc};

/// The boundaries of sequences that lie one behind another: sequence `i` is
/// `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segments {
    offsets: Arc<[usize]>,
}

impl Segments {
    /// Segments from their boundaries.
    ///
    /// # Panics
    ///
    /// If the boundaries don't start at 0 or ever fall.
    pub fn new(offsets: impl Into<Arc<[usize]>>) -> Self {
        let offsets = offsets.into();
        assert_eq!(offsets.first(), Some(&0), "segments start at 0");
        assert!(offsets.is_sorted(), "segment boundaries never fall");
        Self { offsets }
    }

    /// Segments from their lengths.
    pub fn from_lengths(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut offsets = vec![0];
        for length in lengths {
            offsets.push(offsets[offsets.len() - 1] + length);
        }
        Self { offsets: offsets.into() }
    }

    /// The number of segments.
    pub fn count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The length of all segments together.
    pub fn total(&self) -> usize {
        self.offsets[self.count()]
    }

    /// The length of the longest segment.
    pub fn longest(&self) -> usize {
        self.iter().map(|range| range.len()).max().unwrap_or(0)
    }

    /// The range of segment `index`.
    pub fn range(&self, index: usize) -> Range<usize> {
        self.offsets[index]..self.offsets[index + 1]
    }

    /// The ranges of all segments, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        (0..self.count()).map(|index| self.range(index))
    }

    /// The segment that holds each position: `[total]`.
    pub fn owners(&self) -> Vec<usize> {
        self.iter().enumerate().flat_map(|(index, range)| range.map(move |_| index)).collect()
    }
}

/// Groups of rows of another tensor: group `i` is the rows
/// `members[segments.range(i)]`. A group may be empty, and a row may be in many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// Where each group's members lie in `members`.
    pub segments: Segments,
    /// The row numbers.
    pub members: Arc<[usize]>,
}

impl Groups {
    /// Groups from boundaries and members.
    ///
    /// # Panics
    ///
    /// If the boundaries don't cover the members.
    pub fn new(segments: Segments, members: impl Into<Arc<[usize]>>) -> Self {
        let members = members.into();
        assert_eq!(segments.total(), members.len(), "the groups cover their members");
        Self { segments, members }
    }

    /// The number of groups.
    pub fn count(&self) -> usize {
        self.segments.count()
    }

    /// The rows of group `index`.
    pub fn rows(&self, index: usize) -> &[usize] {
        &self.members[self.segments.range(index)]
    }

    /// The groups, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        (0..self.count()).map(|index| self.rows(index))
    }
}

/// An ordered pair of entities, and the unordered pair that it shares its context with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderedPair {
    /// The head entity's row.
    pub head: usize,
    /// The tail entity's row.
    pub tail: usize,
    /// The unordered pair's row, the same for (h, t) and (t, h).
    pub context: usize,
}

/// The unordered entity pairs of the documents of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPairs {
    /// Each document's tokens.
    pub tokens: Segments,
    /// Each document's unordered pairs, as rows of `pairs`.
    pub pairs_of_document: Segments,
    /// The two entities of each unordered pair, rows of the entity tensors.
    pub pairs: Arc<[(usize, usize)]>,
}
