//! What no recipe may say.

use super::{BestBy, Pairs, RecipeSettings};
use crate::{
    Error, Result,
    corpus::{Input, ReadOptions},
    loss::Loss,
    model::check_trains,
};

impl RecipeSettings {
    /// Refuses impossible values, by key.
    pub(super) fn check(&self) -> Result<()> {
        self.check_name()?;
        check_trains(self.precision)?;
        self.check_data()?;
        self.check_teacher()?;
        self.relation.check()?;
        self.check_input()?;
        self.check_finder()?;
        self.loss.check()?;
        self.check_decision()?;
        self.optimizer.check()?;
        self.schedule.check()?;
        self.check_best()
    }

    /// Refuses a measure for the best model that its dev file can't have.
    fn check_best(&self) -> Result<()> {
        let documents = self.input() == Input::Documents;
        let problem = match self.schedule.best {
            BestBy::F1 => return Ok(()),
            _ if self.finder.is_some() => {
                "is the F1 of relations from text where the model finds the entities itself; leave \
                 it out"
            }
            BestBy::IgnF1 if !documents => {
                "ign-f1 is for documents with entity pairs; take map or f1"
            }
            BestBy::Map if documents => {
                "map is for texts that are classified as wholes; take f1 or ign-f1"
            }
            BestBy::IgnF1 | BestBy::Map => return Ok(()),
        };
        Err(Error::setting("schedule.best", problem))
    }

    fn check_name(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::setting("name", "must not be empty"));
        }
        let is_no_name = |c: char| c.is_control() || matches!(c, '/' | '\\');
        if self.name.contains(is_no_name) || self.name.starts_with('.') {
            let problem = "names the run's folder, so it can't begin with a dot or hold a slash";
            return Err(Error::setting("name", problem));
        }
        Ok(())
    }

    fn check_data(&self) -> Result<()> {
        if self.data.limit == Some(0) {
            return Err(Error::setting("data.limit", "must be 1 or more; leave it out for all"));
        }
        if let Pairs::Types(types) = &self.data.pairs
            && types.is_empty()
        {
            let problem = "types names no pair of entity types; give one, such as \
                           [[\"Chemical\", \"Disease\"]]";
            return Err(Error::setting("data.pairs", problem));
        }
        if self.data.max_length.is_some_and(|length| length < 4) {
            let problem = "must be 4 word pieces or more; leave it out to never cut";
            return Err(Error::setting("data.max_length", problem));
        }
        Ok(())
    }

    fn check_teacher(&self) -> Result<()> {
        match (&self.teacher, &self.loss.distillation) {
            (None, Some(_)) => {
                let problem = "needs a teacher: set teacher to a model folder, or to an earlier \
                               stage's name in a recipe with stages";
                Err(Error::setting("loss.distillation", problem))
            }
            (Some(_), None) => {
                let problem = "is of no use without loss.distillation; set it, or leave the \
                               teacher out";
                Err(Error::setting("teacher", problem))
            }
            _ => Ok(()),
        }
    }

    fn check_finder(&self) -> Result<()> {
        let Some(finder) = &self.finder else { return Ok(()) };
        if self.input() != Input::Documents {
            let problem = "finds the entities of documents, but texts are classified as wholes; \
                           leave it out";
            return Err(Error::setting("finder", problem));
        }
        finder.check()
    }

    fn check_decision(&self) -> Result<()> {
        let Some(decision) = &self.decision else { return Ok(()) };
        decision.check()?;
        decision.check_fits(self.loss.kind.threshold())?;
        if decision.is_untuned() && self.data.dev.is_none() {
            let problem = "is tuned on the dev file, but data.dev is missing; name one, or \
                           set decision.threshold (for per-label-probability \
                           decision.thresholds)";
            return Err(Error::setting("decision.rule", problem));
        }
        Ok(())
    }

    /// Refuses settings that mean nothing for what is classified.
    fn check_input(&self) -> Result<()> {
        if self.data.none.is_some() && !matches!(self.input(), Input::Texts { .. }) {
            let problem = "is for texts, which relation.kind = \"text\" classifies; leave it out";
            return Err(Error::setting("data.none", problem));
        }
        if self.input() == Input::Documents {
            return Ok(());
        }
        if self.data.pairs != Pairs::All {
            let problem = "is for documents with entity pairs; texts have none, and argument pairs \
                           are all labelled. Leave it out";
            return Err(Error::setting("data.pairs", problem));
        }
        if self.data.reading() != ReadOptions::default() {
            let problem = "is for documents with entity pairs, as are join and text_key; texts and \
                           dialogues are read strictly. Leave them out";
            return Err(Error::setting("data.lenient", problem));
        }
        if !self.data.symmetric.is_empty() {
            let problem = "is for documents with entity pairs, and what is classified here has no \
                           two directions. Leave it out";
            return Err(Error::setting("data.symmetric", problem));
        }
        for (key, file) in [("relations", &self.data.relations), ("names", &self.data.names)] {
            if file.is_some() {
                let problem = "is for documents; dialogues name their relations themselves, texts \
                               their labels, or labels.txt beside them does. Leave it out";
                return Err(Error::setting(format!("data.{key}"), problem));
            }
        }
        if self.loss.needs().evidence {
            let problem = "needs documents with entity pairs and sentences, but texts are classified \
                           as wholes; leave it out";
            return Err(Error::setting("loss.evidence", problem));
        }
        if self.loss.needs().type_pairs {
            let problem = "type-pair needs entities with types, but texts are classified as wholes; \
                           use level = \"pair\"";
            return Err(Error::setting("loss.prior.level", problem));
        }
        Ok(())
    }
}
