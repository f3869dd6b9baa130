//! How much better one row is than another, and whether by chance.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::results::{ComparedRun, Gain};
use crate::{
    Result,
    corpus::predictions,
    eval::{Counts, Resampling, Truth, compare_f1, counts_by_document, judge},
};

/// Compares rows by their predictions, of which it reads each file once.
pub(super) struct Judge<'a> {
    truth: &'a Truth,
    /// The counts of each document, by the file of the predictions.
    counts: HashMap<PathBuf, Vec<Counts>>,
}

impl<'a> Judge<'a> {
    pub fn new(truth: &'a Truth) -> Self {
        Self { truth, counts: HashMap::new() }
    }

    /// What a row's runs have gained over the baseline's; `None` where no run has a partner.
    pub fn gain(&mut self, baseline: &[ComparedRun], row: &[ComparedRun]) -> Result<Option<Gain>> {
        let pairs = pairs(baseline, row);
        if pairs.is_empty() {
            return Ok(None);
        }
        let gained: f64 = pairs.iter().map(|(base, run)| run.dev.f1 - base.dev.f1).sum();
        let before = self.sum(pairs.iter().map(|(base, _)| *base))?;
        let after = self.sum(pairs.iter().map(|(_, run)| *run))?;
        let tested = before.zip(after);
        let tested = tested.map(|(a, b)| compare_f1(&a, &b, &Resampling::default()));
        Ok(Some(Gain {
            pairs: pairs.len(),
            f1: gained / pairs.len() as f64,
            p_value: tested.map(|tested| tested.p_value),
            interval: tested.map(|tested| tested.interval),
        }))
    }

    /// The counts of each document, summed over runs; `None` where predictions aren't there.
    fn sum<'r>(
        &mut self,
        runs: impl Iterator<Item = &'r ComparedRun>,
    ) -> Result<Option<Vec<Counts>>> {
        let mut sum: Vec<Counts> = Vec::new();
        for run in runs {
            let Some(counts) = self.counts(&run.predictions)? else { return Ok(None) };
            if sum.is_empty() {
                sum = vec![Counts::default(); counts.len()];
            }
            sum.iter_mut().zip(counts).for_each(|(sum, counts)| *sum += *counts);
        }
        Ok(Some(sum))
    }

    fn counts(&mut self, file: &Path) -> Result<Option<&Vec<Counts>>> {
        if !self.counts.contains_key(file) {
            if !file.exists() {
                return Ok(None);
            }
            let predictions = predictions::read(file)?;
            let counts = counts_by_document(self.truth, &judge(self.truth, &predictions));
            self.counts.insert(file.to_path_buf(), counts);
        }
        Ok(self.counts.get(file))
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
