//! What a finished run leaves in short: `result.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    document::FactScope,
    eval::{EndToEnd, Scores},
    files,
};

/// The file's name.
const NAME: &str = "result.json";

/// What the kept model predicts for the dev file, in the form of a result file.
pub(crate) const PREDICTIONS: &str = "predictions.json";

/// How a finished run's kept model does on its dev file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The step after which the model was kept.
    pub step: u64,
    /// The epochs done by then; missing where an older docre wrote the file.
    #[serde(default)]
    pub epoch: Option<f64>,
    /// Fractions; missing where the recipe has no dev file.
    pub dev: Option<DevResult>,
    /// What the model finds in the text of the dev file alone, if it finds entities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_text: Option<FromTextResult>,
    /// Which facts the scores count.
    #[serde(default, skip_serializing_if = "FactScope::is_all")]
    pub scope: FactScope,
    /// What was wrong in the files and left out by a lenient reading.
    #[serde(default, skip_serializing_if = "Wrong::is_nothing")]
    pub left_out_as_wrong: Wrong,
}

/// F1 from the text alone, fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FromTextResult {
    /// Of the places of mentions.
    pub mention_f1: f64,
    /// Of entities with exactly the same mentions.
    pub cluster_f1: f64,
    /// Of the same, of the right type.
    pub entity_f1: f64,
    /// Of relations between two exact entities.
    pub relation_f1: f64,
    /// Of the same, both entities of the right type.
    pub relation_typed_f1: f64,
}

impl From<&EndToEnd> for FromTextResult {
    fn from(scores: &EndToEnd) -> Self {
        Self {
            mention_f1: scores.mention_span.f1(),
            cluster_f1: scores.cluster_exact.f1(),
            entity_f1: scores.entity.f1(),
            relation_f1: scores.relation_strict.f1(),
            relation_typed_f1: scores.relation_strict_typed.f1(),
        }
    }
}

/// How much was wrong in the files of a run and left out by a lenient reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Of the training file.
    pub train: usize,
    /// Of the dev file.
    pub dev: usize,
}

impl Wrong {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Scores on a dev file, fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DevResult {
    /// The share of predicted facts that hold.
    pub precision: f64,
    /// The share of facts that are predicted.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// F1 without the facts known from training.
    pub ign_f1: Option<f64>,
    /// The none class ranking error, where there is a threshold class.
    #[serde(default)]
    pub ncre: Option<f64>,
    /// Macro mAP over the labels of whole texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<f64>,
}

impl From<&Scores> for DevResult {
    fn from(scores: &Scores) -> Self {
        Self {
            precision: scores.facts.precision(),
            recall: scores.facts.recall(),
            f1: scores.facts.f1(),
            ign_f1: scores.ign.map(|ign| ign.f1()),
            ncre: scores.ncre,
            map: scores.map,
        }
    }
}

impl RunResult {
    pub(super) fn new(
        step: u64,
        epoch: f64,
        scores: Option<&Scores>,
        from_text: Option<&EndToEnd>,
        scope: FactScope,
        left_out_as_wrong: Wrong,
    ) -> Self {
        let (dev, from_text) = (scores.map(DevResult::from), from_text.map(FromTextResult::from));
        Self { step, epoch: Some(epoch), dev, from_text, scope, left_out_as_wrong }
    }

    pub(crate) fn write(&self, run: &Path) -> Result<()> {
        files::write_json(run.join(NAME), self)
    }

    /// Whether a run's folder says that the run is finished.
    pub(super) fn exists(run: &Path) -> bool {
        run.join(NAME).exists()
    }

    /// The scores on the dev file, which whoever asks knows the recipe to have.
    pub(crate) fn dev_of(&self, run: &Path) -> Result<DevResult> {
        self.dev.ok_or_else(|| {
            let problem = "has no scores on a dev file, though the recipe has one: it was changed; \
                           put the old one back, or remove it to have the run finished again";
            Error::file(run.join(NAME), problem)
        })
    }

    /// The result of a run's folder; `None` while the run isn't finished.
    pub fn read(run: impl AsRef<Path>) -> Result<Option<Self>> {
        files::read_json(&run.as_ref().join(NAME), "a run's result")
    }
}
