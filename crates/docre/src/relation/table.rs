//! The table of all entity pairs of each document.

use std::{ops::Range, sync::Arc};

use docre_kernels::{DocumentPairs, Segments};

use super::layout::{chunks, tokens};
use crate::text::DocumentSpan;

/// Cells or pairs that go through a feature or the classifier at a time. Without gradients this
/// bounds the memory, whatever the number of entities.
pub(super) const ROWS: usize = 4096;

/// Entity-pair tables of some documents, without padding: the table of a document with `n`
/// entities has `n × n` cells, cell (s, o) for subject s and object o, row by row, the
/// diagonal included; the tables lie one behind another.
#[derive(Debug, Clone)]
pub struct PairTable {
    /// How the cells lie.
    pub axes: TableAxes,
    /// The unordered pairs, an entity and itself included, in chunks.
    pub contexts: Vec<DocumentPairs>,
    /// Each cell's subject, and its unordered pair.
    pub subjects: Vec<(usize, usize)>,
    /// Each cell's object, and its unordered pair.
    pub objects: Vec<(usize, usize)>,
    /// The cell of each ordered pair that has a row of scores; none is on the diagonal.
    pub ordered: Vec<u32>,
}

impl PairTable {
    /// The tables of a range of documents; `pairs_with_rows` are head and tail of the rows of all
    /// of them.
    pub(super) fn new(
        documents: &[DocumentSpan],
        pairs_with_rows: &[(usize, usize)],
        range: Range<usize>,
    ) -> Self {
        let sides = documents[range.clone()].iter().map(|document| document.entities.len());
        let axes = TableAxes::new(&sides.collect::<Vec<_>>());
        let (mut pairs, mut ranges) = (Vec::new(), Vec::new());
        let (mut subjects, mut objects, mut ordered) = (Vec::new(), Vec::new(), Vec::new());
        for (place, document) in documents.iter().enumerate() {
            let first = pairs.len();
            if range.contains(&place) {
                let entities = document.entities.clone();
                let rows = &pairs_with_rows[document.ordered_pairs.clone()];
                let first_cell = subjects.len();
                ordered.extend(rows.iter().map(|(s, o)| {
                    let (s, o) = (s - entities.start, o - entities.start);
                    (first_cell + s * entities.len() + o) as u32
                }));
                for (s, o) in entities.clone().flat_map(|s| entities.clone().map(move |o| (s, o))) {
                    let [low, high] = [s.min(o), s.max(o)].map(|entity| entity - entities.start);
                    let context = first + unordered_place(entities.len(), low, high);
                    if s <= o {
                        pairs.push((s, o));
                    }
                    subjects.push((s, context));
                    objects.push((o, context));
                }
            }
            ranges.push(first..pairs.len());
        }
        let contexts = chunks(&tokens(documents), &ranges, &pairs);
        Self { axes, contexts, subjects, objects, ordered }
    }
}

/// The place of a pair with `low <= high` among those of `entities` entities.
fn unordered_place(entities: usize, low: usize, high: usize) -> usize {
    // Pairs that start with an earlier entity: n + (n - 1) + ... + (n - low + 1).
    low * (2 * entities + 1 - low) / 2 + high - low
}

/// Rows and columns of square tables that lie one behind another.
#[derive(Debug, Clone)]
pub struct TableAxes {
    /// The side of each table.
    pub sides: Vec<usize>,
    /// The rows (s, ·) of all tables, each the cells of a sequence.
    pub rows: Segments,
    /// For each cell (s, o) the cell (o, s): turns rows into columns, and columns into rows.
    pub transposed: Arc<[u32]>,
}

impl TableAxes {
    /// The axes of tables of these sides.
    pub fn new(sides: &[usize]) -> Self {
        let lengths = sides.iter().flat_map(|side| std::iter::repeat_n(*side, *side));
        let mut transposed = Vec::new();
        for side in sides {
            let first = transposed.len();
            let cells = (0..*side).flat_map(|s| (0..*side).map(move |o| first + o * side + s));
            transposed.extend(cells.map(|cell| cell as u32));
        }
        Self {
            sides: sides.to_vec(),
            rows: Segments::from_lengths(lengths),
            transposed: transposed.into(),
        }
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.transposed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(entities: &[usize]) -> Vec<DocumentSpan> {
        let mut first = 0;
        entities
            .iter()
            .enumerate()
            .map(|(place, count)| {
                first += count;
                let rows = [0, 2, 2, 6]; // of which some documents before this one have
                DocumentSpan {
                    tokens: 10 * place..10 * (place + 1),
                    windows: place..place + 1,
                    entities: first - count..first,
                    pairs: 0..0,
                    ordered_pairs: rows[place]..rows[place + 1],
                }
            })
            .collect()
    }

    #[test]
    fn cells_pairs_and_contexts() {
        let documents = documents(&[2, 1, 3]);
        // Of the last document two pairs have no row.
        let pairs = [(0, 1), (1, 0), (3, 4), (3, 5), (4, 5), (5, 4)];
        let table = PairTable::new(&documents, &pairs, 1..3);
        assert_eq!(table.axes.sides, [1, 3]);
        assert_eq!(table.axes.cells(), 10);
        assert_eq!(*table.axes.transposed, [0, 1, 4, 7, 2, 5, 8, 3, 6, 9]);
        assert_eq!(table.ordered, [2, 3, 6, 8]);
        let pairs = &table.contexts[0].pairs;
        for (subject, object) in table.subjects.iter().zip(&table.objects) {
            assert_eq!(subject.1, object.1);
            let pair = pairs[subject.1];
            let (low, high) = (subject.0.min(object.0), subject.0.max(object.0));
            assert_eq!(pair, (low, high));
        }
        let lengths: Vec<_> = table.contexts[0].pairs_of_document.iter().map(|r| r.len()).collect();
        assert_eq!(lengths, [0, 1, 6]);
    }
}
