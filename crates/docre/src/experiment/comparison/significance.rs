//! How much better one row is than another, and whether by chance.

use std::{collections::HashMap, path::PathBuf};

use super::results::{ComparedRun, Gain};
use crate::{
    Error, Result,
    corpus::predictions,
    eval::{
        Truth, facts, judge,
        resampling::{DocumentCounts, Resampling, compare_f1, counts_by_document},
    },
};

/// Scores that are nearer than this are equal, but for rounding.
const ROUNDING: f64 = 1e-9;

/// Compares rows by their predictions, of which it reads each file once.
pub(super) struct Judge<'a> {
    truth: &'a Truth,
    /// The truth by what runs count of it, where that isn't all.
    scoped: Vec<Truth>,
    /// The counts of each document, by the file of the predictions.
    counts: HashMap<PathBuf, DocumentCounts>,
}

impl<'a> Judge<'a> {
    pub fn new(truth: &'a Truth) -> Self {
        Self { truth, scoped: Vec::new(), counts: HashMap::new() }
    }

    /// What a row's runs have gained over the baseline's; `None` where no run has a partner.
    pub fn gain(&mut self, baseline: &[ComparedRun], row: &[ComparedRun]) -> Result<Option<Gain>> {
        let pairs = pairs(baseline, row);
        if pairs.is_empty() {
            return Ok(None);
        }
        let gained: f64 = pairs.iter().map(|(base, run)| run.dev.f1 - base.dev.f1).sum();
        let before = self.of_runs(pairs.iter().map(|(base, _)| *base))?;
        let after = self.of_runs(pairs.iter().map(|(_, run)| *run))?;
        let tested = before.zip(after);
        let tested = tested.map(|(a, b)| compare_f1(&a, &b, &Resampling::default()));
        Ok(Some(Gain {
            pairs: pairs.len(),
            f1: gained / pairs.len() as f64,
            p_value: tested.map(|tested| tested.p_value),
            interval: tested.map(|tested| tested.interval),
        }))
    }

    /// The counts of runs; `None` where predictions aren't there.
    fn of_runs<'r>(
        &mut self,
        runs: impl Iterator<Item = &'r ComparedRun>,
    ) -> Result<Option<Vec<DocumentCounts>>> {
        let counts: Result<Vec<_>> = runs.map(|run| self.counts(run)).collect();
        Ok(counts?.into_iter().collect())
    }

    /// The counts of a run's predictions. Refuses a dev file that isn't the one that the run was
    /// scored on: its labels would give the predictions another score.
    pub fn counts(&mut self, run: &ComparedRun) -> Result<Option<DocumentCounts>> {
        let file = &run.predictions;
        if let Some(counts) = self.counts.get(file) {
            return Ok(Some(counts.clone()));
        }
        if !file.exists() {
            return Ok(None);
        }
        let judged = predictions::read(file)?;
        let truth = self.truth_of(run)?;
        let judged = judge(truth, &judged);
        let f1 = facts(truth, &judged).f1();
        if (f1 - run.dev.f1).abs() > ROUNDING {
            let (then, now) = (100.0 * run.dev.f1, 100.0 * f1);
            let problem = format!(
                "isn't the file that {} was scored on: its F1 was {then:.2}, and with these labels \
                 it is {now:.2}; put the old file back, or compare in another folder",
                run.run.display()
            );
            return Err(Error::file(truth.path(), problem));
        }
        let counts = counts_by_document(truth, &judged);
        self.counts.insert(file.clone(), counts.clone());
        Ok(Some(counts))
    }

    /// What a run counts of the labelled facts.
    fn truth_of(&mut self, run: &ComparedRun) -> Result<&Truth> {
        if run.scope.is_all() {
            return Ok(self.truth);
        }
        let known = self.scoped.iter().position(|truth| *truth.scope() == run.scope);
        let place = match known {
            Some(place) => place,
            None => {
                let (path, documents) = (self.truth.path(), self.truth.documents().to_vec());
                self.scoped.push(Truth::within(path, documents, run.scope.clone())?);
                self.scoped.len() - 1
            }
        };
        Ok(&self.scoped[place])
    }
}

/// Runs of the same seed; a model that wasn't trained here goes with each run.
fn pairs<'a>(
    baseline: &'a [ComparedRun],
    row: &'a [ComparedRun],
) -> Vec<(&'a ComparedRun, &'a ComparedRun)> {
    let fit = |base: &ComparedRun, run: &ComparedRun| match (base.seed, run.seed) {
        (Some(base), Some(run)) => base == run,
        _ => true,
    };
    let partners = |run: &'a ComparedRun| {
        baseline.iter().filter(move |base| fit(base, run)).map(move |base| (base, run))
    };
    row.iter().flat_map(partners).collect()
}
