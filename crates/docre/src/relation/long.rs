//! One long document at inference, in the memory of what its entities attend to.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use docre_kernels::{
    BlockAttention, Groups, Precision, Segments, Stretch, pool_logsumexp, pool_mean,
};

use super::{DocumentTokens, merge::EPSILON};
use crate::{encoder::Tokens, text::EncodedBatch};

/// A document that was encoded some windows at a time.
#[derive(Debug, Clone)]
pub(crate) struct LongDocument {
    /// Logsumexp over the markers of an entity's mentions, `[entities, hidden]`.
    pub(super) embeddings: Tensor<2>,
    /// `[document tokens, hidden]`
    hidden: Arc<[f32]>,
    width: usize,
    attention: Arc<BlockAttention>,
}

/// The rows of attention that some windows gave.
struct Rows {
    /// The number of the first.
    first: usize,
    /// `[rows, heads, longest window]`
    values: Vec<f32>,
    longest: usize,
}

impl LongDocument {
    /// Merges windows as [`DocumentTokens::merge`](super::DocumentTokens::merge) does, but for
    /// the order of sums. `parts` are the encoder's output on some windows after another of the
    /// batch's one document.
    pub fn new(parts: impl Iterator<Item = Tokens>, batch: &EncodedBatch, device: &Device) -> Self {
        let (mut packed, mut all, mut heads, mut width) = (Vec::new(), Vec::new(), 0, 0);
        let mut first = 0;
        for Tokens { hidden, attention } in parts {
            let [rows, _, longest] = attention.dims();
            (heads, width) = (attention.dims()[1], hidden.dims()[1]);
            packed.extend(values(hidden));
            all.push(Rows { first, values: values(attention), longest });
            first += rows;
        }
        let packed = TensorData::new(packed, [batch.packed_tokens(), width]);
        let packed = Tensor::<2>::from_data(packed, device);
        let hidden = match batch.is_single_window() {
            true => packed,
            false => {
                let sources = Segments::new(batch.sources.offsets.clone());
                pool_mean(packed, &Groups::new(sources, batch.sources.values.clone()))
            }
        };
        let by_entity = Segments::new(batch.mentions.offsets.clone());
        let markers = Groups::new(by_entity, batch.mentions.values.clone());
        Self {
            embeddings: pool_logsumexp(hidden.clone(), &markers),
            hidden: values(hidden).into(),
            width,
            attention: Arc::new(attention(&all, batch, heads)),
        }
    }

    /// The document's tokens, for encoders that don't read attention.
    pub(super) fn tokens(&self) -> DocumentTokens {
        let device = self.embeddings.device();
        let rows = self.hidden.len() / self.width;
        let hidden = TensorData::new(self.hidden.to_vec(), [rows, self.width]);
        DocumentTokens {
            hidden: Tensor::from_data(hidden, &device),
            attention: Tensor::zeros([0, 0, 0], &device),
        }
    }

    /// The localized context of each pair, `[pairs, hidden]`.
    pub(super) fn contexts(&self, pairs: &[(usize, usize)], precision: Precision) -> Tensor<2> {
        let contexts = self.attention.contexts(&self.hidden, self.width, pairs, precision);
        let contexts = TensorData::new(contexts, [pairs.len(), self.width]);
        Tensor::from_data(contexts, &self.embeddings.device())
    }

    /// What its entities attend to.
    pub(super) fn attention(&self) -> Arc<BlockAttention> {
        self.attention.clone()
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("an encoder's output is f32")
}

/// The mean attention of each entity's mentions.
fn attention(all: &[Rows], batch: &EncodedBatch, heads: usize) -> BlockAttention {
    let mut attention = BlockAttention::new(heads);
    let by_entity = Segments::new(batch.mentions.offsets.clone());
    for mentions in by_entity.iter() {
        let of_mention = |mention: usize| {
            let rows = batch.mention_rows.rows.list(mention).iter();
            rows.map(|row| stretch(all, batch, heads, *row)).collect()
        };
        let mentions: Vec<Vec<Stretch>> = mentions.map(of_mention).collect();
        attention.push(&mentions, (!batch.is_single_window()).then_some(EPSILON));
    }
    attention
}

/// Where the document's tokens are in a row of attention.
fn stretch<'a>(all: &'a [Rows], batch: &EncodedBatch, heads: usize, row: usize) -> Stretch<'a> {
    let window = &batch.windows[batch.window_of(batch.mention_rows.tokens[row])];
    let Rows { first, values, longest } = &all[all.partition_point(|rows| rows.first <= row) - 1];
    let added = usize::from(window.cls_added);
    Stretch {
        first: window.start,
        length: window.end - window.start,
        rows: &values[(row - first) * heads * longest..][..heads * longest][added..],
        stride: *longest,
    }
}
