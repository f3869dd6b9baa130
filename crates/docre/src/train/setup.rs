//! From a recipe to what the loop needs beside documents: tokenizer, model.

use std::path::Path;

use burn::tensor::Device;

use crate::{
    Error, Result,
    document::RelationSet,
    encoder::{Encoder, EncoderConfig},
    model::{self, Compute, EntityFinder, Extractor, FinderConfig, Model, ModelConfig, Origin},
    recipe::{FinderSettings, Pairs, Recipe},
    relation::{Initialiser, RelationEncoder},
    text::{ExampleOptions, Tokenizer, tokenizer::TokenizerOptions},
};

/// A new model on a pretrained encoder, with its tokenizer.
pub(super) fn new_model(
    recipe: &Recipe,
    folder: &Path,
    tokenizer: Tokenizer,
    relations: RelationSet,
    kinds: &[String],
    Compute { device, precision }: &Compute,
) -> Result<Extractor> {
    let (encoder, sizes) = Encoder::load(folder, device)?;
    sizes.check_vocabulary(tokenizer.id_count()).map_err(|problem| Error::file(folder, problem))?;
    recipe.relation.check_for(sizes.hidden_size)?;
    let relation = relation(recipe, sizes.hidden_size, relations.classes(), device);
    let finder = new_finder(recipe, kinds, sizes.hidden_size, device);
    let config = config(recipe, kinds, sizes);
    let model = Model { encoder, relation, finder };
    Ok(Extractor { model, config, tokenizer, relations, precision: *precision })
}

/// A new relational encoder.
pub(super) fn relation(
    recipe: &Recipe,
    hidden: usize,
    classes: usize,
    device: &Device,
) -> RelationEncoder {
    recipe.relation.build(hidden, classes, &mut Initialiser::new(recipe.seed), device)
}

/// What separates the finder's initial weights from those of the relational encoder.
const FINDER_SEED: u64 = 0x6d65_6e74_696f_6e73;

/// A new finder, if the recipe asks for one.
pub(super) fn new_finder(
    recipe: &Recipe,
    kinds: &[String],
    hidden: usize,
    device: &Device,
) -> Option<EntityFinder> {
    let mut random = Initialiser::new(recipe.seed ^ FINDER_SEED);
    finder_config(recipe, kinds).map(|config| config.build(hidden, &mut random, device))
}

pub(super) fn finder_config(recipe: &Recipe, kinds: &[String]) -> Option<FinderConfig> {
    let settings = recipe.finder.as_ref()?;
    let FinderSettings { width, join, linkage, .. } = settings;
    let config = FinderConfig::new(kinds.to_vec(), *width, *join, *linkage);
    Some(FinderConfig { spans: settings.span_form(), ..config })
}

/// What the model of a recipe is.
pub(super) fn config(recipe: &Recipe, kinds: &[String], sizes: EncoderConfig) -> ModelConfig {
    let config = ModelConfig::new(
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
    );
    let (finder, markers) = (finder_config(recipe, kinds), recipe.encoder.markers);
    ModelConfig { finder, markers, ..config }
}

/// How the model of a recipe reads documents, on an encoder or from a model.
pub(crate) fn example_options(recipe: &Recipe, folder: &Path) -> Result<ExampleOptions<'static>> {
    let sizes = match recipe.start {
        Some(_) => ModelConfig::read(folder)?.encoder,
        None => EncoderConfig::from_folder(folder)?,
    };
    let options = model::example_options(&recipe.relation, recipe.data.max_length, &sizes);
    Ok(ExampleOptions {
        labelled_pairs: recipe.data.pairs == Pairs::Labelled,
        markers: recipe.encoder.markers,
        evidence: recipe.loss.needs().evidence,
        ..options
    })
}

/// The tokenizer of an encoder's folder.
pub(crate) fn tokenizer(folder: &Path) -> Result<Tokenizer> {
    Tokenizer::load(folder, TokenizerOptions::default())
}
