//! DocuNet (Zhang et al. 2021).

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use docre_kernels::gather_rows;
use serde::{Deserialize, Serialize};

use super::{
    ChannelKind, ChannelMap, Initialiser, PairLayout, PairPass, PairScores, PairTable, Pyramid,
    UNet,
    entities::Entities,
    pair_classifier::PairClassifier,
    sizes::{LARGEST_BLOCK, WIDEST, at_most, default_block, default_width, divides},
    table::ROWS,
};
use crate::{
    Error, Result,
    layers::{Linear, PackAs},
};

/// Cells of several documents' tables together at inference; larger tables stand alone. In
/// training all are together, since batch normalisation sees the whole batch.
const CELLS: usize = 16_384;

/// The sizes of DocuNet; defaults are those of the public code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DocuNetSettings {
    /// What the channels are made of.
    pub map: ChannelKind,
    /// The channels that the U-Net sees (3).
    pub channels: usize,
    /// The channels after its first convolution (256), an even number.
    pub filters: usize,
    /// The channels that it gives (256).
    pub outputs: usize,
    /// The width of a pair's head and tail features (768).
    pub width: usize,
    /// The size of the groups of the bilinear classifier (64).
    pub block: usize,
}

/// The U-Net's largest convolution has 4 times as many inputs, and 9 weights for each of both.
const MOST_FILTERS: usize = 1 << 10;

impl Default for DocuNetSettings {
    fn default() -> Self {
        Self {
            map: ChannelKind::default(),
            channels: 3,
            filters: 256,
            outputs: 256,
            width: default_width(),
            block: default_block(),
        }
    }
}

impl DocuNetSettings {
    /// Refuses sizes that don't fit each other.
    pub(super) fn check(&self) -> Result<()> {
        let sizes = [
            ("channels", self.channels, WIDEST),
            ("filters", self.filters, MOST_FILTERS),
            ("outputs", self.outputs, WIDEST),
            ("width", self.width, WIDEST),
            ("block", self.block, LARGEST_BLOCK),
        ];
        sizes.into_iter().try_for_each(|(key, size, most)| at_most(key, size, most))?;
        if !self.filters.is_multiple_of(2) {
            let problem = format!(
                "must be an even number above 0, of which the last level has half, but is {}",
                self.filters
            );
            return Err(Error::setting("relation.filters", problem));
        }
        divides("block", self.block, "relation.width", self.width)
    }
}

/// Relation extraction as the segmentation of an image whose pixels are entity pairs.
///
/// The side of the image is the document's number of entities, where the public code has 42
/// and repeats the last entity's attention beyond the real ones.
#[derive(Module, Debug)]
pub struct DocuNet {
    map: ChannelMap,
    unet: UNet,
    /// `[hidden + outputs, width]`: an entity's embedding, then what the U-Net says of the pair.
    /// The paper prints `tanh(W_s e_s + Y_so)`; the public code maps both.
    head_extractor: Linear,
    /// The same for tails.
    tail_extractor: Linear,
    /// `[width * block, classes]`.
    bilinear: Linear,
    block: usize,
}

impl DocuNet {
    /// A new DocuNet for hidden states `hidden` wide.
    pub fn new(
        hidden: usize,
        settings: &DocuNetSettings,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let DocuNetSettings { map, channels, filters, outputs, width, block } = *settings;
        Self {
            map: ChannelMap::new(map, hidden, channels, random, device),
            unet: UNet::new(channels, filters, outputs, random, device),
            head_extractor: random.linear(hidden + outputs, width, device),
            tail_extractor: random.linear(hidden + outputs, width, device),
            bilinear: random.linear(width * block, classes, device),
            block,
        }
    }

    /// Packs its matrices in eight bits, but for the U-Net.
    pub(super) fn pack(&mut self, hidden: usize) {
        self.head_extractor.pack(PackAs::Parts(hidden));
        self.tail_extractor.pack(PackAs::Parts(hidden));
        self.bilinear.pack(PackAs::Bilinear(self.block));
    }

    /// The scores of all ordered pairs.
    pub(super) fn forward(
        &self,
        entities: &Entities,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = entities.embeddings.device();
        let extractors = [&self.head_extractor, &self.tail_extractor];
        let embeddings = &entities.embeddings;
        let classifier =
            PairClassifier::new(extractors, &self.bilinear, self.block, embeddings, pass);
        let mut scored = Vec::new();
        for table in layout.tables(if pass.training { usize::MAX } else { CELLS }) {
            let segmented = self.segmented(entities, &table, pass);
            for ordered in table.ordered.chunks(ROWS) {
                let segmented = gather_rows(segmented.clone(), &ordered.into());
                let rows = |of: &[(usize, usize)]| {
                    let entities = ordered.iter().map(|cell| of[*cell as usize].0);
                    entities.enumerate().map(|(row, entity)| (entity, row)).collect()
                };
                let (subjects, objects) = (rows(&table.subjects), rows(&table.objects));
                scored.push(classifier.score(segmented, &subjects, &objects));
            }
        }
        classifier.together(scored.into_iter(), |rows| rows, &device)
    }

    /// What the U-Net says of each cell, `[cells, outputs]`.
    fn segmented(&self, entities: &Entities, table: &PairTable, pass: PairPass) -> Tensor<2> {
        let channels = self.map.forward(entities, table, pass);
        self.unet.forward(channels, &Pyramid::new(&table.axes.sides), pass)
    }
}
