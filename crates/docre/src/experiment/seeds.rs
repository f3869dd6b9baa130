//! One plan with several seeds, as papers report.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Find, Plan, PlanOutcome};
use crate::{Error, Result, progress::Observer, train::DevResult};

/// A plan that runs once with each of several seeds, each in a folder `seed-N` of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeds {
    plan: Plan,
    seeds: Vec<u64>,
}

/// How the runs ended.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedOutcome {
    /// All are done.
    Finished {
        /// Each seed with its folder and its scores on the dev file.
        runs: Vec<(u64, PathBuf, DevResult)>,
        /// Their means and deviations.
        summary: Summary,
    },
    /// The observer asked to stop during the run of a seed.
    Stopped {
        /// The seed.
        seed: u64,
        /// The steps it has taken.
        step: u64,
    },
}

/// Means and standard deviations over seeds, fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Of F1.
    pub f1: Spread,
    /// Of Ign F1, where every run has it.
    pub ign_f1: Option<Spread>,
}

/// A mean and how far values lie from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The sample's standard deviation (divided by one less than the number of values).
    pub deviation: f64,
}

impl Spread {
    /// The spread of values; `None` for none. A single one deviates by 0.
    ///
    /// ```
    /// use docre::experiment::Spread;
    ///
    /// let spread = Spread::of(&[1.0, 2.0, 3.0]).unwrap();
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

impl Seeds {
    /// A plan with seeds: at least one, each once, and a dev file to report on.
    pub fn new(plan: Plan, seeds: Vec<u64>) -> Result<Self> {
        check(&seeds, "seeds")?;
        let stages = plan.stages("runs")?;
        if stages.last().is_none_or(|stage| stage.recipe.data.dev.is_none()) {
            let problem = "is missing: several seeds are compared by their scores on it";
            return Err(Error::setting("data.dev", problem));
        }
        Ok(Self { plan, seeds })
    }

    /// Runs seed after seed. What is begun goes on, and what is done is not done again.
    pub fn run(
        &self,
        folder: &Path,
        find: &mut Find,
        observer: &mut dyn Observer,
    ) -> Result<SeedOutcome> {
        for seed in &self.seeds {
            self.plan.with_seed(*seed).check_run(&folder.join(format!("seed-{seed}")))?;
        }
        let mut runs = Vec::new();
        for (number, seed) in self.seeds.iter().enumerate() {
            let folder = folder.join(format!("seed-{seed}"));
            let plan = self.plan.with_seed(*seed);
            if plan.result(&folder)?.is_none() {
                observer.note(&format!("seed {seed}, {} of {}", number + 1, self.seeds.len()));
                if let PlanOutcome::Stopped { step, .. } = plan.go_on(&folder, find, observer)? {
                    return Ok(SeedOutcome::Stopped { seed: *seed, step });
                }
            }
            let dev = plan.dev_result(&folder)?;
            runs.push((*seed, folder, dev));
        }
        let summary = Summary::of(&runs);
        Ok(SeedOutcome::Finished { runs, summary })
    }
}

/// Refuses no seed, and one that is given twice, by the key they were given with.
pub(super) fn check(seeds: &[u64], key: &str) -> Result<()> {
    let repeated = seeds.iter().enumerate().any(|(place, seed)| seeds[..place].contains(seed));
    if seeds.is_empty() || repeated {
        let problem = "must be a list of different seeds, such as 66,67,68";
        return Err(Error::setting(key, problem));
    }
    Ok(())
}

impl Summary {
    fn of(runs: &[(u64, PathBuf, DevResult)]) -> Self {
        let all: Vec<f64> = runs.iter().map(|(_, _, dev)| dev.f1).collect();
        let ign: Option<Vec<f64>> = runs.iter().map(|(_, _, dev)| dev.ign_f1).collect();
        Self {
            f1: Spread::of(&all).expect("there is a seed"),
            ign_f1: ign.and_then(|ign| Spread::of(&ign)),
        }
    }
}
