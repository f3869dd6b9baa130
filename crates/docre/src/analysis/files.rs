//! The files of which predictions are analysed.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    Error, Result,
    corpus::{Input, Prediction, ReadOptions, predictions, relations},
    document::{FactScope, RelationSet},
    eval::{TrainFacts, Truth},
};

/// A file of predictions, and what it is held against.
#[derive(Debug, Clone, Default)]
pub struct PredictionFiles {
    /// The predictions.
    pub predictions: PathBuf,
    /// The labelled documents.
    pub truth: PathBuf,
    /// The training documents, for Ign F1 and the frequency of relations.
    pub train: Option<PathBuf>,
    /// All relations (`rel2id.json`); where it is missing, those of the documents.
    pub relations: Option<PathBuf>,
    /// The relations' names (`rel_info.json`).
    pub names: Option<PathBuf>,
    /// How the documents are read.
    pub reading: ReadOptions,
    /// Which facts count.
    pub scope: FactScope,
}

/// A training file and what it says.
pub(super) struct Training {
    pub path: PathBuf,
    pub facts: TrainFacts,
}

impl Training {
    pub fn read(path: &Path, reading: &ReadOptions) -> Result<Self> {
        Ok(Self { path: path.to_path_buf(), facts: TrainFacts::read_with(path, reading)? })
    }
}

/// The content of [`PredictionFiles`].
pub(super) struct PredictionData {
    pub predictions: Vec<Prediction>,
    pub truth: Truth,
    pub training: Option<Training>,
    pub relations: RelationSet,
}

impl PredictionFiles {
    pub(super) fn read(&self) -> Result<PredictionData> {
        let training = self.train.as_deref().map(|path| Training::read(path, &self.reading));
        let training = training.transpose()?;
        let predictions = predictions::read(&self.predictions)?;
        let input = Input::of_predictions(&predictions, &self.truth, None)?;
        refuse_texts(&self.predictions, &input)?;
        let truth = Truth::read_within(&self.truth, &input, self.scope.clone(), &self.reading)?;
        let relations = self.relations(&truth, training.as_ref(), &predictions)?;
        Ok(PredictionData { predictions, truth, training, relations })
    }

    /// The relations that the predictions are about.
    fn relations(
        &self,
        truth: &Truth,
        training: Option<&Training>,
        predictions: &[Prediction],
    ) -> Result<RelationSet> {
        let learned = training.into_iter().flat_map(|training| training.facts.relations());
        let labelled = truth.relations().chain(learned);
        let relations = match &self.relations {
            Some(path) => {
                let relations = relations::read_rel2id(path)?;
                let predicted = predictions.iter().map(|prediction| prediction.relation.as_str());
                relations::check_complete(path, &relations, labelled.chain(predicted))?;
                relations
            }
            None => {
                let ids: HashSet<String> = labelled.map(String::from).collect();
                relations::in_natural_order(ids)
                    .map_err(|error| Error::file(&self.truth, error.to_string()))?
            }
        };
        Ok(match &self.names {
            Some(path) => relations.with_names(&relations::read_names(path)?),
            None => relations,
        })
    }
}

/// Refuses texts that are labelled as wholes.
pub(super) fn refuse_texts(judged: &Path, input: &Input) -> Result<()> {
    if !matches!(input, Input::Texts { .. }) {
        return Ok(());
    }
    let problem = "is of texts that are labelled as wholes, and an analysis is of entities and \
                   their pairs; it can only be evaluated";
    Err(Error::file(judged, problem))
}
