//! The rows of a comparison: what is run, and where.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::model_row::ModelRow;
use crate::{
    Error, Result,
    experiment::{Plan, seeds::SeededPlan},
    train::{Cost, RunResult},
};

/// A row of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub name: String,
    pub source: Source,
}

/// Where a row's scores come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A recipe, trained with each of these seeds.
    Trained(Vec<SeededPlan>),
    /// A model that is there already.
    Model(ModelRow),
}

/// One run of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run<'a> {
    /// The row's name.
    pub row: &'a str,
    /// `None` for a model, which isn't trained.
    pub seed: Option<u64>,
    /// Where it is done.
    pub folder: PathBuf,
    pub work: Work<'a>,
}

/// What is to be done in a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Work<'a> {
    Train(&'a Plan),
    Score(&'a ModelRow),
}

/// A run of a comparison, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedRun {
    /// The row's name.
    pub row: String,
    /// Its seed; `None` for a model that isn't trained.
    pub seed: Option<u64>,
    /// Its folder.
    pub run: PathBuf,
    /// How far it is.
    pub state: RunState,
    /// Its F1 on the dev file, a fraction, once it is done.
    pub f1: Option<f64>,
}

/// How far a run of a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Nothing is left to do.
    Done,
    /// It goes on where it was stopped.
    Begun,
    /// All is left to do.
    Left,
}

impl Row {
    /// The row's runs below the comparison's folder.
    pub fn runs(&self, folder: &Path) -> Vec<Run<'_>> {
        let folder = folder.join(folder_name(&self.name));
        match &self.source {
            Source::Model(model) => {
                vec![Run { row: &self.name, seed: None, folder, work: Work::Score(model) }]
            }
            Source::Trained(plans) => {
                let runs = plans.iter().map(|SeededPlan { seed, plan }| Run {
                    row: &self.name,
                    seed: Some(*seed),
                    folder: folder.join(format!("seed-{seed}")),
                    work: Work::Train(plan),
                });
                runs.collect()
            }
        }
    }
}

impl Run<'_> {
    /// The result, if the run is done. Refuses a folder that holds something else.
    pub fn result(&self) -> Result<Option<RunResult>> {
        match &self.work {
            Work::Train(plan) => plan.result(&self.folder),
            Work::Score(model) => model.result(&self.folder),
        }
        .map_err(|error| in_row(self.row, error))
    }

    /// The files and folders that it reads.
    pub fn reads(&self) -> Vec<PathBuf> {
        match &self.work {
            Work::Score(row) => vec![row.model.clone(), row.dev.clone(), row.train.clone()],
            Work::Train(plan) => {
                plan.stages(&self.folder).iter().flat_map(|stage| stage.recipe.reads()).collect()
            }
        }
    }

    /// The folders of all stages.
    pub fn folders(&self) -> Vec<PathBuf> {
        match &self.work {
            Work::Score(_) => vec![self.folder.clone()],
            Work::Train(plan) => {
                plan.stages(&self.folder).into_iter().map(|stage| stage.folder).collect()
            }
        }
    }

    /// The folder of the run that gives the model: the last stage's, if there are several.
    pub fn model_folder(&self) -> PathBuf {
        self.folders().pop().expect("a plan has a run")
    }

    /// What it has cost, once it is done; `None` unless all of it was measured.
    pub fn measured_cost(&self) -> Result<Option<Cost>> {
        match &self.work {
            Work::Score(_) => Ok(None),
            Work::Train(plan) => plan.cost(&self.folder),
        }
    }

    /// How far it is.
    pub fn listed(&self) -> Result<ListedRun> {
        let result = self.result()?;
        let state = match result {
            Some(_) => RunState::Done,
            None if Plan::is_begun(&self.folder) => RunState::Begun,
            None => RunState::Left,
        };
        Ok(ListedRun {
            row: self.row.to_owned(),
            seed: self.seed,
            run: self.folder.clone(),
            state,
            f1: result.and_then(|result| result.dev).map(|dev| dev.f1),
        })
    }
}

/// The error with the row that it is about.
pub(super) fn in_row(name: &str, error: Error) -> Error {
    match error {
        Error::Setting { key, problem } => {
            Error::setting(format!("row \"{name}\", {key}"), problem)
        }
        Error::File { path, problem } => Error::file(path, format!("row \"{name}\": {problem}")),
        Error::Within { path, source } => in_row(name, *source).within(path),
        Error::Helped { source, remedy } => in_row(name, *source).helped_by(remedy),
        other => other,
    }
}

/// The folder of a row: its name, with a dash for what no file's name should have.
pub(super) fn folder_name(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = name.split(|c| !fits(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn names_become_folders() {
        let cases = [
            ("CMM", "CMM"),
            ("PEMSCL, sampling 0.1", "PEMSCL-sampling-0.1"),
            ("γ = 1", "γ-1"),
            ("../../x", "-..-x"),
            ("..", ""),
        ];
        for (name, folder) in cases {
            assert_eq!(folder_name(name), folder);
        }
    }
}
