//! From a recipe to what the loop needs beside documents: tokenizer, model.

use std::path::Path;

use crate::{
    Error, Result,
    document::RelationSet,
    encoder::{Encoder, EncoderConfig},
    model::{self, Compute, Extractor, Model, ModelConfig, Origin},
    recipe::{Pairs, Recipe},
    relation::Initialiser,
    text::{ExampleOptions, Tokenizer, TokenizerOptions},
};

/// The model that a run begins with: that of `recipe.start`, or a new one on a pretrained
/// encoder.
pub(crate) fn model(
    recipe: &Recipe,
    encoder: &Path,
    tokenizer: Tokenizer,
    relations: RelationSet,
    compute: &Compute,
) -> Result<Extractor> {
    let Some(start) = &recipe.start else {
        return new_model(recipe, encoder, tokenizer, relations, compute);
    };
    let mut extractor = compute.load(start)?;
    check_start(recipe, start, &extractor, &relations)?;
    let sizes = extractor.config.encoder.clone();
    extractor.config = config(recipe, sizes);
    extractor.relations = relations;
    Ok(extractor)
}

/// Refuses to start from a model that isn't of the recipe's form.
fn check_start(
    recipe: &Recipe,
    start: &Path,
    found: &Extractor,
    relations: &RelationSet,
) -> Result<()> {
    if found.config.relation != recipe.relation {
        let problem = "has another relational encoder than the recipe's [relation]; give both \
                       the same";
        return Err(Error::file(start, problem));
    }
    if !found.relations.has_columns_of(relations) {
        let problem = "knows other relations, or in another order, than this training file; \
                       give both the same data.relations";
        return Err(Error::file(start, problem));
    }
    Ok(())
}

/// A new model on a pretrained encoder, with its tokenizer.
fn new_model(
    recipe: &Recipe,
    folder: &Path,
    tokenizer: Tokenizer,
    relations: RelationSet,
    Compute { device, precision }: &Compute,
) -> Result<Extractor> {
    let (encoder, sizes) = Encoder::load(folder, device)?;
    sizes.check_vocabulary(tokenizer.id_count()).map_err(|problem| Error::file(folder, problem))?;
    recipe.relation.check_for(sizes.hidden_size)?;
    let mut random = Initialiser::new(recipe.seed);
    let relation =
        recipe.relation.build(sizes.hidden_size, relations.classes(), &mut random, device);
    let config = config(recipe, sizes);
    let model = Model { encoder, relation };
    Ok(Extractor { model, config, tokenizer, relations, precision: *precision })
}

/// What the model of a recipe is.
fn config(recipe: &Recipe, sizes: EncoderConfig) -> ModelConfig {
    ModelConfig::new(
        sizes,
        recipe.relation.clone(),
        recipe.decision().clone(),
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
    )
}

/// How the model of a recipe reads documents, on an encoder or from a model.
pub(crate) fn example_options(recipe: &Recipe, folder: &Path) -> Result<ExampleOptions<'static>> {
    let sizes = match recipe.start {
        Some(_) => ModelConfig::read(folder)?.encoder,
        None => EncoderConfig::from_folder(folder)?,
    };
    let options = model::example_options(&recipe.relation, recipe.data.max_length, &sizes);
    Ok(ExampleOptions { labelled_pairs: recipe.data.pairs == Pairs::Labelled, ..options })
}

/// The tokenizer of an encoder's folder.
pub(crate) fn tokenizer(folder: &Path) -> Result<Tokenizer> {
    Tokenizer::load(folder, TokenizerOptions::default())
}
