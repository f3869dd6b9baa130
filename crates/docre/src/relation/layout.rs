//! Where the entities and pairs of a batch lie, in the form the kernels take.

use std::{ops::Range, sync::Arc};

use docre_kernels::{DocumentPairs, Groups, Segments};

use crate::text::EncodedBatch;

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
        Self {
            markers: Groups::new(by_entity.clone(), batch.mentions.values.clone()),
            mentions: Groups::new(by_entity, mentions),
            chunks: chunk_ranges(batch.pairs.len()).map(|range| chunk(batch, range)).collect(),
            order: order.collect(),
        }
    }
}

fn chunk_ranges(pairs: usize) -> impl Iterator<Item = Range<usize>> {
    (0..pairs).step_by(CHUNK).map(move |from| from..(from + CHUNK).min(pairs))
}

fn chunk(batch: &EncodedBatch, range: Range<usize>) -> PairChunk {
    let tokens = batch.documents.iter().map(|document| document.tokens.len());
    let pairs_of_document = batch.documents.iter().map(|document| {
        let (start, end) = (document.pairs.start, document.pairs.end);
        end.clamp(range.start, range.end) - start.clamp(range.start, range.end)
    });
    let pairs: Vec<_> =
        batch.pairs[range.clone()].iter().map(|pair| (pair.first, pair.second)).collect();
    let rows = pairs.iter().enumerate();
    let heads = rows.clone().flat_map(|(row, (first, second))| [(*first, row), (*second, row)]);
    let tails = rows.flat_map(|(row, (first, second))| [(*second, row), (*first, row)]);
    PairChunk {
        heads: heads.collect(),
        tails: tails.collect(),
        pairs: DocumentPairs {
            tokens: Segments::from_lengths(tokens),
            pairs_of_document: Segments::from_lengths(pairs_of_document),
            pairs: pairs.into(),
        },
    }
}
