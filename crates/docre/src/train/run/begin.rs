//! How a run begins: everything is read and checked before the first step.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use super::{Outcome, Run, Start, kept_scores};
use crate::{
    Error, Result, inputs,
    progress::Observer,
    recipe::Recipe,
    train::{
        RunResult,
        checkpoint::{self, Checkpoint, State},
        cost::{Clock, Cost},
        data::{Data, Unread},
        feed::{Batching, Feed, LossInputs},
        lock::RunLock,
        log::Log,
        optimizer::AdamW,
        own_folder::{Holds, OwnFolder},
        setup,
        teacher::Scoring,
        train_file::TrainFile,
    },
};

impl<'a> Run<'a> {
    /// Reads and checks all that the run needs; breaks if it is finished already, or if the
    /// observer asks to stop meanwhile.
    pub(super) fn begin(
        recipe: &'a Recipe,
        encoder: &Path,
        folder: &'a Path,
        start: Start,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<Outcome, Self>> {
        recipe.check()?;
        let device = recipe.device.open()?.autodiff();
        let mut standing = Standing::of(recipe, folder, start)?;
        let mut held = None;
        if matches!(standing, Standing::Begun | Standing::At(_)) {
            held = Some(RunLock::take(folder)?);
            standing = Standing::of(recipe, folder, start)?; // nobody changes it any more
        }
        let tokenizer = setup::tokenizer(encoder)?;
        if let Some(remark) = tokenizer.remark() {
            observer.note(remark);
        }
        // As it is when it is read, not when the run is done.
        let train_file = TrainFile::of(&recipe.data.train);
        let data = match Data::read(recipe, encoder, &tokenizer, observer) {
            Ok(data) => data,
            Err(Unread::Refused(error)) => return Err(error),
            Err(Unread::Stopped) => {
                return Ok(ControlFlow::Break(Outcome::Stopped { step: standing.step() }));
            }
        };
        let train_file = train_file?;
        if let Standing::Finished { data: saved } = &standing {
            if let Some(saved) = saved {
                same_data(recipe, saved, &data.fingerprint())?;
            }
            observer.note(&format!("{} is finished; nothing is left to do", folder.display()));
            let best = kept_scores(recipe, folder, &data, observer)?;
            let model = folder.join("model");
            return Ok(ControlFlow::Break(Outcome::Finished { model, best }));
        }
        let relations = data.relations.clone();
        recipe.decision.check_relations(relations.classes() - 1)?;
        let mut extractor = setup::model(recipe, encoder, tokenizer, relations, &device)?;
        let mut optimizer = AdamW::new(recipe.optimizer.clone());
        let left = standing.step() < recipe.schedule.total_steps(data.train.len());
        // Scores that no step is left to read needn't be made again.
        let teacher = recipe.teacher.as_ref().filter(|_| left);
        let scoring = teacher.map(|teacher| Scoring::of(teacher, recipe, &data, &extractor));
        let scoring = scoring.transpose()?;
        // A new folder is made only now that nothing of the input is wrong.
        let mut lock = held.map_or_else(|| RunLock::take(folder), Ok)?;
        let (state, log) = match standing {
            Standing::At(checkpoint) => {
                same_data(recipe, &checkpoint.state.data, &data.fingerprint())?;
                let classes = data.relations.classes();
                let weights = checkpoint.weights();
                extractor.model = extractor.config.load_weights(&weights, classes, &device)?;
                optimizer.moments =
                    checkpoint.moments(&extractor.model, &device.clone().inner())?;
                checkpoint::clear(folder)?;
                let log = Log::resume(folder, checkpoint.state.step)?;
                (checkpoint.state, log)
            }
            _ => {
                // Another process may have begun since the folder was looked at.
                Standing::of(recipe, folder, start)?;
                OwnFolder::new(Holds::Run, Some(data.fingerprint())).write(folder)?;
                lock.keep();
                checkpoint::clear(folder)?;
                recipe.write(folder.join("recipe.toml"))?;
                let recipe = recipe.clone();
                let data = data.fingerprint();
                let cost = Some(Cost::default());
                let state = State { recipe, data, step: 0, best_f1: None, best_step: 0, cost };
                (state, Log::create(folder)?)
            }
        };
        let teacher = match scoring {
            Some(scoring) => match scoring.run(folder, observer)? {
                ControlFlow::Continue(scores) => Some(Arc::new(scores)),
                ControlFlow::Break(()) => {
                    return Ok(ControlFlow::Break(Outcome::Stopped { step: state.step }));
                }
            },
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
            train_file,
            _lock: lock,
        }))
    }
}

/// Where a run stands before this process takes part.
#[allow(clippy::large_enum_variant)] // there is one of it
enum Standing {
    /// There is no run.
    New,
    /// It is begun, but has no checkpoint.
    Begun,
    /// It goes on from a checkpoint.
    At(Checkpoint),
    /// Nothing is left to do.
    Finished {
        /// The fingerprint of the documents that it was done with.
        data: Option<String>,
    },
}

impl Standing {
    /// Refuses a folder that isn't docre's, or that a run of this kind can't use.
    fn of(recipe: &Recipe, folder: &Path, start: Start) -> Result<Self> {
        let own = OwnFolder::find(folder, Holds::Run)?;
        match start {
            Start::New if RunResult::exists(folder) => {
                let problem = "already holds a run, which is finished; name another folder";
                Err(Error::file(folder, problem))
            }
            // A run that ended before its first checkpoint left nothing to keep.
            Start::New if checkpoint::exists(folder) => {
                let problem = "already holds a run; resume it, or name another folder";
                Err(Error::file(folder, problem))
            }
            Start::New => Ok(Self::New),
            Start::Resume if RunResult::exists(folder) => {
                same_recipe(folder, &recipe_of(folder)?, recipe)?;
                RunResult::read(folder)?;
                Ok(Self::Finished { data: own.and_then(|own| own.data) })
            }
            Start::Resume if checkpoint::exists(folder) => {
                let checkpoint = Checkpoint::open(folder)?;
                same_recipe(folder, &checkpoint.state.recipe, recipe)?;
                Ok(Self::At(checkpoint))
            }
            Start::Resume => {
                same_recipe(folder, &recipe_of(folder)?, recipe)?;
                Ok(Self::Begun)
            }
        }
    }

    /// The steps taken before.
    fn step(&self) -> u64 {
        match self {
            Self::At(checkpoint) => checkpoint.state.step,
            _ => 0,
        }
    }
}

/// The recipe of a run that has no checkpoint yet, or needs none any more.
fn recipe_of(folder: &Path) -> Result<Recipe> {
    Recipe::parse(&recipe_text(folder)?, &[])
}

/// The recipe that a run began with, as it is written.
pub(crate) fn recipe_text(folder: &Path) -> Result<String> {
    let path = folder.join("recipe.toml");
    if !path.exists() {
        return Err(Error::file(folder, "has no run to resume; leave --resume out to begin one"));
    }
    inputs::read_settings(&path)
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
