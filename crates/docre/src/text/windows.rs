//! Windows over documents that are longer than an encoder's longest input.

use crate::{Error, Result};

/// The shortest longest input that windows work with: CLS, SEP, and two ids between.
pub const SHORTEST_INPUT: usize = 4;

/// With more than two windows, neighbours share at least this part of the longest input.
const OVERLAP_DIVISOR: usize = 8;

/// A stretch of a document that goes through the encoder on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first of the document's ids that it covers.
    pub start: usize,
    /// The end of the document's ids that it covers, exclusive.
    pub end: usize,
    /// Whether a CLS is put before them, because the document's own lies outside.
    pub cls_added: bool,
    /// Whether a SEP is put behind them, because the document's own lies outside.
    pub sep_added: bool,
}

impl Window {
    /// The number of ids that the encoder reads, an added CLS and SEP included.
    pub fn length(&self) -> usize {
        self.end - self.start + usize::from(self.cls_added) + usize::from(self.sep_added)
    }

    /// The place in the window of one of the document's ids; `None` if it is not covered.
    pub fn place(&self, position: usize) -> Option<usize> {
        let covered = (self.start..self.end).contains(&position);
        covered.then(|| position - self.start + usize::from(self.cls_added))
    }
}

/// The windows over a document of `length` ids, CLS and SEP among them, for an
/// encoder that reads at most `longest_input`.
///
/// A document that fits is one window. Up to twice `longest_input - 1` there are two: the
/// first `longest_input - 1` ids with a SEP behind, and the last
/// `longest_input - 1` with a CLS before (the scheme of ATLOP's public code). A longer
/// document has windows with both in between: as few as can be with neighbours that share
/// at least an eighth of `longest_input`, and spread evenly.
///
/// ```
/// use docre::text::windows::windows;
///
/// let two = windows(1000, 512).unwrap();
/// assert_eq!((two[0].start, two[0].end), (0, 511));
/// assert_eq!((two[1].start, two[1].end), (489, 1000));
/// ```
pub fn windows(length: usize, longest_input: usize) -> Result<Vec<Window>> {
    if longest_input < SHORTEST_INPUT {
        return Err(Error::setting(
            "longest input of the encoder",
            format!("must be at least {SHORTEST_INPUT} ids, but is {longest_input}"),
        ));
    }
    if length <= longest_input {
        return Ok(vec![Window { start: 0, end: length, cls_added: false, sep_added: false }]);
    }
    Ok(spread(length, longest_input))
}

/// Windows whose starts grow by steps that differ by one at most.
///
/// Ids of an inner window: `longest_input - 2`. The first window covers one more, which
/// its neighbours' starts make up for.
fn spread(length: usize, longest_input: usize) -> Vec<Window> {
    let inner = longest_input - 2;
    let beyond = length - longest_input;
    let steps =
        if beyond <= inner { 1 } else { beyond.div_ceil(inner - longest_input / OVERLAP_DIVISOR) };
    (0..=steps)
        .map(|step| {
            let (first, last) = (step == 0, step == steps);
            let start = if first { 0 } else { 1 + step * beyond / steps };
            let covered = if first || last { inner + 1 } else { inner };
            Window { start, end: start + covered, cls_added: !first, sep_added: !last }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn windows_cover_the_document_in_order(length in 2_usize..5000, longest in 4_usize..600) {
            let windows = windows(length, longest).unwrap();
            let last = windows.len() - 1;
            prop_assert_eq!(windows[0].start, 0);
            prop_assert_eq!(windows[last].end, length);
            for (place, window) in windows.iter().enumerate() {
                prop_assert!(window.start < window.end && window.length() <= longest);
                prop_assert_eq!(window.cls_added, place > 0);
                prop_assert_eq!(window.sep_added, place < last);
            }
            let least = if windows.len() > 2 { longest / OVERLAP_DIVISOR } else { 0 };
            for two in windows.windows(2) {
                prop_assert!(two[0].start < two[1].start);
                prop_assert!(two[1].start + least <= two[0].end);
            }
        }

        #[test]
        fn one_window_less_would_not_do(length in 2_usize..5000, longest in 4_usize..600) {
            let count = windows(length, longest).unwrap().len();
            if count > 3 {
                let overlap = longest / OVERLAP_DIVISOR;
                let fewer = count - 1;
                let reach = 2 * (longest - 1) + (fewer - 2) * (longest - 2) - (fewer - 1) * overlap;
                prop_assert!(reach < length);
            }
        }

        #[test]
        fn two_windows_are_the_public_ones(longest in 4_usize..600, over in 1_usize..600) {
            let length = (longest + over).min(2 * (longest - 1));
            let first = Window { start: 0, end: longest - 1, cls_added: false, sep_added: true };
            let start = length + 1 - longest;
            let last = Window { start, end: length, cls_added: true, sep_added: false };
            prop_assert_eq!(windows(length, longest).unwrap(), vec![first, last]);
        }
    }

    #[test]
    fn a_place_counts_the_added_cls() {
        let window = Window { start: 10, end: 20, cls_added: true, sep_added: true };
        assert_eq!(window.length(), 12);
        assert_eq!([9, 10, 19, 20].map(|p| window.place(p)), [None, Some(1), Some(10), None]);
    }

    #[test]
    fn an_impossible_longest_input_is_refused() {
        let message = windows(10, 3).unwrap_err().to_string();
        assert!(message.ends_with("must be at least 4 ids, but is 3"), "{message}");
    }
}
