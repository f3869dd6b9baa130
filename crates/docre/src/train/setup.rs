//! From a recipe to what the loop needs beside documents: tokenizer, model.

use std::path::Path;

use burn::tensor::Device;

use super::Recipe;
use crate::{
    Error, Result,
    document::RelationSet,
    encoder::Encoder,
    model::{Extractor, Initialiser, Model, ModelConfig, Origin},
    text::{Tokenizer, TokenizerOptions},
};

/// A new model on a pretrained encoder, with its tokenizer.
pub(super) fn new_model(
    recipe: &Recipe,
    folder: &Path,
    tokenizer: Tokenizer,
    relations: RelationSet,
    device: &Device,
) -> Result<Extractor> {
    let (encoder, sizes) = Encoder::load(folder, device)?;
    sizes.check_vocabulary(tokenizer.id_count()).map_err(|problem| Error::file(folder, problem))?;
    recipe.relation.check_for(sizes.hidden_size)?;
    let mut random = Initialiser::new(recipe.seed);
    let relation =
        recipe.relation.build(sizes.hidden_size, relations.classes(), &mut random, device);
    let config = ModelConfig::new(
        sizes,
        recipe.relation.clone(),
        recipe.decision.clone(),
        recipe.data.max_length,
        Origin {
            docre: env!("CARGO_PKG_VERSION").into(),
            recipe: recipe.name.clone(),
            encoder: recipe.encoder.from.clone(),
            train: recipe.data.train.display().to_string(),
            seed: recipe.seed,
            step: 0,
            dev_f1: None,
        },
    );
    let model = Model { encoder, relation };
    Ok(Extractor { model, config, tokenizer, relations, precision: recipe.precision })
}

/// The tokenizer of an encoder's folder.
pub(super) fn tokenizer(folder: &Path) -> Result<Tokenizer> {
    Tokenizer::load(folder, TokenizerOptions::default())
}
