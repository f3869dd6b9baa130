//! From a recipe to what the loop needs: documents, tokenizer, model.

use std::path::Path;

use burn::tensor::Device;

use super::{Observer, Recipe};
use crate::{
    Error, Result, corpus,
    document::{Document, Fact, RelationSet},
    encoder::Encoder,
    eval::{SeenFacts, Truth},
    model::{Extractor, Initialiser, Model, ModelConfig, Origin},
    random::mix,
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
    /// The facts of the whole training file, for Ign F1.
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
        for (index, document) in documents.iter().enumerate() {
            corpus::relations::check_known(&recipe.data.train, index, document, &relations)?;
        }
        let mut read = |documents: &[Document], relations: Option<&RelationSet>| {
            let options = ExampleOptions { relations, max_length: recipe.data.max_length };
            let prepared = prepare(documents, tokenizer, &options)?;
            prepared.warnings.iter().for_each(|warning| observer.warning(warning));
            Ok::<_, Error>(prepared.examples)
        };
        let mut train = read(&documents, Some(&relations))?;
        train.retain(|example| example.pair_count() > 0);
        let dev = match &recipe.data.dev {
            None => None,
            Some(path) => {
                let truth = Truth::read(path)?;
                let examples = read(truth.documents(), None)?;
                Some(Dev { examples, truth, seen: SeenFacts::read(&recipe.data.train)? })
            }
        };
        if train.len() < documents.len() {
            let left_out = documents.len() - train.len();
            observer.note(&format!(
                "training documents without two entities, so without a pair to learn from: {left_out}"
            ));
        }
        if let Some(dev) = &dev {
            note_unknown_relations(&dev.truth, &relations, observer);
        }
        Ok(Self { train, dev, relations })
    }

    /// A number that other documents, labels or relations would very likely change: a
    /// resumed run has to have the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0;
        let mut add = |number: usize| hash = mix(hash ^ mix(number as u64));
        let dev = self.dev.iter().flat_map(|dev| &dev.examples);
        for example in self.train.iter().chain(dev) {
            add(example.ids.len());
            example.ids.iter().for_each(|id| add(*id as usize));
            example.entities.values.iter().for_each(|marker| add(*marker));
            let labels = example.labels.iter().flatten();
            for label in labels {
                [label.head, label.tail, label.column].into_iter().for_each(&mut add);
            }
        }
        for relation in self.relations.relations() {
            relation.id.bytes().for_each(|byte| add(byte.into()));
        }
        format!("{hash:016x}")
    }
}

/// Says how many labelled facts of the dev file no model of this run can find.
fn note_unknown_relations(truth: &Truth, relations: &RelationSet, observer: &mut dyn Observer) {
    let unknown = |fact: &&Fact| relations.column(&fact.relation).is_none();
    let facts: Vec<&Fact> = truth.facts().map(|(_, fact)| fact).filter(unknown).collect();
    if let Some(first) = facts.first() {
        observer.note(&format!(
            "dev facts of relations that training doesn't know: {} (\"{}\" first); they count as \
             missed (data.relations can name all relations)",
            facts.len(),
            first.relation
        ));
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
    let model = Model { encoder, relation };
    Ok(Extractor { model, config, tokenizer, relations, precision: recipe.precision })
}

/// The tokenizer of an encoder's folder.
pub(super) fn tokenizer(folder: &Path) -> Result<Tokenizer> {
    Tokenizer::load(folder, TokenizerOptions::default())
}
