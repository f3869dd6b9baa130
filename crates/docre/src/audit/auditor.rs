//! One model of an audit: trained without a fold, it rates the fold's documents.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    Folds,
    rater::{Rater, Taught},
    ratings::{Rated, RatedDocument, Ratings, RatingsWriter},
};
use crate::{
    Result, corpus,
    document::Document,
    experiment::{Find, Plan, PlanOutcome},
    model::Extractor,
    progress::Observer,
    recipe::Recipe,
    text::prepare,
    train::{Holds, OwnFolder, Start, remove_checkpoint},
};

/// Documents that are rated at a time: enough to sort them by length, a few megabytes.
const CHUNK: usize = 256;

/// One model.
pub(super) struct Auditor<'a> {
    /// The audited file.
    pub data: &'a Path,
    pub folds: &'a Folds,
    /// The fold that it is trained without.
    pub fold: usize,
    /// How it is trained, on the other folds.
    pub recipe: Recipe,
    /// Its run's folder.
    pub folder: PathBuf,
}

impl Auditor<'_> {
    /// What it says of its fold.
    pub fn ratings(&self) -> Result<Ratings> {
        Ratings::open(&self.ratings_file())
    }

    /// Whether it has nothing left to do. Refuses a folder that another recipe has used.
    pub fn is_done(&self) -> Result<bool> {
        Ok(self.plan()?.result(&self.folder)?.is_some() && self.ratings_file().exists())
    }

    /// Refuses a folder for its run that isn't docre's.
    pub fn check_folder(&self) -> Result<()> {
        if self.plan()?.result(&self.folder)?.is_none() {
            OwnFolder::find(&self.folder, Holds::Run)?;
        }
        Ok(())
    }

    /// Trains it and rates its fold; breaks with the steps taken if the observer asks to stop.
    pub fn run(&self, find: &mut Find, observer: &mut dyn Observer) -> Result<ControlFlow<u64>> {
        let plan = self.plan()?;
        if plan.result(&self.folder)?.is_none() {
            // What an earlier model said of them counts no longer.
            let _ = fs::remove_file(self.ratings_file());
            let start = if Plan::is_begun(&self.folder) { Start::Resume } else { Start::New };
            let outcome = plan.run(&self.folder, start, find, observer)?;
            if let PlanOutcome::Stopped { step, .. } = outcome {
                return Ok(ControlFlow::Break(step));
            }
        }
        if observer.should_stop() || self.rate(observer)?.is_break() {
            let steps = plan.result(&self.folder)?.map_or(0, |result| result.step);
            return Ok(ControlFlow::Break(steps));
        }
        self.remove_checkpoint();
        Ok(ControlFlow::Continue(()))
    }

    /// Removes what it will never be resumed from; once more where a kill came in between.
    pub fn remove_checkpoint(&self) {
        remove_checkpoint(&self.folder);
    }

    fn plan(&self) -> Result<Plan> {
        Plan::parse(&self.recipe.to_toml(), &[])
    }

    fn ratings_file(&self) -> PathBuf {
        self.folder.join("ratings.jsonl")
    }

    fn rate(&self, observer: &mut dyn Observer) -> Result<ControlFlow<()>> {
        let taught = Taught::read(&self.recipe.data.train)?;
        let mut model = Extractor::load(self.folder.join("model"), &self.recipe.device.open()?)?;
        model.precision = self.recipe.precision;
        let rater = Rater { model: &model, taught: &taught };
        let mut writer = RatingsWriter::create(&self.ratings_file())?;
        let all = (0..self.folds.documents()).filter(|place| self.holds(*place)).count();
        let (mut done, mut documents) = (0, self.documents()?);
        loop {
            let chunk: Result<Vec<_>> = documents.by_ref().take(CHUNK).collect();
            let (places, chunk): (Vec<_>, Vec<_>) = chunk?.into_iter().unzip();
            if chunk.is_empty() {
                writer.finish()?;
                return Ok(ControlFlow::Continue(()));
            }
            for (document, rated) in places.into_iter().zip(rate(&rater, &chunk)?) {
                writer.push(&RatedDocument { document, rated })?;
            }
            done += chunk.len();
            observer.auditing(done, all);
            if observer.should_stop() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The documents of its fold, with their places in the file.
    fn documents(&self) -> Result<impl Iterator<Item = Result<(usize, Document)>>> {
        let placed = corpus::read(self.data)?.enumerate();
        let held_out = placed.filter(|(place, _)| self.holds(*place));
        Ok(held_out.map(|(place, document)| Ok((place, document?))))
    }

    fn holds(&self, place: usize) -> bool {
        self.folds.of(place) == self.fold
    }
}

fn rate(rater: &Rater, documents: &[Document]) -> Result<Vec<Vec<Rated>>> {
    let model = rater.model;
    let options = model.config.example_options();
    let prepared = prepare(documents, &model.tokenizer, &options)?;
    rater.rate(documents, &prepared.examples)
}
