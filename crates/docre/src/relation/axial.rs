//! KD-DocRE's relational encoder (Tan et al. 2022).

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, gather_rows};
use serde::{Deserialize, Serialize};

use super::{
    AxialAttention, AxialForm, Initialiser, PairFeatures, PairLayout, PairPass, PairScores,
    PairTable,
    entities::Entities,
    projection::{Bilinear, PairProjections},
    scores::together,
    sizes::{LARGEST_BLOCK, WIDEST, at_most, default_block, divides},
    table::ROWS,
};
use crate::{
    Error, Result,
    layers::{Linear, PackAs, linear},
};

/// Cells of several documents' tables together. Larger tables stand alone, so that without
/// gradients the memory is that of the largest.
const CELLS: usize = 16_384;

/// The sizes of KD-DocRE's relational encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AxialSettings {
    /// The form of the attention.
    pub form: AxialForm,
    /// Layers of attention: by default 1, in the public form 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<usize>,
    /// Heads, which divide the width of a pair: by default 1, in the public form 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<usize>,
    /// The width of z_s and z_o: by default that of the encoder (the paper; its public code has
    /// 1024).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// The width of the pair representation g: by default that of the encoder (the paper and
    /// its public code).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair_width: Option<usize>,
    /// The size of the groups of the bilinear map (64).
    pub block: usize,
}

/// The public code has 6 layers.
const MOST_LAYERS: usize = 256;

/// The most weights of a layer, 4 GB of them: BERT-large has a third of it in all.
const MOST_WEIGHTS: usize = 1 << 30;

impl Default for AxialSettings {
    fn default() -> Self {
        Self {
            form: AxialForm::default(),
            layers: None,
            heads: None,
            width: None,
            pair_width: None,
            block: default_block(),
        }
    }
}

impl AxialSettings {
    /// The layers.
    pub fn layers(&self) -> usize {
        self.layers.unwrap_or(if self.form == AxialForm::Public { 6 } else { 1 })
    }

    /// The heads.
    pub fn heads(&self) -> usize {
        self.heads.unwrap_or(if self.form == AxialForm::Public { 8 } else { 1 })
    }

    /// The width of z_s and z_o, on an encoder `hidden` wide.
    pub fn width(&self, hidden: usize) -> usize {
        self.width.unwrap_or(hidden)
    }

    /// The width of g, on an encoder `hidden` wide.
    pub fn pair_width(&self, hidden: usize) -> usize {
        self.pair_width.unwrap_or(hidden)
    }

    /// Refuses what no encoder fits.
    pub(super) fn check(&self) -> Result<()> {
        let sizes = [
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, WIDEST),
            ("width", self.width, WIDEST),
            ("pair_width", self.pair_width, WIDEST),
            ("block", Some(self.block), LARGEST_BLOCK),
        ];
        sizes
            .into_iter()
            .try_for_each(|(key, size, most)| at_most(key, size.unwrap_or(1), most))?;
        if let Some(width) = self.width {
            divides("block", self.block, "relation.width", width)?;
        }
        match self.pair_width {
            Some(width) => divides("heads", self.heads(), "relation.pair_width", width),
            None => Ok(()),
        }
    }

    /// Refuses what an encoder `hidden` wide doesn't fit.
    pub(super) fn check_for(&self, hidden: usize) -> Result<()> {
        self.check()?;
        let named = |name: &str, given: Option<usize>| match given {
            Some(_) => format!("relation.{name}"),
            None => format!("the encoder's width, which relation.{name} is by default"),
        };
        divides("block", self.block, &named("width", self.width), self.width(hidden))?;
        let width = named("pair_width", self.pair_width);
        divides("heads", self.heads(), &width, self.pair_width(hidden))?;
        let weights = self.width(hidden) * self.block * self.pair_width(hidden);
        if weights > MOST_WEIGHTS {
            let problem = format!(
                "times relation.block times relation.pair_width must be at most {MOST_WEIGHTS}, \
                 the weights of a layer, but is {weights}"
            );
            return Err(Error::setting("relation.width", problem));
        }
        Ok(())
    }
}

/// Entity pairs as cells of a table that attend to their row and their column (KD-DocRE,
/// Eq. 2 to 8), without padding to a fixed number of entities.
///
/// W_c of Eq. 5 is shared by subject and object in print; here, as in the public code, each
/// has its own. The bias of Eq. 6 is there, which the public code leaves out. The diagonal
/// takes part in the attention and has no scores; in the public code its scores are zero and
/// stay in the loss.
#[derive(Module, Debug)]
pub struct Axial {
    /// `[2 * hidden, width]`: an entity's embedding, then the context.
    head_extractor: Linear,
    /// The same for objects.
    tail_extractor: Linear,
    /// Eq. 6, `[width * block, pair width]`.
    projection: Linear,
    attention: AxialAttention,
    /// Eq. 8, `[pair width, classes]`.
    classifier: Linear,
    block: usize,
}

impl Axial {
    /// A new encoder for hidden states `hidden` wide.
    pub fn new(
        hidden: usize,
        settings: &AxialSettings,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let (width, pair_width) = (settings.width(hidden), settings.pair_width(hidden));
        Self {
            head_extractor: random.linear(2 * hidden, width, device),
            tail_extractor: random.linear(2 * hidden, width, device),
            projection: random.linear(width * settings.block, pair_width, device),
            attention: AxialAttention::new(
                settings.form,
                settings.layers(),
                settings.heads(),
                pair_width,
                random,
                device,
            ),
            classifier: random.linear(pair_width, classes, device),
            block: settings.block,
        }
    }

    /// Packs what reads pairs in eight bits. The classifier, and the attention between pairs, stay.
    pub(super) fn pack(&mut self, hidden: usize) {
        self.head_extractor.pack(PackAs::Parts(hidden));
        self.tail_extractor.pack(PackAs::Parts(hidden));
        self.projection.pack(PackAs::Bilinear(self.block));
    }

    /// The scores of all ordered pairs.
    pub(super) fn forward(
        &self,
        entities: &Entities,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = entities.embeddings.device();
        let tables = layout.tables(CELLS);
        let pairs = tables.iter().map(|table| self.pairs(entities, table, pass)).collect();
        let pairs = together(pairs, self.classifier.dims()[0], &device);
        let logits = match tables.is_empty() {
            true => together(Vec::new(), self.classifier.dims()[1], &device),
            false => linear(&self.classifier, pairs.clone(), Activation::None, pass.precision),
        };
        PairScores { logits, features: pass.features.then_some(PairFeatures::Vector(pairs)) }
    }

    /// r_w of the ordered pairs of some tables, `[pairs, pair width]`.
    fn pairs(&self, entities: &Entities, table: &PairTable, pass: PairPass) -> Tensor<2> {
        let g = self.representations(entities, table, pass);
        let r = self.attention.forward(g, &table.axes, pass.precision);
        gather_rows(r, &table.ordered.clone().into())
    }

    /// g of all cells, `[cells, pair width]`.
    fn representations(&self, entities: &Entities, table: &PairTable, pass: PairPass) -> Tensor<2> {
        let contexts = entities.all_contexts(&table.contexts, pass.precision);
        let (head, tail) = (&self.head_extractor, &self.tail_extractor);
        let PairProjections { head, tail } =
            PairProjections::new(head, tail, &entities.embeddings, pass.precision);
        let (of_heads, of_tails) = (head.contexts(contexts.clone()), tail.contexts(contexts));
        let (block, precision) = (self.block, pass.precision);
        let projection = Bilinear { layer: &self.projection, block, precision };
        let chunks = table.subjects.chunks(ROWS).zip(table.objects.chunks(ROWS));
        let chunks = chunks.map(|(subjects, objects)| {
            let z_s = head.features(of_heads.clone(), &subjects.into());
            let z_o = tail.features(of_tails.clone(), &objects.into());
            projection.forward(z_s, z_o)
        });
        Tensor::cat(chunks.collect(), 0)
    }
}
