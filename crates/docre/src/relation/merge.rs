//! One view of each document, from the windows that the encoder saw.

use burn::tensor::{Device, Int, Tensor, TensorData};
use docre_kernels::{Groups, Segments, pool_mean};

use crate::{encoder::Tokens, text::EncodedBatch};

/// What the public code adds to the sums that merged attention is divided by.
pub(super) const EPSILON: f64 = 1e-10;

/// The encoder's output on the documents' own tokens.
#[derive(Debug, Clone)]
pub struct DocumentTokens {
    /// Hidden states, `[document tokens, width]`; of wholes `[documents, width]`.
    pub hidden: Tensor<2>,
    /// Each mention's attention over the tokens of its document, zero beyond its
    /// end, `[mentions, heads, longest document]`.
    pub attention: Tensor<3>,
}

impl DocumentTokens {
    /// Merges windows: a token's hidden state is the mean over the windows that
    /// cover it; a mention's attention the sum of its windows' rows, without the
    /// tokens that windows added, divided by its sum (ATLOP's public code, for
    /// any number of windows). Documents of one window are left as they are.
    pub fn merge(tokens: Tokens, batch: &EncodedBatch) -> Self {
        if batch.is_single_window() {
            let device = tokens.hidden.device();
            let rows = index(batch.mention_rows.rows.values.iter().copied(), &device);
            return Self { hidden: tokens.hidden, attention: tokens.attention.select(0, rows) };
        }
        let sources = Segments::new(batch.sources.offsets.clone());
        let sources = Groups::new(sources, batch.sources.values.clone());
        Self {
            hidden: pool_mean(tokens.hidden, &sources),
            attention: merge_attention(tokens.attention, batch),
        }
    }
}

fn merge_attention(rows: Tensor<3>, batch: &EncodedBatch) -> Tensor<3> {
    let device = rows.device();
    let [_, heads, _] = rows.dims();
    let mentions = batch.mention_rows.rows.len();
    let longest = batch.documents.iter().map(|d| d.tokens.len()).max().unwrap_or(0);
    let most = batch.mention_rows.rows.lists().map(<[usize]>::len).max().unwrap_or(0);
    let mut sum = Tensor::zeros([mentions, heads, longest], &device);
    for turn in 0..most {
        let places = WindowPlaces::new(batch, turn, longest);
        let row = rows.clone().select(0, index(places.rows.iter().copied(), &device));
        let columns = TensorData::new(places.columns, [mentions, 1, longest]);
        let columns =
            Tensor::<3, Int>::from_data(columns, &device).expand([mentions, heads, longest]);
        let covered = TensorData::new(places.covered, [mentions, 1, longest]);
        sum = sum + row.gather(2, columns) * Tensor::<3>::from_data(covered, &device);
    }
    let merged = TensorData::new(from_several_windows(batch), [mentions, 1, 1]);
    let merged = Tensor::<3>::from_data(merged, &device);
    // Rows of documents with one window are divided by 1.
    let total = (sum.clone().sum_dim(2) + EPSILON) * merged.clone() + (1.0 - merged);
    sum / total
}

/// For each mention one of the windows that cover it, and where the tokens of the
/// document are in it.
struct WindowPlaces {
    /// The row of the mention's attention in that window, `[mentions]`.
    rows: Vec<usize>,
    /// The window's column for each document token, `[mentions, longest document]`.
    columns: Vec<i32>,
    /// 1 where the window covers the token, else 0; same shape.
    covered: Vec<f32>,
}

impl WindowPlaces {
    /// Each mention's window number `turn`; nothing is covered where it has fewer.
    fn new(batch: &EncodedBatch, turn: usize, longest: usize) -> Self {
        let mentions = batch.mention_rows.rows.len();
        let mut places = Self {
            rows: vec![0; mentions],
            columns: vec![0; mentions * longest],
            covered: vec![0.0; mentions * longest],
        };
        for (mention, rows) in batch.mention_rows.rows.lists().enumerate() {
            let Some(row) = rows.get(turn) else { continue };
            places.rows[mention] = *row;
            let window = &batch.windows[batch.window_of(batch.mention_rows.tokens[*row])];
            for position in window.start..window.end {
                let at = mention * longest + position;
                places.columns[at] = window.place(position).expect("covered") as i32;
                places.covered[at] = 1.0;
            }
        }
        places
    }
}

/// 1 for each mention of a document with more than one window, else 0.
fn from_several_windows(batch: &EncodedBatch) -> Vec<f32> {
    let mut several = Vec::with_capacity(batch.mentions.values.len());
    for document in &batch.documents {
        let flag = f32::from(document.windows.len() > 1);
        let mentions = document.entities.clone().map(|entity| batch.mentions.list(entity).len());
        several.extend(std::iter::repeat_n(flag, mentions.sum()));
    }
    several
}

fn index(places: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}
