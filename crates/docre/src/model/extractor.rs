//! Facts from documents.

use std::{fs, path::Path};

use burn::tensor::Device;
use docre_kernels::Precision;

use super::{
    Extracted, FactReader, Model, ModelConfig, Weights, folder::save_weights, model_folder,
};
use crate::{
    Error, Result,
    corpus::{self, Input},
    document::{Document, Fact, RelationSet},
    files::BesideFolder,
    output::NamedFact,
    text::{Example, Tokenizer, Warning, tokenizer::TokenizerOptions},
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
    /// [`Extractor::set_precision`] also does what eight bits need.
    pub precision: Precision,
}

impl Extractor {
    /// Loads a model folder, or the model that comes with docre by its name, [`BUILT_IN`](super::BUILT_IN).
    pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<Self> {
        let folder = &*model_folder(folder.as_ref())?;
        let config = ModelConfig::read(folder)?;
        let relations = corpus::relations::load(folder.join("relations.json"))?;
        let tokenizer = Tokenizer::load(folder, TokenizerOptions::default())?;
        let ids = config.encoder.check_vocabulary(tokenizer.id_count());
        ids.map_err(|problem| Error::file(folder, problem))?;
        let weights = folder.join("model.safetensors");
        let model = config.load_weights(&weights, relations.classes(), device)?;
        config.check_decision(folder, relations.classes() - 1)?;
        Ok(Self { model, config, tokenizer, relations, precision: Precision::F32 })
    }

    /// Sets the precision of its matrix products. [`Precision::Int8`] packs the model's large
    /// matrices ([`Model::pack`]), and they stay so.
    pub fn set_precision(&mut self, precision: Precision) {
        if precision == Precision::Int8 {
            self.model.pack();
        }
        self.precision = precision;
    }

    /// Writes the model folder, which is created where it is missing. One that is there is
    /// replaced as a whole when the new one is complete.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        self.save_as(folder, Weights::F32)
    }

    /// [`Self::save`] with the weights held so.
    pub fn save_as(&self, folder: impl AsRef<Path>, weights: Weights) -> Result<()> {
        let folder = folder.as_ref();
        let parent = folder.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(Error::io(parent, "create"))?;
        // A link stays a link.
        let target = match fs::canonicalize(folder) {
            Ok(path) if folder.is_symlink() || folder.file_name().is_none() => path,
            _ => folder.to_path_buf(),
        };
        let beside = BesideFolder::create(&target).map_err(Error::io(folder, "create"))?;
        self.write(beside.path(), weights).map_err(|error| beside.in_place(error))?;
        beside.replace().map_err(Error::io(folder, "write"))
    }

    /// Writes the model folder again under another name: the files of the one that it was loaded
    /// from, with this configuration.
    pub fn save_tuned(&self, from: &Path, folder: &Path) -> Result<()> {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.map_or(Ok(()), fs::create_dir_all).map_err(Error::io(folder, "create"))?;
        let from = &*model_folder(from)?;
        let beside = BesideFolder::create(folder).map_err(Error::io(folder, "create"))?;
        for entry in fs::read_dir(from).map_err(Error::io(from, "read"))? {
            let file = entry.map_err(Error::io(from, "read"))?.path();
            if let (true, Some(name)) = (file.is_file(), file.file_name()) {
                fs::copy(&file, beside.path().join(name)).map_err(Error::io(&file, "read"))?;
            }
        }
        self.config.write(beside.path()).map_err(|error| beside.in_place(error))?;
        beside.take_name().map_err(Error::io(folder, "write"))
    }

    fn write(&self, folder: &Path, weights: Weights) -> Result<()> {
        corpus::relations::save(folder.join("relations.json"), &self.relations)?;
        self.tokenizer.save(folder)?;
        save_weights(&self.model, &folder.join("model.safetensors"), weights)?;
        self.config.write(folder)
    }

    /// A document as the model reads it, and what was left out of it.
    pub fn prepare(&self, document: &Document) -> Result<(Example, Vec<Warning>)> {
        Example::new(document, &self.tokenizer, &self.config.example_options())
    }

    /// What of a file it classifies.
    pub fn input(&self) -> Input {
        let none = Some(self.relations.none_id()).filter(|id| *id != RelationSet::NONE_ID);
        self.config.relation.input(none)
    }

    /// The facts of a document, with the names of entities and relations, the surest first. In a
    /// document without entities they are looked for, if the model finds any.
    ///
    /// ```no_run
    /// use docre::{corpus, device::DeviceName, model::Extractor};
    ///
    /// # fn main() -> docre::Result<()> {
    /// let extractor = Extractor::load("runs/quickstart/model", &DeviceName::default().open()?)?;
    /// for document in corpus::read("notes/")? {
    ///     for fact in extractor.facts(&document?)? {
    ///         let (head, relation, tail) = (fact.head.name, fact.relation.name, fact.tail.name);
    ///         println!("{:.2} {head} -- {relation} -- {tail}", fact.score.unwrap_or(1.0));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn facts(&self, document: &Document) -> Result<Vec<NamedFact>> {
        let extracted = self.extract_stream([Ok(document.clone())]).next();
        let Extracted { document, facts, .. } = extracted.expect("one document")?;
        let name = |fact| NamedFact::new(&document, fact, &self.relations);
        let mut facts: Vec<NamedFact> = facts.iter().map(name).collect();
        facts.sort_by(|a, b| f32::total_cmp(&b.score.unwrap_or(0.0), &a.score.unwrap_or(0.0)));
        Ok(facts)
    }

    /// The facts of each example, by pair (h-major) and relation.
    pub fn extract(&self, examples: &[&Example]) -> Result<Vec<Vec<Fact>>> {
        self.reader().facts(&self.model, examples)
    }

    pub(crate) fn reader(&self) -> FactReader<'_> {
        FactReader {
            longest_input: self.config.encoder.longest_input(),
            decision: self.config.decision.build(),
            evidence: self.config.evidence,
            calibration: self.config.calibration,
            relations: &self.relations,
            scope: &self.config.scope,
            precision: self.precision,
        }
    }
}
