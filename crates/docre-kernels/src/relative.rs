//! Relative positions: which rows of a table belong to the distance between two tokens.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;

use crate::attention::blocks;

/// What attention adds to its scores for how far query and key are apart, see
/// [`disentangled_attention`](crate::disentangled_attention()).
#[derive(Debug, Clone)]
pub struct Relative {
    /// `[table, heads * head width]` The keys of relative positions, which tokens' queries are
    /// compared with: content to position.
    pub keys: Option<Tensor<2>>,
    /// `[table, heads * head width]` The queries of relative positions, which tokens' keys are
    /// compared with: position to content.
    pub queries: Option<Tensor<2>>,
    /// The table's row for each distance.
    pub rows: RelativeRows,
}

/// The row of a table for each distance from a key to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelativeRows {
    /// From the highest distance to its negative, so that a query's keys read them in order.
    rows: Arc<[u32]>,
}

impl RelativeRows {
    /// The rows for segments of up to `longest` tokens: `row` gives that of `query - key`.
    ///
    /// # Panics
    ///
    /// If a higher distance ever has a lower row.
    pub fn new(longest: usize, row: impl Fn(isize) -> usize) -> Self {
        let reach = longest.saturating_sub(1) as isize;
        let rows: Arc<[u32]> = (-reach..=reach).rev().map(|d| row(d) as u32).collect();
        assert!(rows.is_sorted_by(|a, b| a >= b), "rows rise with the distance");
        Self { rows }
    }

    /// From the highest distance to the lowest: `[2 * longest - 1]`.
    pub(crate) fn all(&self) -> &[u32] {
        &self.rows
    }

    /// The rows that the query at a place of a segment reads, one for each of its `keys` keys.
    pub(crate) fn of_query(&self, place: usize, keys: usize) -> &[u32] {
        &self.rows[self.rows.len() / 2 - place..][..keys]
    }

    /// The part of the table that these queries and keys of one segment read.
    pub(crate) fn window(&self, queries: Range<usize>, keys: Range<usize>) -> Range<usize> {
        let middle = self.rows.len() / 2;
        let (highest, lowest) = (middle + keys.start + 1, middle + keys.end - 1);
        let (highest, lowest) = (highest - queries.end, lowest - queries.start);
        self.rows[lowest] as usize..self.rows[highest] as usize + 1
    }

    /// How many inner products of a token and a row of the table
    /// [`disentangled_attention`](crate::disentangled_attention()) computes on the CPU, for each
    /// of its two terms, each head and a segment of `length` tokens.
    pub fn products(&self, length: usize) -> usize {
        let window = |block: Range<usize>| self.window(block, 0..length).len();
        blocks(&(0..length)).map(|block| block.len() * window(block)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read_the_rows_of_their_distances() {
        let rows = RelativeRows::new(5, |distance| (distance.clamp(-3, 2) + 3) as usize);
        assert_eq!(rows.of_query(0, 5), [3, 2, 1, 0, 0]);
        assert_eq!(rows.of_query(4, 5), [5, 5, 5, 4, 3]);
        assert_eq!(rows.of_query(1, 3), [4, 3, 2]);
        assert_eq!(rows.window(0..5, 0..5), 0..6);
        assert_eq!(rows.window(1..2, 0..3), 2..5);
        assert_eq!(rows.window(0..3, 2..3), 1..4);
        assert_eq!(rows.products(2), 2 * 3);
    }
}
