//! One plan with several seeds, as papers report.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Pieces, Plan, Resumable};
use crate::{
    Error, Result,
    progress::{Outcome, PartName},
    recipe::Recipe,
    train::{Cost, DevResult, Session},
};

/// A plan that runs once with each of several seeds, each in a folder `seed-N` of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeds(Vec<SeededPlan>);

/// A plan with one of several seeds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SeededPlan {
    pub seed: u64,
    pub plan: Plan,
}

/// What all seeds have reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedsResult {
    /// Means and deviations over them.
    pub summary: SeedScores,
    /// Each of them.
    pub runs: Vec<SeedRun>,
}

/// What the run of a seed has reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// The run's folder.
    pub run: PathBuf,
    /// Its scores on the dev file.
    pub dev: DevResult,
}

/// Means and standard deviations over seeds, fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SeedScores {
    /// Of F1.
    pub f1: MeanAndDeviation,
    /// Of Ign F1, where every run has it.
    pub ign_f1: Option<MeanAndDeviation>,
}

/// A mean and how far values lie from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MeanAndDeviation {
    /// The mean.
    pub mean: f64,
    /// The sample's standard deviation (divided by one less than the number of values).
    pub deviation: f64,
}

impl MeanAndDeviation {
    /// The spread of values; `None` for none. A single one deviates by 0.
    ///
    /// ```
    /// use docre::experiment::MeanAndDeviation;
    ///
    /// let spread = MeanAndDeviation::of(&[1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!((spread.mean, spread.deviation), (2.0, 1.0));
    /// ```
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0).max(1.0)).sqrt();
        (!values.is_empty()).then_some(Self { mean, deviation })
    }
}

/// A plan with each of several seeds.
pub(super) fn seeded(plan: &Plan, seeds: &[u64]) -> Result<Vec<SeededPlan>> {
    let seeded = |seed: &u64| Ok(SeededPlan { seed: *seed, plan: plan.with_seed(*seed)? });
    seeds.iter().map(seeded).collect()
}

impl Seeds {
    /// A plan with seeds: at least one, each once, and a dev file to report on.
    pub fn new(plan: &Plan, seeds: &[u64]) -> Result<Self> {
        check(seeds, "seeds")?;
        if plan.last().data.dev.is_none() {
            let problem = "is missing: several seeds are compared by their scores on it";
            return Err(Error::setting("data.dev", problem));
        }
        seeded(plan, seeds).map(Self)
    }

    /// Runs seed after seed. What is begun goes on, and what is done is not done again.
    pub fn run(&self, folder: &Path, session: &mut Session) -> Result<Outcome<SeedsResult>> {
        let runs = self.0.iter().map(|SeededPlan { seed, plan }| {
            let folder = folder.join(format!("seed-{seed}"));
            SeedInFolder { seed: *seed, plan, folder }
        });
        let runs = Pieces::check("run", runs.collect(), session)?;
        if let Outcome::Stopped(stopped) = runs.run(session)? {
            return Ok(Outcome::Stopped(stopped));
        }
        let runs = runs.all().iter().map(SeedInFolder::reached).collect::<Result<Vec<_>>>()?;
        Ok(Outcome::Finished(SeedsResult { summary: SeedScores::of(&runs), runs }))
    }
}

/// The run of a seed.
struct SeedInFolder<'a> {
    seed: u64,
    plan: &'a Plan,
    folder: PathBuf,
}

impl SeedInFolder<'_> {
    fn reached(&self) -> Result<SeedRun> {
        let dev = self.plan.dev_result(&self.folder)?;
        Ok(SeedRun { seed: self.seed, run: self.folder.clone(), dev })
    }
}

impl Resumable for SeedInFolder<'_> {
    fn names(&self) -> Vec<PartName> {
        vec![PartName::number("seed", self.seed)]
    }

    fn check(&self) -> Result<()> {
        self.plan.check_run(&self.folder)
    }

    fn is_done(&self) -> Result<bool> {
        Ok(self.plan.result(&self.folder)?.is_some())
    }

    fn recipes_left(&self) -> Result<Vec<Recipe>> {
        self.plan.recipes_left(&self.folder)
    }

    fn go_on(&self, session: &mut Session) -> Result<Outcome<()>> {
        self.plan.go_on(&self.folder, session)
    }

    fn sweep(&self) {
        self.plan.sweep(&self.folder);
    }

    fn cost(&self) -> Result<Option<Cost>> {
        self.plan.cost(&self.folder)
    }
}

/// Refuses no seed, and one that is given twice, by the key they were given with.
pub(super) fn check(seeds: &[u64], key: &str) -> Result<()> {
    let different: HashSet<u64> = seeds.iter().copied().collect();
    if seeds.is_empty() || different.len() < seeds.len() {
        let problem = "must be a list of different seeds, such as 66,67,68";
        return Err(Error::setting(key, problem));
    }
    Ok(())
}

impl SeedScores {
    fn of(runs: &[SeedRun]) -> Self {
        let all: Vec<f64> = runs.iter().map(|run| run.dev.f1).collect();
        let ign: Option<Vec<f64>> = runs.iter().map(|run| run.dev.ign_f1).collect();
        Self {
            f1: MeanAndDeviation::of(&all).expect("there is a seed"),
            ign_f1: ign.and_then(|ign| MeanAndDeviation::of(&ign)),
        }
    }
}
