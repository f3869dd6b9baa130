//! One model of an audit: trained without a fold, it rates the fold's documents.

use std::{fs, ops::ControlFlow, path::PathBuf};

use super::{
    AuditData, Folds,
    rater::{LabelledTypes, Rater},
    ratings::{Rated, RatedDocument, Ratings, RatingsWriter},
};
use crate::{
    Result,
    document::Document,
    experiment::{Plan, Resumable},
    progress::{Observer, Outcome, PartName},
    recipe::Recipe,
    text::prepare::prepare,
    train::{Cost, Holds, OwnFolder, Session, remove_checkpoint},
};

/// Documents that are rated at a time: enough to sort them by length, a few megabytes.
const CHUNK: usize = 256;

/// One model.
pub(super) struct Auditor<'a> {
    /// The audited file.
    pub data: &'a AuditData,
    pub folds: &'a Folds,
    /// The fold that it is trained without.
    pub fold: usize,
    /// How it is trained, on the other folds: a single run.
    pub plan: Plan,
    /// Its run's folder.
    pub folder: PathBuf,
}

impl Resumable for Auditor<'_> {
    fn names(&self) -> Vec<PartName> {
        let recipe = self.plan.last();
        vec![
            PartName::word("recipe", &recipe.name),
            PartName::number("seed", recipe.seed),
            PartName::number("fold", self.fold as u64 + 1),
        ]
    }

    /// Refuses a folder for its run that isn't docre's.
    fn check(&self) -> Result<()> {
        if self.plan.result(&self.folder)?.is_none() {
            OwnFolder::find(&self.folder, Holds::Run)?;
        }
        Ok(())
    }

    /// Refuses a folder that another recipe has used.
    fn is_done(&self) -> Result<bool> {
        Ok(self.plan.result(&self.folder)?.is_some() && self.ratings_file().exists())
    }

    fn recipes_left(&self) -> Result<Vec<Recipe>> {
        self.plan.recipes_left(&self.folder)
    }

    fn sweep(&self) {
        self.plan.sweep(&self.folder);
    }

    /// Trains it and has it rate its fold.
    fn go_on(&self, session: &mut Session) -> Result<Outcome<()>> {
        if self.plan.result(&self.folder)?.is_none() {
            // What an earlier model said of them counts no longer.
            let _ = fs::remove_file(self.ratings_file());
            let trained = self.plan.go_on(&self.folder, session)?;
            if let Outcome::Stopped(_) = trained {
                return Ok(trained);
            }
        }
        if session.observer.should_stop() || self.rate(session.observer)?.is_break() {
            let steps = self.plan.result(&self.folder)?.map_or(0, |result| result.step);
            return Ok(Outcome::stopped_at(steps));
        }
        self.remove_checkpoint();
        Ok(Outcome::Finished(()))
    }

    fn cost(&self) -> Result<Option<Cost>> {
        self.plan.cost(&self.folder)
    }
}

impl Auditor<'_> {
    /// What it says of its fold.
    pub fn ratings(&self) -> Result<Ratings> {
        Ratings::open(&self.ratings_file())
    }

    /// Removes what it will never be resumed from; once more where a kill came in between.
    pub fn remove_checkpoint(&self) {
        remove_checkpoint(&self.folder);
    }

    fn ratings_file(&self) -> PathBuf {
        self.folder.join("ratings.jsonl")
    }

    fn rate(&self, observer: &mut dyn Observer) -> Result<ControlFlow<()>> {
        let recipe = self.plan.last();
        let labelled = LabelledTypes::read(&recipe.data.train)?;
        let model = recipe.compute()?.load(self.folder.join("model"))?;
        let rater = Rater { model: &model, labelled: &labelled };
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
            observer.documents("documents rated that the model was trained without", done, all);
            if observer.should_stop() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The documents of its fold, with their places in the file.
    fn documents(&self) -> Result<impl Iterator<Item = Result<(usize, Document)>>> {
        let placed = self.data.documents()?.enumerate();
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
