//! What DocuNet's U-Net sees of each entity pair.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, gather_rows};
use serde::{Deserialize, Serialize};

use super::{Initialiser, PairPass, PairTable, entities::Entities};
use crate::layers::{Linear, linear};

/// What the channels of an entity pair are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// The pair's localized context (DocuNet's context-based strategy, with which the public
    /// code is run).
    #[default]
    Context,
    /// How similar the two entities are (its similarity-based strategy).
    Similarity,
}

/// The channels of all cells: a feature of each pair, mapped to a few channels (`W_3 F`).
///
/// The similarities are inner product, cosine and bilinear form, one value each. The paper
/// prints the first as an element-wise product; the public code, which can't run this strategy,
/// means the inner product, makes its bilinear form anew each time, and leaves the map out.
#[derive(Module, Debug)]
pub struct ChannelMap {
    /// `[hidden, hidden]`, for similarities only.
    bilinear: Option<Linear>,
    /// `[hidden or 3, channels]`
    channels: Linear,
}

impl ChannelMap {
    pub(super) fn new(
        kind: ChannelKind,
        hidden: usize,
        channels: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        match kind {
            ChannelKind::Context => {
                Self { bilinear: None, channels: random.linear(hidden, channels, device) }
            }
            ChannelKind::Similarity => {
                let bilinear = random.linear_without_bias(hidden, hidden, device);
                Self { bilinear: Some(bilinear), channels: random.linear(3, channels, device) }
            }
        }
    }

    /// `[cells, channels]`
    pub(super) fn forward(
        &self,
        entities: &Entities,
        table: &PairTable,
        pass: PairPass,
    ) -> Tensor<2> {
        let map = |x| linear(&self.channels, x, Activation::None, pass.precision);
        match &self.bilinear {
            None => {
                let contexts = entities.all_contexts(&table.contexts, pass.precision);
                let rows: Vec<u32> = table.subjects.iter().map(|cell| cell.1 as u32).collect();
                gather_rows(map(contexts), &rows.into())
            }
            Some(bilinear) => map(similarities(&entities.embeddings, bilinear, table, pass)),
        }
    }
}

/// Inner product, cosine and bilinear form of subject and object, `[cells, 3]`.
fn similarities(
    embeddings: &Tensor<2>,
    bilinear: &Linear,
    table: &PairTable,
    pass: PairPass,
) -> Tensor<2> {
    let entities = |cells: &[(usize, usize)]| cells.iter().map(|cell| cell.0 as u32).collect();
    let (subjects, objects) = (entities(&table.subjects), entities(&table.objects));
    let product = |left: Tensor<2>, right: Tensor<2>| {
        (gather_rows(left, &subjects) * gather_rows(right, &objects)).sum_dim(1)
    };
    let embeddings = || embeddings.clone();
    // An entity whose mentions were all cut off is zero.
    let length = (embeddings().square().sum_dim(1) + 1e-12).sqrt();
    let directions = embeddings() / length;
    let mapped = linear(bilinear, embeddings(), Activation::None, pass.precision);
    let values = vec![
        product(embeddings(), embeddings()),
        product(directions.clone(), directions),
        product(mapped, embeddings()),
    ];
    Tensor::cat(values, 1)
}
