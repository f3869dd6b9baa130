//! Facts from documents.

use std::path::Path;

use burn::tensor::Device;
use docre_kernels::Precision;

use super::{Model, ModelConfig, folder::save_weights};
use crate::{
    Result, corpus,
    decision::Decision,
    document::{Document, Fact, RelationSet},
    text::{EncodedBatch, Example, ExampleOptions, Tokenizer, TokenizerOptions, Warning},
};

/// A trained model with all it needs to read documents.
#[derive(Debug)]
pub struct Extractor {
    /// The model.
    pub model: Model,
    /// What it is.
    pub config: ModelConfig,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// The relations it knows.
    pub relations: RelationSet,
    /// The precision of its matrix products: [`Precision::F32`] for a model just loaded.
    pub precision: Precision,
}

impl Extractor {
    /// Loads a model folder.
    pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<Self> {
        let folder = folder.as_ref();
        let config = ModelConfig::read(folder)?;
        let relations = corpus::relations::load(folder.join("relations.json"))?;
        let tokenizer = Tokenizer::load(folder, TokenizerOptions::default())?;
        let weights = folder.join("model.safetensors");
        let model = config.load_weights(&weights, relations.classes(), device)?;
        Ok(Self { model, config, tokenizer, relations, precision: Precision::F32 })
    }

    /// Writes the model folder, which is created where it is missing.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(crate::Error::io(folder, "create"))?;
        corpus::relations::save(folder.join("relations.json"), &self.relations)?;
        self.tokenizer.save(folder)?;
        save_weights(&self.model, &folder.join("model.safetensors"))?;
        self.config.write(folder)
    }

    /// A document as the model reads it, and what was left out of it.
    pub fn prepare(&self, document: &Document) -> Result<(Example, Vec<Warning>)> {
        let options = ExampleOptions { relations: None, max_length: self.config.max_length };
        Example::new(document, &self.tokenizer, &options)
    }

    /// The facts of each example, by pair (h-major) and relation.
    pub fn extract(&self, examples: &[&Example]) -> Result<Vec<Vec<Fact>>> {
        self.reader().facts(&self.model, examples)
    }

    pub(crate) fn reader(&self) -> FactReader<'_> {
        FactReader {
            longest_input: self.config.encoder.longest_input(),
            decision: self.config.decision.build(),
            relations: &self.relations,
            precision: self.precision,
        }
    }
}

/// How a model's scores become facts.
pub(crate) struct FactReader<'a> {
    longest_input: usize,
    decision: Decision,
    relations: &'a RelationSet,
    precision: Precision,
}

impl FactReader<'_> {
    /// The facts that a model finds in each example, by pair (h-major) and relation.
    pub fn facts(&self, model: &Model, examples: &[&Example]) -> Result<Vec<Vec<Fact>>> {
        let batch = EncodedBatch::new(examples, self.longest_input)?;
        if batch.ordered_pairs.is_empty() {
            return Ok(vec![Vec::new(); examples.len()]); // nothing to score, so nothing to encode
        }
        let logits = model.forward(&batch, self.precision).into_data();
        let logits = logits.as_slice::<f32>().expect("scores are f32");
        let classes = self.relations.classes();
        Ok(batch
            .documents
            .iter()
            .map(|document| {
                let first = document.entities.start;
                let rows = document.ordered_pairs.clone();
                rows.flat_map(|row| {
                    let pair = batch.ordered_pairs[row];
                    let chosen = self.decision.choose(&logits[row * classes..][..classes]);
                    chosen.into_iter().map(move |chosen| Fact {
                        head: pair.head - first,
                        relation: self
                            .relations
                            .relation(chosen.column)
                            .expect("a column")
                            .id
                            .clone(),
                        tail: pair.tail - first,
                        evidence: Vec::new(),
                        score: Some(chosen.score),
                    })
                })
                .collect()
            })
            .collect())
    }
}
