//! What attention sees beside queries and keys: which keys of a segment, and what is added to
//! the scores for how far query and key are apart.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;

use crate::{
    attention::blocks, bridge::View, dropout::Dropout, precision::Precision, segments::Segments,
};

/// What [`attend()`](crate::attend()) is told beside queries, keys and values.
#[derive(Debug, Clone, Copy)]
pub struct Attending<'a> {
    /// The sequences.
    pub segments: &'a Segments,
    /// Attention heads.
    pub heads: usize,
    /// The keys that a query sees.
    pub scope: Scope,
    /// What is added to the scores.
    pub bias: Option<&'a DistanceBias>,
    /// The mask of probabilities.
    pub dropout: Dropout,
    /// The precision of matrix products.
    pub precision: Precision,
}

impl<'a> Attending<'a> {
    /// Every token sees all tokens of its segment, and nothing is added.
    pub fn whole(
        segments: &'a Segments,
        heads: usize,
        dropout: Dropout,
        precision: Precision,
    ) -> Self {
        Self { segments, heads, scope: Scope::Whole, bias: None, dropout, precision }
    }
}

/// The keys of its segment that a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All.
    #[default]
    Whole,
    /// Those at most so many tokens away.
    Near(usize),
    /// Those at most so many tokens away, and the segment's first.
    NearAndFirst(usize),
}

impl Scope {
    /// The keys that these queries need, both as places in a segment of `length` tokens.
    pub(crate) fn keys(self, queries: &Range<usize>, length: usize) -> Range<usize> {
        match self {
            Self::Whole => 0..length,
            Self::Near(reach) => {
                queries.start.saturating_sub(reach)..(queries.end.saturating_add(reach)).min(length)
            }
            Self::NearAndFirst(reach) => 0..(queries.end.saturating_add(reach)).min(length),
        }
    }

    /// How many inner products of a query and a key the CPU computes for each head of a segment of
    /// `length` tokens.
    pub fn products(self, length: usize) -> usize {
        blocks(&(0..length)).map(|block| block.len() * self.keys(&block, length).len()).sum()
    }

    /// Whether the query at a place sees the key at a place.
    pub(crate) fn sees(self, query: usize, key: usize) -> bool {
        match self {
            Self::Whole => true,
            Self::Near(reach) => query.abs_diff(key) <= reach,
            Self::NearAndFirst(reach) => key == 0 || query.abs_diff(key) <= reach,
        }
    }

    /// Takes the keys that the query at a place doesn't see out of its scores with `keys`.
    pub(crate) fn hide(self, scores: &mut [f32], query: usize, keys: &Range<usize>) {
        let (reach, first) = match self {
            Self::Whole => return,
            Self::Near(reach) => (reach, 0),
            Self::NearAndFirst(reach) => (reach, 1),
        };
        let place = |key: usize| key.clamp(keys.start, keys.end) - keys.start;
        let (from, to) =
            (place(query.saturating_sub(reach)), place(query.saturating_add(reach + 1)));
        scores[first.min(from)..from].fill(f32::NEG_INFINITY);
        scores[to..].fill(f32::NEG_INFINITY);
    }
}

/// Values of a table that are added to scaled scores, by how far query and key are apart.
#[derive(Debug, Clone)]
pub struct DistanceBias {
    /// `[rows, heads]`
    pub table: Tensor<2>,
    /// The table's row for each distance.
    pub rows: DistanceRows,
}

/// The row of a table for each distance from a key to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistanceRows(Arc<[u32]>);

impl DistanceRows {
    /// The rows for segments of up to `longest` tokens: `row` gives that of `query - key`.
    pub fn new(longest: usize, row: impl Fn(isize) -> usize) -> Self {
        let reach = longest.saturating_sub(1) as isize;
        Self((-reach..=reach).rev().map(|distance| row(distance) as u32).collect())
    }

    /// From the highest distance to the lowest: `[2 * longest - 1]`.
    pub(crate) fn all(&self) -> &[u32] {
        &self.0
    }

    /// Where the distances of the query at a place to its keys lie in [`DistanceRows::all`].
    fn part(&self, query: usize, keys: &Range<usize>) -> Range<usize> {
        let from = self.0.len() / 2 + keys.start - query;
        from..from + keys.len()
    }
}

/// A table's values for one head, one for each distance, as they are added to unscaled scores.
pub(crate) struct HeadBias<'a> {
    rows: &'a DistanceRows,
    values: Vec<f32>,
}

impl<'a> HeadBias<'a> {
    /// The column `head` of a table, for scores that are to be multiplied by `scale`.
    pub fn new(table: View, rows: &'a DistanceRows, head: usize, scale: f32) -> Self {
        let heads = table.shape[1];
        let value = |row: &u32| table.data[*row as usize * heads + head] / scale;
        Self { rows, values: rows.all().iter().map(value).collect() }
    }

    /// Adds to the scores of the query at a place with `keys`.
    pub fn add(&self, scores: &mut [f32], query: usize, keys: &Range<usize>) {
        let values = &self.values[self.rows.part(query, keys)];
        scores.iter_mut().zip(values).for_each(|(score, value)| *score += value);
    }
}

/// The gradient of a table from one head of one segment, by distance.
pub(crate) struct BiasGrad {
    head: usize,
    by_distance: Vec<f32>,
}

impl BiasGrad {
    pub fn zeros(rows: &DistanceRows, head: usize) -> Self {
        Self { head, by_distance: vec![0.0; rows.all().len()] }
    }

    /// Adds the gradient of a query's unscaled scores.
    pub fn add(&mut self, rows: &DistanceRows, grad: &[f32], query: usize, keys: &Range<usize>) {
        let sums = &mut self.by_distance[rows.part(query, keys)];
        sums.iter_mut().zip(grad).for_each(|(sum, grad)| *sum += grad);
    }

    /// The gradient of a table `[rows, heads]`. Parts are added in order, so the bits repeat.
    pub fn of_table(parts: &[Self], rows: &DistanceRows, shape: &[usize], scale: f32) -> Vec<f32> {
        let mut grad = vec![0.0; shape[0] * shape[1]];
        for part in parts {
            for (row, value) in rows.all().iter().zip(&part.by_distance) {
                grad[*row as usize * shape[1] + part.head] += value / scale;
            }
        }
        grad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_what_is_not_seen() {
        for scope in [Scope::Whole, Scope::Near(2), Scope::NearAndFirst(2), Scope::Near(0)] {
            for queries in [0..1, 3..5, 8..9, 0..9] {
                let keys = scope.keys(&queries, 9);
                for query in queries {
                    let mut scores = vec![0.0; keys.len()];
                    scope.hide(&mut scores, query, &keys);
                    let seen = |key: &usize| scope.sees(query, *key);
                    let left = keys.clone().filter(|key| scores[key - keys.start] == 0.0);
                    assert!(left.eq((0..9).filter(seen)), "{scope:?}, query {query}");
                }
            }
        }
    }

    #[test]
    fn products_are_those_of_the_blocks() {
        assert_eq!(Scope::Whole.products(300), 300 * 300);
        assert_eq!(Scope::Near(10).products(300), 128 * 138 + 128 * 148 + 44 * 54);
        assert_eq!(Scope::NearAndFirst(10).products(300), 128 * 138 + 128 * 266 + 44 * 300);
        assert_eq!(Scope::Near(10).products(0), 0);
    }

    #[test]
    fn queries_read_the_values_of_their_distances() {
        let rows = DistanceRows::new(4, |distance| (distance + 3) as usize);
        let table: Vec<f32> = (0..7).map(|row| row as f32).collect();
        let bias = HeadBias::new(View { shape: &[7, 1], data: &table }, &rows, 0, 1.0);
        let mut scores = [0.0; 3];
        bias.add(&mut scores, 2, &(1..4)); // distances 1, 0 and -1
        assert_eq!(scores, [4.0, 3.0, 2.0]);
    }
}
