//! From a recipe to what the loop needs beside documents: tokenizer, model.

use std::path::Path;

use burn::tensor::Device;

use crate::{
    Error, Result,
    document::RelationSet,
    encoder::{Encoder, EncoderConfig},
    model::{self, Compute, EntityFinder, Extractor, FinderConfig, Model, ModelConfig, Origin},
    recipe::{FinderSettings, Pairs, Recipe},
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
    kinds: &[String],
    compute: &Compute,
) -> Result<Extractor> {
    let Some(start) = &recipe.start else {
        return new_model(recipe, encoder, tokenizer, relations, kinds, compute);
    };
    let mut extractor = compute.load(start)?;
    check_start(recipe, start, &extractor, &relations)?;
    let sizes = extractor.config.encoder.clone();
    extractor.model.finder = match extractor.model.finder.take() {
        Some(finder) if fits(recipe, kinds, &extractor.config) => Some(finder),
        _ => new_finder(recipe, kinds, sizes.hidden_size, &compute.device),
    };
    extractor.config = config(recipe, kinds, sizes);
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
    kinds: &[String],
    Compute { device, precision }: &Compute,
) -> Result<Extractor> {
    let (encoder, sizes) = Encoder::load(folder, device)?;
    sizes.check_vocabulary(tokenizer.id_count()).map_err(|problem| Error::file(folder, problem))?;
    recipe.relation.check_for(sizes.hidden_size)?;
    let mut random = Initialiser::new(recipe.seed);
    let relation =
        recipe.relation.build(sizes.hidden_size, relations.classes(), &mut random, device);
    let finder = new_finder(recipe, kinds, sizes.hidden_size, device);
    let config = config(recipe, kinds, sizes);
    let model = Model { encoder, relation, finder };
    Ok(Extractor { model, config, tokenizer, relations, precision: *precision })
}

/// What separates the finder's initial weights from those of the relational encoder.
const FINDER_SEED: u64 = 0x6d65_6e74_696f_6e73;

/// A new finder, if the recipe asks for one.
fn new_finder(
    recipe: &Recipe,
    kinds: &[String],
    hidden: usize,
    device: &Device,
) -> Option<EntityFinder> {
    let mut random = Initialiser::new(recipe.seed ^ FINDER_SEED);
    finder_config(recipe, kinds).map(|config| config.build(hidden, &mut random, device))
}

/// Whether the finder of a model is of the form that the recipe asks for.
fn fits(recipe: &Recipe, kinds: &[String], found: &ModelConfig) -> bool {
    let form = |config: &FinderConfig| (config.kinds.clone(), config.width);
    finder_config(recipe, kinds).as_ref().map(form) == found.finder.as_ref().map(form)
}

/// Says what becomes of the finder of the model that a recipe starts from, if it isn't taken over.
pub(super) fn lost_finder(
    recipe: &Recipe,
    start: &Path,
    kinds: &[String],
) -> Result<Option<String>> {
    let found = ModelConfig::read(start)?;
    let Some(old) = found.finder.as_ref().filter(|_| !fits(recipe, kinds, &found)) else {
        return Ok(None);
    };
    let form =
        |kinds: &[String], width: usize| format!("types {} and width {width}", kinds.join(", "));
    let (start, old) = (start.display(), form(&old.kinds, old.width));
    Ok(Some(match &recipe.finder {
        Some(settings) => format!(
            "the finder of {start} ({old}) isn't taken over: the recipe and its documents ask for \
             another one ({}), which begins anew",
            form(kinds, settings.width)
        ),
        None => format!(
            "the finder of {start} ({old}) isn't taken over: the recipe has no [finder], so its \
             model finds no entities"
        ),
    }))
}

fn finder_config(recipe: &Recipe, kinds: &[String]) -> Option<FinderConfig> {
    let FinderSettings { width, join, linkage, .. } = recipe.finder.as_ref()?;
    Some(FinderConfig::new(kinds.to_vec(), *width, *join, *linkage))
}

/// What the model of a recipe is.
fn config(recipe: &Recipe, kinds: &[String], sizes: EncoderConfig) -> ModelConfig {
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
    ModelConfig { finder: finder_config(recipe, kinds), ..config }
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
