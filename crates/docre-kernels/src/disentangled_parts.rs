//! What disentangled attention and its chosen rows share.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    attention::{Heads, RowMask, mask_start},
    bridge::{Grad, View},
    buffer::zeros,
    dropout::Dropout,
    relative::{Relative, RelativeRows},
    segments::Segments,
};

/// Where things are, and which terms there are.
#[derive(Debug)]
pub(crate) struct Layout {
    pub segments: Segments,
    pub heads: usize,
    pub rows: RelativeRows,
    pub dropout: Dropout,
    has_keys: bool,
    has_queries: bool,
}

impl Layout {
    pub fn new(relative: &Relative, segments: &Segments, heads: usize, dropout: Dropout) -> Self {
        Self {
            segments: segments.clone(),
            heads,
            rows: relative.rows.clone(),
            dropout,
            has_keys: relative.keys.is_some(),
            has_queries: relative.queries.is_some(),
        }
    }

    /// Query, key, and the tables that there are, in this order.
    pub fn operands<'a>(&self, views: &[View<'a>]) -> Operands<'a> {
        let mut heads = views.iter().map(|view| Heads::new(*view, self.heads));
        let mut next = || heads.next().expect("as many inputs as terms ask for");
        Operands {
            query: next(),
            key: next(),
            relative_keys: self.has_keys.then(&mut next),
            relative_queries: self.has_queries.then(&mut next),
        }
    }

    /// The mask of a query's row of probabilities.
    pub fn row_mask(&self, token: usize, head: usize) -> Option<RowMask> {
        RowMask::new(self.dropout, mask_start(token, head, self.heads, self.segments.longest()))
    }

    /// The rows of the tables that a segment of this length reads.
    pub fn table(&self, length: usize) -> Range<usize> {
        self.rows.window(0..length, 0..length)
    }
}

/// What scores are made of.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub query: Heads<'a>,
    pub key: Heads<'a>,
    pub relative_keys: Option<Heads<'a>>,
    pub relative_queries: Option<Heads<'a>>,
}

impl Operands<'_> {
    /// The tables that there are.
    fn tables(&self) -> impl Iterator<Item = &Heads<'_>> {
        self.relative_keys.iter().chain(&self.relative_queries)
    }

    /// What scores are multiplied by.
    pub fn scale(&self) -> f32 {
        let terms = 1 + self.tables().count();
        1.0 / ((self.query.size * terms) as f32).sqrt()
    }
}

/// The gradients of the tables from one head of one segment.
pub(crate) struct TableGrads {
    /// The rows of the tables that the segment reads.
    pub table: Range<usize>,
    pub head: usize,
    size: usize,
    /// `[table, head width]` for each table that there is, the relative keys first.
    values: Vec<Vec<f32>>,
}

impl TableGrads {
    pub fn zeros(table: Range<usize>, head: usize, operands: &Operands) -> Self {
        let size = operands.query.size;
        let values = operands.tables().map(|_| vec![0.0; table.len() * size]).collect();
        Self { table, head, size, values }
    }

    /// The gradient of the relative keys, from a row of the part on.
    pub fn of_keys(&mut self, row: usize) -> &mut [f32] {
        let values = self.values.first_mut().expect("asked with this term alone");
        &mut values[row * self.size..]
    }

    /// The gradient of the relative queries, from a row of the part on.
    pub fn of_queries(&mut self, row: usize) -> &mut [f32] {
        let values = self.values.last_mut().expect("asked with this term alone");
        &mut values[row * self.size..]
    }
}

/// The gradients of whole tables. Parts are added in order, so the bits repeat.
pub(crate) fn grads_of_tables(parts: &[TableGrads], tables: &[View], size: usize) -> Vec<Grad> {
    let sum = |(number, table): (usize, &View)| {
        let width = table.shape[1];
        let mut sum = zeros(table.data.len());
        sum.par_chunks_exact_mut(width).enumerate().for_each(|(row, sum)| {
            for part in parts.iter().filter(|part| part.table.contains(&row)) {
                let values = &part.values[number][(row - part.table.start) * size..][..size];
                let sum = &mut sum[part.head * size..][..size];
                sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        });
        Grad::Values(sum)
    };
    tables.iter().enumerate().map(sum).collect()
}
