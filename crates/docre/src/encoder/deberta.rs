//! What DeBERTa adds to BERT: relative positions, which have keys and queries of their own.

use burn::{
    module::Module,
    nn::{Embedding, LayerNorm, Linear},
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, Dropout, Precision, Relative, RelativeRows};

use super::{
    EncoderConfig, RelativeConfig,
    bert::{SelfAttention, norm, table},
    forward::norm_parameters,
};
use crate::layers::linear;

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
            rel_embeddings: table(relative.table_rows(), config, device),
            layer_norm: relative.normalised.then(|| norm(config, device)),
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

impl SelfAttention {
    /// A layer's keys and queries of relative positions, those that its scores have.
    pub fn relative(
        &self,
        positions: &Positions,
        dropout: Dropout,
        precision: Precision,
    ) -> Relative {
        let Positions { table, rows, config } = positions;
        let table = docre_kernels::dropout(table.clone(), dropout);
        let through = |own: &Option<Linear>, of_tokens: &Linear| {
            let map = own.as_ref().unwrap_or(of_tokens);
            linear(map, table.clone(), Activation::None, precision)
        };
        Relative {
            keys: config.content_to_position.then(|| through(&self.position_key, &self.key)),
            queries: config.position_to_content.then(|| through(&self.position_query, &self.query)),
            rows: rows.clone(),
        }
    }
}
