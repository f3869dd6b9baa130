//! Where the entities and pairs of a batch lie, in the form the kernels take.

use std::{ops::Range, sync::Arc};

use docre_kernels::{DocumentPairs, Groups, Segments};

use super::table::PairTable;
use crate::text::{DocumentSpan, EncodedBatch, MentionSpan};

/// Unordered pairs that go through the pair stage at a time. Without gradients
/// this bounds its memory on the CPU, whatever the number of entities: about 50 MB.
const CHUNK: usize = 2048;

/// The entities and pairs of a batch.
#[derive(Debug, Clone)]
pub struct PairLayout {
    /// Each entity's markers, rows of the document tokens.
    pub markers: Groups,
    /// Each entity's mentions, numbered through: rows of the mentions' attention.
    pub mentions: Groups,
    /// The unordered pairs, in chunks.
    pub chunks: Vec<PairChunk>,
    /// For each ordered pair its row among the chunks' rows one behind another.
    pub order: Vec<usize>,
    /// Where each mention is.
    pub(super) spans: Vec<MentionSpan>,
    /// The number of each entity's type; 0 where the batch doesn't say it.
    pub(super) entity_types: Vec<usize>,
    /// Head and tail of each ordered pair.
    pub(super) ordered_pairs: Vec<(usize, usize)>,
    documents: Vec<DocumentSpan>,
}

/// Some of a batch's unordered pairs, each of which gives two rows of scores:
/// first to second, then second to first.
#[derive(Debug, Clone)]
pub struct PairChunk {
    /// The pairs by document.
    pub pairs: DocumentPairs,
    /// Each row's head entity, and its unordered pair within the chunk.
    pub heads: Arc<[(usize, usize)]>,
    /// Each row's tail entity, and its unordered pair within the chunk.
    pub tails: Arc<[(usize, usize)]>,
}

impl PairLayout {
    /// The layout of a batch.
    pub fn new(batch: &EncodedBatch) -> Self {
        let by_entity = Segments::new(batch.mentions.offsets.clone());
        let mentions = (0..by_entity.total()).collect::<Vec<_>>();
        let order = batch.ordered_pairs.iter().map(|ordered| {
            let backwards = batch.pairs[ordered.pair].first != ordered.head;
            2 * ordered.pair + usize::from(backwards)
        });
        let pairs: Vec<_> = batch.pairs.iter().map(|pair| (pair.first, pair.second)).collect();
        let ranges: Vec<_> = batch.documents.iter().map(|d| d.pairs.clone()).collect();
        let chunks = chunks(&tokens(&batch.documents), &ranges, &pairs);
        Self {
            markers: Groups::new(by_entity.clone(), batch.mentions.values.clone()),
            mentions: Groups::new(by_entity, mentions),
            chunks: chunks.into_iter().map(PairChunk::new).collect(),
            order: order.collect(),
            spans: batch.spans.clone(),
            entity_types: entity_types(batch),
            ordered_pairs: batch.ordered_pairs.iter().map(|pair| (pair.head, pair.tail)).collect(),
            documents: batch.documents.clone(),
        }
    }

    /// The entity-pair tables of the documents, as many together as have at most `cells` cells;
    /// a larger one stands alone. Their ordered pairs one behind another are the batch's; a
    /// table without any is left out.
    pub fn tables(&self, cells: usize) -> Vec<PairTable> {
        let (mut tables, mut first, mut filled) = (Vec::new(), 0, 0);
        for (place, document) in self.documents.iter().enumerate() {
            let needed = document.entities.len().pow(2);
            if filled > 0 && filled + needed > cells {
                tables.push(self.table(first..place));
                (first, filled) = (place, 0);
            }
            filled += needed;
        }
        tables.push(self.table(first..self.documents.len()));
        tables.retain(|table| !table.ordered.is_empty());
        tables
    }

    fn table(&self, documents: Range<usize>) -> PairTable {
        PairTable::new(&self.documents, &self.ordered_pairs, documents)
    }
}

fn entity_types(batch: &EncodedBatch) -> Vec<usize> {
    match batch.entity_types.is_empty() {
        true => vec![0; batch.mentions.len()],
        false => batch.entity_types.iter().map(|number| *number as usize).collect(),
    }
}

/// Cuts pairs into chunks. `tokens` are each document's, `ranges` its pairs.
pub(super) fn chunks(
    tokens: &Segments,
    ranges: &[Range<usize>],
    pairs: &[(usize, usize)],
) -> Vec<DocumentPairs> {
    let from = (0..pairs.len()).step_by(CHUNK);
    from.map(|from| from..(from + CHUNK).min(pairs.len()))
        .map(|chunk| DocumentPairs {
            tokens: tokens.clone(),
            pairs_of_document: Segments::from_lengths(ranges.iter().map(|range| {
                range.end.clamp(chunk.start, chunk.end) - range.start.clamp(chunk.start, chunk.end)
            })),
            pairs: pairs[chunk.clone()].into(),
        })
        .collect()
}

/// Each document's tokens.
pub(super) fn tokens(documents: &[DocumentSpan]) -> Segments {
    Segments::from_lengths(documents.iter().map(|document| document.tokens.len()))
}

impl PairChunk {
    fn new(pairs: DocumentPairs) -> Self {
        let rows = || pairs.pairs.iter().enumerate();
        let heads = rows().flat_map(|(row, (first, second))| [(*first, row), (*second, row)]);
        let tails = rows().flat_map(|(row, (first, second))| [(*second, row), (*first, row)]);
        Self { heads: heads.collect(), tails: tails.collect(), pairs }
    }
}
