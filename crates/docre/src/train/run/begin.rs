//! How a run begins: everything is read and checked before the first step.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use super::{Run, Start};
use crate::{
    Error, Result,
    progress::Observer,
    recipe::Recipe,
    train::{
        checkpoint::{self, Checkpoint, State},
        cost::{Clock, Cost},
        data::{Data, Unread},
        feed::{Batching, Feed, LossInputs},
        lock::RunLock,
        log::Log,
        optimizer::AdamW,
        setup,
        teacher::Scoring,
    },
};

impl<'a> Run<'a> {
    /// Reads and checks all that the run needs; breaks with the steps taken before, if the
    /// observer asks to stop meanwhile.
    pub(super) fn begin(
        recipe: &'a Recipe,
        encoder: &Path,
        folder: &'a Path,
        start: Start,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<u64, Self>> {
        recipe.check()?;
        let device = recipe.device.open()?.autodiff();
        let checkpoint = checkpoint_of(recipe, folder, start)?;
        let resumed = start == Start::Resume;
        let held = resumed.then(|| RunLock::take(folder)).transpose()?;
        let tokenizer = setup::tokenizer(encoder)?;
        let data = match Data::read(recipe, encoder, &tokenizer, observer) {
            Ok(data) => data,
            Err(Unread::Refused(error)) => return Err(error),
            Err(Unread::Stopped) => {
                let taken = checkpoint.map_or(0, |checkpoint| checkpoint.state.step);
                return Ok(ControlFlow::Break(taken));
            }
        };
        let relations = data.relations.clone();
        recipe.decision.check_relations(relations.classes() - 1)?;
        let mut extractor = setup::model(recipe, encoder, tokenizer, relations, &device)?;
        let mut optimizer = AdamW::new(recipe.optimizer.clone());
        // A new folder is made only now that nothing of the input is wrong.
        let lock = held.map_or_else(|| RunLock::take(folder), Ok)?;
        let (state, log) = match checkpoint {
            None => {
                recipe.write(folder.join("recipe.toml"))?;
                let recipe = recipe.clone();
                let data = data.fingerprint();
                let cost = Some(Cost::default());
                let state = State { recipe, data, step: 0, best_f1: None, best_step: 0, cost };
                (state, Log::create(folder)?)
            }
            Some(checkpoint) => {
                same_data(recipe, &checkpoint.state.data, &data.fingerprint())?;
                let classes = data.relations.classes();
                let weights = checkpoint.weights();
                extractor.model = extractor.config.load_weights(&weights, classes, &device)?;
                optimizer.moments = checkpoint.moments(&device.clone().inner())?;
                let log = Log::resume(folder, checkpoint.state.step)?;
                (checkpoint.state, log)
            }
        };
        let teacher = match &recipe.teacher {
            // Scores that no step is left to read needn't be made again.
            Some(_) if state.step == recipe.schedule.total_steps(data.train.len()) => None,
            Some(teacher) => {
                let scoring = Scoring { teacher, recipe, data: &data, student: &extractor };
                match scoring.run(folder, observer)? {
                    ControlFlow::Continue(scores) => Some(Arc::new(scores)),
                    ControlFlow::Break(()) => return Ok(ControlFlow::Break(state.step)),
                }
            }
            None => None,
        };
        let total_steps = recipe.schedule.total_steps(data.train.len());
        let priors = Arc::new(data.priors());
        let batching = Batching {
            examples: data.train.clone(),
            schedule: recipe.schedule.clone(),
            seed: recipe.seed,
            longest_input: extractor.config.encoder.longest_input(),
            classes: data.relations.classes(),
            inputs: LossInputs {
                sampling: recipe.loss.negative_sampling.clone(),
                teacher,
                priors: recipe.loss.needs().type_pairs.then(|| priors.clone()),
            },
        };
        let feed = Feed::start(batching, state.step);
        let clock = Clock::start(state.cost);
        Ok(ControlFlow::Continue(Self {
            recipe,
            folder,
            device,
            data,
            priors,
            extractor,
            optimizer,
            state,
            log,
            total_steps,
            clock,
            feed,
            best: None,
            _lock: lock,
        }))
    }
}

/// The checkpoint to go on from, if there is one. Refuses a folder that a run of this kind
/// can't use.
fn checkpoint_of(recipe: &Recipe, folder: &Path, start: Start) -> Result<Option<Checkpoint>> {
    match start {
        // A run that ended before its first checkpoint left nothing to keep.
        Start::New if checkpoint::exists(folder) => {
            let problem = "already holds a run; resume it with --resume, or name another folder";
            Err(Error::file(folder, problem))
        }
        Start::New => Ok(None),
        Start::Resume if !checkpoint::exists(folder) => {
            same_recipe(folder, &recipe_of(folder)?, recipe)?;
            Ok(None)
        }
        Start::Resume => {
            let checkpoint = Checkpoint::open(folder)?;
            same_recipe(folder, &checkpoint.state.recipe, recipe)?;
            Ok(Some(checkpoint))
        }
    }
}

/// The recipe of a run that has no checkpoint yet.
fn recipe_of(folder: &Path) -> Result<Recipe> {
    Recipe::parse(&recipe_text(folder)?, &[])
}

/// The recipe that a run began with, as it is written.
pub(crate) fn recipe_text(folder: &Path) -> Result<String> {
    let path = folder.join("recipe.toml");
    if !path.exists() {
        return Err(Error::file(folder, "has no run to resume; leave --resume out to begin one"));
    }
    std::fs::read_to_string(&path).map_err(Error::io(&path, "read"))
}

/// Refuses to go on with another recipe than the run began with, naming the difference.
pub(crate) fn same_recipe(folder: &Path, saved: &Recipe, given: &Recipe) -> Result<()> {
    let (saved, given) = (saved.wherever(), given.wherever());
    if saved == given {
        return Ok(());
    }
    let (saved, given) = (saved.to_toml(), given.to_toml());
    let differing = saved.lines().zip(given.lines()).find(|(a, b)| a != b);
    let difference = differing
        .map_or(String::new(), |(saved, given)| format!(" (there: {saved}; here: {given})"));
    let problem = format!(
        "holds the checkpoint of another recipe{difference}; give the same recipe or another folder"
    );
    Err(Error::file(folder, problem))
}

/// Refuses to go on with other documents, of which the steps would be others too.
fn same_data(recipe: &Recipe, saved: &str, given: &str) -> Result<()> {
    if saved == given {
        return Ok(());
    }
    let problem = "gives other documents than when the run began (or the dev file, the relations \
                   or the tokenizer do); put the old ones back or begin a new run";
    Err(Error::file(&recipe.data.train, problem))
}
