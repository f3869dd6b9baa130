//! A row that is a model: it is scored once, and the scores are kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use docre_kernels::Precision;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    corpus::{Input, ReadOptions, predictions},
    device::DeviceName,
    eval::{SeenFacts, Truth},
    files, inputs,
    model::{Compute, ModelConfig, Origin},
    progress::Observer,
    score::evaluate_fully,
    train::{DevResult, Holds, OwnFolder, PREDICTIONS, RunResult, TrainFile},
};

/// The file that says which model was scored on what.
const SCORED: &str = "scored.json";

/// A model, and what it is scored on and with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelRow {
    pub model: PathBuf,
    pub dev: PathBuf,
    /// Whose facts Ign F1 ignores.
    pub train: PathBuf,
    /// What the other rows classify.
    pub input: Input,
    /// How the documents are read.
    pub reading: ReadOptions,
    pub device: DeviceName,
    pub precision: Precision,
}

/// What the kept scores belong to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Scored {
    model: Origin,
    dev: PathBuf,
    train: PathBuf,
}

impl ModelRow {
    fn scored(&self) -> Result<Scored> {
        let model = ModelConfig::read(&self.model)?.origin;
        Ok(Scored { model, dev: self.dev.clone(), train: self.train.clone() })
    }

    /// Refuses what can't be read, and a folder that isn't docre's.
    pub fn check(&self, folder: &Path) -> Result<()> {
        self.scored()?;
        if self.result(folder)?.is_none() {
            OwnFolder::find(folder, Holds::Scores)?;
        }
        for file in [&self.dev, &self.train] {
            inputs::check_rereadable(file)?;
            fs::File::open(file).map_err(Error::io(file, "read"))?;
        }
        Ok(())
    }

    /// The scores that a folder keeps. Refuses those of another model or other documents.
    pub fn result(&self, folder: &Path) -> Result<Option<RunResult>> {
        let Some(result) = RunResult::read(folder)? else { return Ok(None) };
        let kept: Scored = files::require_json(&folder.join(SCORED), "what says what was scored")?;
        if kept != self.scored()? {
            let problem = "holds the scores of another model, or on other documents; remove it, or \
                           give the row another name";
            return Err(Error::file(folder, problem));
        }
        Ok(Some(result))
    }

    /// Scores the model and keeps scores and predictions in a folder.
    pub fn score(&self, folder: &Path, observer: &mut dyn Observer) -> Result<()> {
        let (scored, train_file) = (self.scored()?, TrainFile::of(&self.train)?);
        let compute = Compute { device: self.device.open()?, precision: self.precision };
        let extractor = compute.load(&self.model)?;
        if extractor.input() != self.input {
            let problem = "classifies other things than the first row does, so that nothing can be \
                           compared";
            return Err(Error::file(&self.model, problem));
        }
        let scope = extractor.config.scope.clone();
        let truth = Truth::read_within(&self.dev, &self.input, scope.clone(), &self.reading)?;
        let of_documents = self.input == Input::Documents;
        let seen =
            of_documents.then(|| SeenFacts::read_with(&self.train, &self.reading)).transpose()?;
        let found = evaluate_fully(&extractor, &truth, seen.as_ref(), observer)?;
        OwnFolder::find(folder, Holds::Scores)?;
        fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
        OwnFolder::new(Holds::Scores, None).write(folder)?;
        predictions::write(folder.join(PREDICTIONS), &found.predictions)?;
        files::write_json(folder.join(SCORED), &scored)?;
        train_file.write(folder)?;
        let dev = Some(DevResult::from(&found.scores));
        let (step, left_out_as_wrong) = (scored.model.step, Default::default());
        RunResult { step, epoch: None, dev, from_text: None, scope, left_out_as_wrong }
            .write(folder)
    }
}
