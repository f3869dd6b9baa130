//! Where the models of a row come from.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::row::{Row, Source};
use crate::{
    experiment::Plan,
    model::{ModelConfig, Origin},
};

/// Where the models of a row come from. Of a model that isn't there any more the folder alone is
/// known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowOrigin {
    /// The folder of a model that is scored as it is.
    pub model: Option<PathBuf>,
    /// The recipe's name.
    pub recipe: String,
    /// The pretrained encoder.
    pub encoder: String,
    /// The training files, of all stages.
    pub train: Vec<PathBuf>,
}

impl RowOrigin {
    pub(super) fn of(row: &Row) -> Self {
        match &row.source {
            Source::Trained(plans) => Self::of_plan(&plans[0].plan),
            Source::Model(row) => Self::of_model(&row.model),
        }
    }

    fn of_plan(plan: &Plan) -> Self {
        let mut train: Vec<_> = plan.recipes().map(|recipe| recipe.data.train.clone()).collect();
        train.dedup();
        let encoder = plan.last().encoder.from.clone();
        Self { model: None, recipe: plan.name().to_owned(), encoder, train }
    }

    fn of_model(folder: &Path) -> Self {
        let origin = ModelConfig::read(folder).map(|config| config.origin);
        let Origin { recipe, encoder, train, .. } = origin.unwrap_or_default();
        let train = Some(PathBuf::from(train)).filter(|train| !train.as_os_str().is_empty());
        Self { model: Some(folder.to_owned()), recipe, encoder, train: train.into_iter().collect() }
    }

    /// The training files, one after another.
    pub(super) fn training_files(&self) -> String {
        let files: Vec<_> = self.train.iter().map(|file| file.display().to_string()).collect();
        files.join("; ")
    }
}
