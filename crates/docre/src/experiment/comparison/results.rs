//! What the runs of a comparison have reached.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    Comparison,
    origin::RowOrigin,
    row::{Row, Run},
    significance::Judge,
};
use crate::{
    Result,
    document::FactScope,
    eval::{Truth, resampling::Interval},
    experiment::MeanAndDeviation,
    train::{Cost, DevResult, PREDICTIONS},
};

/// The results of a comparison, as far as its runs are done. Scores are fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonResults {
    /// The comparison's name.
    pub name: String,
    /// The version of docre that put them together.
    pub docre: &'static str,
    /// The labelled documents that every row is scored on, by which trained models are kept.
    pub dev: PathBuf,
    /// Their number.
    pub documents: usize,
    /// The facts that are labelled in them.
    pub labels: usize,
    /// The row that gains are measured against.
    pub baseline: Option<String>,
    /// The rows, in the order of the comparison.
    pub rows: Vec<ResultRow>,
}

/// What a row has reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultRow {
    /// Its name.
    pub name: String,
    /// Where its models come from.
    pub origin: RowOrigin,
    /// The runs that it has in all.
    pub planned: usize,
    /// The runs that are done.
    pub runs: Vec<ComparedRun>,
    /// Their scores together; `None` while none is done.
    pub scores: Option<RowScores>,
    /// Against the baseline; `None` where it has no run to compare with.
    pub gain: Option<Gain>,
    /// Their cost together, where all of it was measured.
    pub cost: Option<RowCost>,
}

/// A run that is done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRun {
    /// Its seed; `None` for a model that wasn't trained here.
    pub seed: Option<u64>,
    /// Its folder.
    pub run: PathBuf,
    /// What its model predicts for the dev file, in the form of a result file.
    pub predictions: PathBuf,
    /// The training step after which the model was kept.
    pub step: u64,
    /// The epochs done by then.
    pub epoch: Option<f64>,
    /// The model's scores on the dev file.
    pub dev: DevResult,
    /// What the run cost, over all processes that took part; `None` if it wasn't measured.
    pub cost: Option<Cost>,
    /// Which facts its scores count.
    #[serde(skip_serializing_if = "FactScope::is_all")]
    pub scope: FactScope,
}

/// Means and deviations over a row's runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowScores {
    /// Micro F1.
    pub f1: MeanAndDeviation,
    /// F1 without the facts known from training.
    pub ign_f1: Option<MeanAndDeviation>,
    /// The share of predicted facts that hold.
    pub precision: MeanAndDeviation,
    /// The share of facts that are predicted.
    pub recall: MeanAndDeviation,
    /// The none class ranking error.
    pub ncre: Option<MeanAndDeviation>,
    /// Macro mAP over the labels of whole texts.
    pub map: Option<MeanAndDeviation>,
}

/// How much better than the baseline a row is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gain {
    /// The pairs of runs that are compared: those of the same seed, or where one side is a
    /// model that wasn't trained here, it and each of the other's runs.
    pub pairs: usize,
    /// The mean of their differences in F1.
    pub f1: f64,
    /// How likely a difference as large is if the two are equally good: approximate
    /// randomisation over documents, each of which changes sides in all pairs together.
    /// `None` where a run's predictions aren't there.
    pub p_value: Option<f64>,
    /// The interval of that difference by the paired bootstrap over documents.
    pub interval: Option<Interval>,
}

/// The cost of a run, a mean over a row's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowCost {
    /// Training documents a second, evaluations not counted.
    pub documents_per_second: f64,
    /// Seconds of training and evaluation.
    pub seconds: f64,
    /// The most memory that any of the runs has held, in MB (2^20 bytes).
    pub peak_megabytes: Option<f64>,
}

impl Comparison {
    /// The results of the runs that are done below a folder.
    pub fn results(&self, folder: &Path) -> Result<ComparisonResults> {
        self.check_train_files(folder)?;
        let scope = FactScope::default();
        let truth = Truth::read_within(&self.dev, &self.input, scope, &self.reading)?;
        let mut rows = Vec::new();
        for row in &self.rows {
            rows.push(ResultRow::read(row, folder)?);
        }
        let mut judge = Judge::new(&truth);
        for run in rows.iter().flat_map(|row| &row.runs) {
            judge.counts(run)?;
        }
        let baseline = rows.iter().find(|row| Some(&row.name) == self.baseline.as_ref()).cloned();
        if let Some(baseline) = baseline {
            for row in rows.iter_mut().filter(|row| row.name != baseline.name) {
                row.gain = judge.gain(&baseline.runs, &row.runs)?;
            }
        }
        Ok(ComparisonResults {
            name: self.name.clone(),
            docre: env!("CARGO_PKG_VERSION"),
            dev: self.dev.clone(),
            documents: truth.documents().len(),
            labels: truth.fact_count(),
            baseline: self.baseline.clone(),
            rows,
        })
    }
}

impl ComparisonResults {
    /// The runs that are done, and those that there are in all.
    pub fn done(&self) -> (usize, usize) {
        let done = self.rows.iter().map(|row| row.runs.len()).sum();
        (done, self.rows.iter().map(|row| row.planned).sum())
    }
}

impl ResultRow {
    fn read(row: &Row, folder: &Path) -> Result<Self> {
        let (all, mut runs) = (row.runs(folder), Vec::new());
        for run in &all {
            runs.extend(ComparedRun::read(run)?);
        }
        let (name, origin, planned) = (row.name.clone(), RowOrigin::of(row), all.len());
        let (scores, cost) = (RowScores::of(&runs), RowCost::of(&runs));
        Ok(Self { name, origin, planned, runs, scores, gain: None, cost })
    }
}

impl ComparedRun {
    fn read(run: &Run) -> Result<Option<Self>> {
        let Some(result) = run.result()? else { return Ok(None) };
        let dev = result.dev_of(&run.model_folder())?;
        let cost = run.measured_cost()?;
        let (seed, step, epoch, scope) = (run.seed, result.step, result.epoch, result.scope);
        let predictions = run.model_folder().join(PREDICTIONS);
        let folder = run.folder.clone();
        Ok(Some(Self { seed, run: folder, predictions, step, epoch, dev, cost, scope }))
    }
}

impl RowScores {
    fn of(runs: &[ComparedRun]) -> Option<Self> {
        let spread = |score: fn(&DevResult) -> f64| {
            MeanAndDeviation::of(&runs.iter().map(|run| score(&run.dev)).collect::<Vec<_>>())
        };
        let where_all = |score: fn(&DevResult) -> Option<f64>| {
            let all: Option<Vec<f64>> = runs.iter().map(|run| score(&run.dev)).collect();
            all.and_then(|all| MeanAndDeviation::of(&all))
        };
        Some(Self {
            f1: spread(|dev| dev.f1)?,
            ign_f1: where_all(|dev| dev.ign_f1),
            precision: spread(|dev| dev.precision)?,
            recall: spread(|dev| dev.recall)?,
            ncre: where_all(|dev| dev.ncre),
            map: where_all(|dev| dev.map),
        })
    }
}

impl RowCost {
    fn of(runs: &[ComparedRun]) -> Option<Self> {
        let costs: Vec<Cost> = runs.iter().map(|run| run.cost).collect::<Option<_>>()?;
        let all = costs.iter().copied().reduce(|all, cost| all.and(&cost))?;
        Some(Self {
            documents_per_second: all.documents_per_second(),
            seconds: all.seconds() / costs.len() as f64,
            peak_megabytes: all.peak_megabytes,
        })
    }
}
