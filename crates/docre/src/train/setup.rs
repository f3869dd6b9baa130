//! From a recipe to what the loop needs: documents, tokenizer, model.

use std::path::Path;

use burn::tensor::Device;

use super::{Observer, Recipe};
use crate::{
    Error, Result, corpus,
    document::{Document, RelationSet},
    encoder::Encoder,
    eval::{SeenFacts, Truth},
    model::{Extractor, Initialiser, Model, ModelConfig, Origin},
    text::{Example, ExampleOptions, Tokenizer, TokenizerOptions, prepare},
};

/// The documents of a run, ready to be encoded.
pub(super) struct Data {
    /// The training examples, labelled.
    pub train: Vec<Example>,
    /// The dev examples with what they are scored against.
    pub dev: Option<Dev>,
    /// The relations.
    pub relations: RelationSet,
}

/// The dev file.
pub(super) struct Dev {
    /// The examples, in the truth's order.
    pub examples: Vec<Example>,
    /// The labelled documents.
    pub truth: Truth,
    /// The facts of the training file, for Ign F1.
    pub seen: SeenFacts,
}

impl Data {
    /// Reads and checks the files of a recipe.
    pub fn read(
        recipe: &Recipe,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let documents = read_training_documents(recipe)?;
        let relations = relations(recipe, &documents)?;
        let mut read = |path: &Path, documents: &[Document]| {
            for (index, document) in documents.iter().enumerate() {
                corpus::relations::check_known(path, index, document, &relations)?;
            }
            let options =
                ExampleOptions { relations: Some(&relations), max_length: recipe.data.max_length };
            let prepared = prepare(documents, tokenizer, &options)?;
            prepared.warnings.iter().for_each(|warning| observer.warning(warning));
            Ok::<_, Error>(prepared.examples)
        };
        let mut train = read(&recipe.data.train, &documents)?;
        // Without two entities there is no pair to learn from.
        train.retain(|example| example.pair_count() > 0);
        let dev = match &recipe.data.dev {
            None => None,
            Some(path) => {
                let truth = Truth::read(path)?;
                let examples = read(path, truth.documents())?;
                Some(Dev { examples, truth, seen: SeenFacts::from_documents(&documents) })
            }
        };
        Ok(Self { train, dev, relations })
    }
}

fn read_training_documents(recipe: &Recipe) -> Result<Vec<Document>> {
    let path = &recipe.data.train;
    let limit = recipe.data.limit.unwrap_or(usize::MAX);
    let documents: Vec<Document> = corpus::read(path)?.take(limit).collect::<Result<_>>()?;
    if let Some(index) = documents.iter().position(|document| document.facts.is_none()) {
        let problem = "has no labels, so nothing can be learned from it";
        let title = documents[index].title.clone();
        return Err(Error::Document { path: path.clone(), index, title, problem: problem.into() });
    }
    if documents.iter().all(|document| document.pair_count() == 0) {
        return Err(Error::file(path, "holds no document with two entities to learn from"));
    }
    Ok(documents)
}

fn relations(recipe: &Recipe, documents: &[Document]) -> Result<RelationSet> {
    let relations = match &recipe.data.relations {
        Some(path) => corpus::relations::read_rel2id(path)?,
        None => corpus::relations::infer(documents)
            .map_err(|_| Error::file(&recipe.data.train, "holds no labelled fact to learn from"))?,
    };
    match &recipe.data.names {
        Some(path) => Ok(relations.with_names(&corpus::relations::read_names(path)?)),
        None => Ok(relations),
    }
}

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
    Ok(Extractor { model: Model { encoder, relation }, config, tokenizer, relations })
}

/// The tokenizer of an encoder's folder.
pub(super) fn tokenizer(folder: &Path) -> Result<Tokenizer> {
    Tokenizer::load(folder, TokenizerOptions::default())
}
