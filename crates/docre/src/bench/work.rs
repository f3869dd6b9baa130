//! How much arithmetic a model's matrix products are.

use docre_kernels::Scope;

use crate::{
    encoder::{EncoderConfig, RelativeConfig},
    relation::{
        AxialForm, AxialSettings, ChannelKind, DocuNetSettings, JerexClassifier, JerexSettings,
        MemorySettings, RelationSettings,
    },
    text::EncodedBatch,
};

/// The backward pass of a product is two products of its size.
pub(super) const TRAINING: f64 = 3.0;

/// The floating-point operations of the matrix products of one forward pass, a
/// multiplication and an addition counted as two. What is computed is counted, so padding,
/// activations and softmax are not.
pub(super) fn forward(
    config: &EncoderConfig,
    relation: &RelationSettings,
    classes: usize,
    batch: &EncodedBatch,
) -> f64 {
    encoder(config, batch) + pair_stage(config, relation, classes, batch)
}

fn encoder(config: &EncoderConfig, batch: &EncodedBatch) -> f64 {
    let hidden = config.hidden_size as f64;
    let tokens = batch.ids.len() as f64;
    let inner = (config.intermediate_size + config.intermediate_outputs()) as f64;
    // Longformer's first token has keys and values of its own.
    let global = if config.attention_window.is_empty() { 0.0 } else { 2.0 };
    let maps = tokens * ((4.0 + global) * hidden * hidden + hidden * inner);
    let lengths = || batch.segments.windows(2).map(|window| window[1] - window[0]);
    let layers = config.num_hidden_layers;
    let scopes = (0..layers).map(|layer| config.scope(layer));
    let products = |scope: Scope| lengths().map(|length| scope.products(length)).sum::<usize>();
    let attention = 2.0 * hidden * scopes.map(products).sum::<usize>() as f64;
    let relative = config.relative.as_ref().map_or(0.0, |config| relative(config, hidden, lengths));
    2.0 * (attention + layers as f64 * (maps + relative))
}

/// A layer's maps of relative positions, and their products with tokens.
fn relative<L: Iterator<Item = usize>>(
    config: &RelativeConfig,
    hidden: f64,
    lengths: impl Fn() -> L,
) -> f64 {
    let (table, rows) = config.rows(lengths().max().unwrap_or(0));
    let products: f64 = lengths().map(|length| rows.products(length) as f64).sum();
    config.terms() as f64 * (table.len() as f64 * hidden * hidden + products * hidden)
}

/// Contexts, extractors and classifier, and what comes in between.
fn pair_stage(
    config: &EncoderConfig,
    relation: &RelationSettings,
    classes: usize,
    batch: &EncodedBatch,
) -> f64 {
    let pairs = Pairs::new(config.hidden_size, batch);
    let products = match relation {
        RelationSettings::Atlop { width, block, memory } => {
            let memory = memory.as_ref().map_or(0.0, |memory| pairs.memory(memory, *width));
            pairs.atlop(*width, *block, classes) + memory
        }
        RelationSettings::DocuNet(settings) => pairs.docunet(settings, classes),
        RelationSettings::Axial(settings) => pairs.axial(settings, classes),
        RelationSettings::Jerex(settings) => pairs.jerex(settings, classes),
        RelationSettings::Text {} | RelationSettings::BertS {} => {
            (batch.rows * config.hidden_size * classes) as f64
        }
    };
    2.0 * products
}

/// What is counted of a batch.
struct Pairs<'a> {
    batch: &'a EncodedBatch,
    hidden: f64,
    entities: f64,
    ordered: f64,
    /// Cells of the entity-pair tables.
    cells: f64,
    /// Unordered pairs, an entity and itself included.
    contexts: f64,
}

impl<'a> Pairs<'a> {
    fn new(hidden: usize, batch: &'a EncodedBatch) -> Self {
        let (entities, ordered) = (batch.mentions.len(), batch.ordered_pairs.len());
        Self {
            batch,
            hidden: hidden as f64,
            entities: entities as f64,
            ordered: ordered as f64,
            cells: (ordered + entities) as f64,
            contexts: (batch.pairs.len() + entities) as f64,
        }
    }

    fn atlop(&self, width: usize, block: usize, classes: usize) -> f64 {
        let rows = self.entities + self.batch.pairs.len() as f64;
        let extractors = 2.0 * rows * self.hidden * width as f64;
        self.context_products(0) + extractors + self.ordered * (width * block * classes) as f64
    }

    /// Two tokens a pair: what weighs them, and the transformer's six maps and its attention.
    fn memory(&self, settings: &MemorySettings, width: usize) -> f64 {
        let width = width as f64;
        let weighing = width * width + 2.0 * width;
        let layer = 6.0 * width * width + 4.0 * width;
        2.0 * self.ordered * (weighing + settings.layers as f64 * layer)
    }

    fn docunet(&self, settings: &DocuNetSettings, classes: usize) -> f64 {
        let DocuNetSettings { map, channels, filters, outputs, width, block } = *settings;
        let maps = match map {
            ChannelKind::Context => {
                self.context_products(1) + self.contexts * self.hidden * channels as f64
            }
            ChannelKind::Similarity => {
                self.entities * self.hidden * self.hidden + self.cells * (3 * channels) as f64
            }
        };
        // Each level has a quarter of the cells; an odd side's rest is nothing to speak of.
        let double = |inputs: usize, outputs: usize| (9 * (inputs + outputs) * outputs) as f64;
        let full = double(channels, filters) + double(2 * filters, filters / 2);
        let half = double(filters, 2 * filters) + double(4 * filters, filters);
        let quarter = double(2 * filters, 2 * filters);
        let last = (filters / 2 * outputs) as f64;
        let unet = self.cells * (full + half / 4.0 + quarter / 16.0 + last);
        let extractors = self.entities * self.hidden + self.ordered * outputs as f64;
        maps + unet
            + 2.0 * extractors * width as f64
            + self.ordered * (width * block * classes) as f64
    }

    fn axial(&self, settings: &AxialSettings, classes: usize) -> f64 {
        let hidden = self.hidden as usize;
        let (width, pair) = (settings.width(hidden), settings.pair_width(hidden) as f64);
        let extractors = 2.0 * (self.entities + self.contexts) * self.hidden * width as f64;
        let projection = self.cells * (width * settings.block) as f64 * pair;
        let maps = match settings.form {
            AxialForm::Paper => 3.0,
            AxialForm::Sequential => 6.0,
            AxialForm::Public => 9.0,
        };
        // Scores and sums along both axes.
        let sides = self.batch.documents.iter().map(|document| document.entities.len());
        let attention: f64 = sides.map(|side| 4.0 * (side as f64).powi(3) * pair).sum();
        let layers = settings.layers() as f64 * (self.cells * maps * pair * pair + attention);
        let classifier = self.ordered * pair * classes as f64;
        self.context_products(1) + extractors + projection + layers + classifier
    }

    fn jerex(&self, settings: &JerexSettings, classes: usize) -> f64 {
        let (hidden, embedding) = (self.hidden, settings.embedding as f64);
        let output = self.ordered * hidden * classes as f64;
        match settings.classifier {
            JerexClassifier::Global => 2.0 * self.entities * (hidden + embedding) * hidden + output,
            JerexClassifier::MultiInstance => {
                let mentions = self.batch.mentions.values.len() as f64;
                // About: what is between two mentions is read once for both directions.
                let mention_pairs = mentions * mentions / self.batch.documents.len() as f64;
                let parts =
                    4.0 * mentions * hidden + mention_pairs * (hidden / 2.0 + 2.0 * embedding);
                parts * hidden + self.ordered * (hidden + 2.0 * embedding) * hidden + output
            }
        }
    }

    /// The contexts of all unordered pairs, and of so many pairs more for each entity.
    fn context_products(&self, more: usize) -> f64 {
        let documents = self.batch.documents.iter().map(|document| {
            (document.pairs.len() + more * document.entities.len()) * document.tokens.len()
        });
        documents.sum::<usize>() as f64 * self.hidden
    }
}
