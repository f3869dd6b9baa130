//! What DeBERTa adds to BERT: relative positions, which have keys and queries of their own.

use burn::{
    module::Module,
    nn::{Embedding, LayerNorm},
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, Dropout, Precision, Relative, RelativeRows};

use super::{
    EncoderConfig, RelativeConfig,
    blank::{norm, table},
};
use crate::layers::{Linear, linear, norm_parameters};

/// The table of relative positions, which all layers share.
#[derive(Module, Debug)]
pub(super) struct RelativeEmbeddings {
    pub rel_embeddings: Embedding,
    pub layer_norm: Option<LayerNorm>,
    pub epsilon: f64,
    #[module(skip)]
    pub config: RelativeConfig,
}

/// The relative positions of a batch's windows.
#[derive(Debug, Clone)]
pub(super) struct Positions<'a> {
    /// `[table, hidden]` The part of the table that the windows read.
    table: Tensor<2>,
    rows: RelativeRows,
    config: &'a RelativeConfig,
}

impl RelativeEmbeddings {
    /// The table of an encoder that has one.
    pub fn zeroed(config: &EncoderConfig, device: &Device) -> Option<Self> {
        let relative = config.relative.clone()?;
        Some(Self {
            rel_embeddings: table(relative.table_rows(), config.hidden_size, device),
            layer_norm: relative.normalised.then(|| norm(config.hidden_size, config, device)),
            epsilon: config.layer_norm_eps,
            config: relative,
        })
    }

    /// What windows of up to `longest` tokens read.
    pub fn positions(&self, longest: usize) -> Positions<'_> {
        let (part, rows) = self.config.rows(longest);
        let table = self.rel_embeddings.weight.val().slice([part]);
        let table = match &self.layer_norm {
            Some(norm) => {
                let (gamma, beta) = norm_parameters(norm);
                docre_kernels::layer_norm(table, gamma, beta, self.epsilon)
            }
            None => table,
        };
        Positions { table, rows, config: &self.config }
    }
}

/// A layer's maps of tokens, which relative positions go through where they have no maps of
/// their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Maps<'a> {
    pub key: &'a Linear,
    pub query: &'a Linear,
    pub position_key: Option<&'a Linear>,
    pub position_query: Option<&'a Linear>,
}

impl Positions<'_> {
    /// A layer's keys and queries of relative positions, those that its scores have.
    pub fn through(&self, maps: Maps, dropout: Dropout, precision: Precision) -> Relative {
        let table = docre_kernels::dropout(self.table.clone(), dropout);
        let mapped = |map| linear(map, table.clone(), Activation::None, precision);
        let (key, query) =
            (maps.position_key.unwrap_or(maps.key), maps.position_query.unwrap_or(maps.query));
        Relative {
            keys: self.config.content_to_position.then(|| mapped(key)),
            queries: self.config.position_to_content.then(|| mapped(query)),
            rows: self.rows.clone(),
        }
    }
}
