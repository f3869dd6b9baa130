//! How a run begins: everything is read and checked before the first step.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Run, Start, Trained, kept_scores};
use crate::{
    Error, Result,
    files::{self, FolderLock},
    inputs,
    model::{Compute, Extractor},
    progress::{Observer, Outcome},
    recipe::Recipe,
    text::Tokenizer,
    train::{
        RunResult,
        checkpoint::{self, Checkpoint, State},
        cost::{Clock, Cost},
        data::{Data, Unread},
        feed::{Batching, Feed, LossInputs},
        log::Log,
        optimizer::AdamW,
        own_folder::{Holds, OwnFolder},
        session::Session,
        setup, start,
        teacher::{Scoring, TeacherScores},
        train_file::TrainFile,
    },
};

impl<'a> Run<'a> {
    /// Reads and checks all that the run needs; breaks if it is finished already, or if the
    /// observer asks to stop meanwhile.
    pub(super) fn begin(
        recipe: &'a Recipe,
        folder: &'a Path,
        start: Start,
        session: &mut Session,
    ) -> Result<ControlFlow<Outcome<Trained>, Self>> {
        recipe.check_there()?; // before an encoder is looked for
        let mut beginning = Beginning::new(recipe, folder, start, session)?;
        let stopped = beginning.standing.step();
        let tokenizer = setup::tokenizer(&beginning.first_model)?;
        if let Some(remark) = tokenizer.remark() {
            session.note(remark);
        }
        // As it is when it is read, not when the run is done.
        let train_file = TrainFile::of(&recipe.data.train);
        let data = match beginning.read(&tokenizer, session.observer)? {
            Some(data) => data,
            None => return Ok(ControlFlow::Break(Outcome::stopped_at(stopped))),
        };
        let train_file = train_file?;
        if let Standing::Finished { data: saved } = &beginning.standing {
            let trained = beginning.finished(saved.as_deref(), &data, session)?;
            return Ok(ControlFlow::Break(Outcome::Finished(trained)));
        }
        let mut learner = beginning.learner(tokenizer, &data, session.observer)?;
        let scoring = beginning.scoring(&data, &learner.extractor)?;
        // A new folder is made only now that nothing of the input is wrong.
        let mut lock = beginning.lock()?;
        let entered = beginning.enter(&data, &mut learner, &mut lock)?;
        let step = entered.state.step;
        let teacher = match scoring.map(|scoring| scoring.run(folder, session.observer)) {
            Some(scored) => match scored? {
                ControlFlow::Continue(scores) => Some(Arc::new(scores)),
                ControlFlow::Break(()) => {
                    return Ok(ControlFlow::Break(Outcome::stopped_at(step)));
                }
            },
            None => None,
        };
        Ok(ControlFlow::Continue(beginning.run(data, learner, entered, teacher, train_file, lock)))
    }
}

/// What another process does that has the run's folder.
const TRAINED: &str = "is being trained";

/// A run that is yet to begin, or to go on.
struct Beginning<'a> {
    recipe: &'a Recipe,
    folder: &'a Path,
    start: Start,
    /// With autodiff.
    compute: Compute,
    /// The folder of the encoder, or of the model that it starts from.
    first_model: PathBuf,
    standing: Standing,
    /// Taken early where there is a run that another process might change.
    lock: Option<FolderLock>,
}

/// What learns.
struct Learner {
    extractor: Extractor,
    optimizer: AdamW,
}

/// Where the run goes on in its folder.
struct Entered {
    state: State,
    log: Log,
}

impl<'a> Beginning<'a> {
    fn new(
        recipe: &'a Recipe,
        folder: &'a Path,
        start: Start,
        session: &mut Session,
    ) -> Result<Self> {
        let compute = recipe.compute()?.autodiff();
        if compute.falls_back() {
            session.note("this device doesn't multiply bfloat16: 32-bit floats are used");
        }
        let first_model = session.first_model(recipe)?;
        let mut standing = Standing::of(recipe, folder, start)?;
        let mut lock = None;
        if matches!(standing, Standing::Begun | Standing::At(_)) {
            lock = Some(FolderLock::take(folder, TRAINED)?);
            standing = Standing::of(recipe, folder, start)?; // nobody changes it any more
        }
        if matches!(standing, Standing::At(_)) && !Log::exists(folder) {
            session.note("the run's metrics.jsonl isn't there any more; it begins anew");
        }
        Ok(Self { recipe, folder, start, compute, first_model, standing, lock })
    }

    /// The documents; `None` if the observer asks to stop.
    fn read(&self, tokenizer: &Tokenizer, observer: &mut dyn Observer) -> Result<Option<Data>> {
        match Data::read(self.recipe, &self.first_model, tokenizer, observer) {
            Ok(data) => Ok(Some(data)),
            Err(Unread::Refused(error)) => Err(error),
            Err(Unread::Stopped) => Ok(None),
        }
    }

    /// What a run has made that was finished with the documents of the fingerprint `saved`.
    fn finished(&self, saved: Option<&str>, data: &Data, session: &mut Session) -> Result<Trained> {
        let Self { recipe, folder, .. } = self;
        if let Some(saved) = saved {
            same_data(recipe, saved, &data.fingerprint())?;
        }
        files::sweep(folder);
        session.note(&format!("{} is finished; nothing is left to do", folder.display()));
        kept_scores(recipe, folder, data, session.observer)
    }

    /// The model before the first step.
    fn learner(
        &self,
        tokenizer: Tokenizer,
        data: &Data,
        observer: &mut dyn Observer,
    ) -> Result<Learner> {
        let Self { first_model, compute, .. } = self;
        let recipe = &self.recipe.clone().with_entity_types(&data.types);
        let relations = data.relations.clone();
        recipe.decision().check_relations(relations.classes() - 1)?;
        let kinds = data.finder.as_ref().map_or(&[][..], |finder| &finder.kinds);
        if recipe.start.is_some() && self.standing.step() == 0 {
            let made_new = start::made_new(recipe, first_model, &relations, kinds)?;
            made_new.iter().for_each(|note| observer.note(note));
        }
        let mut extractor =
            start::model(recipe, first_model, tokenizer, relations, kinds, compute)?;
        extractor.config.scope = data.scope.clone();
        if let Some((config, data)) = extractor.config.finder.as_mut().zip(data.finder.as_ref()) {
            config.types = data.types.clone();
        }
        let optimizer = AdamW::new(recipe.optimizer.clone());
        Ok(Learner { extractor, optimizer })
    }

    /// The teacher, where there is one and a step is left that reads its scores.
    fn scoring<'d>(&self, data: &'d Data, student: &Extractor) -> Result<Option<Scoring<'d>>>
    where
        'a: 'd,
    {
        let recipe = self.recipe;
        let left = self.standing.step() < recipe.schedule.total_steps(data.train.len());
        let teacher = recipe.teacher.as_ref().filter(|_| left);
        teacher.map(|teacher| Scoring::of(teacher, recipe, data, student)).transpose()
    }

    fn lock(&mut self) -> Result<FolderLock> {
        self.lock.take().map_or_else(|| FolderLock::take(self.folder, TRAINED), Ok)
    }

    /// Begins the folder, or takes the model and all else from its checkpoint.
    fn enter(
        &mut self,
        data: &Data,
        learner: &mut Learner,
        lock: &mut FolderLock,
    ) -> Result<Entered> {
        match std::mem::replace(&mut self.standing, Standing::Begun) {
            Standing::At(checkpoint) => self.go_on(checkpoint, data, learner),
            _ => self.begin_folder(data, lock),
        }
    }

    fn go_on(&self, checkpoint: Checkpoint, data: &Data, learner: &mut Learner) -> Result<Entered> {
        let Self { recipe, folder, compute, .. } = self;
        let Learner { extractor, optimizer } = learner;
        same_data(recipe, &checkpoint.state.data, &data.fingerprint())?;
        let (weights, classes) = (checkpoint.weights(), data.relations.classes());
        extractor.model = extractor.config.load_weights(&weights, classes, &compute.device)?;
        optimizer.moments =
            checkpoint.moments(&extractor.model, &compute.device.clone().inner())?;
        checkpoint::clear(folder)?;
        let log = Log::resume(folder, checkpoint.state.step)?;
        Ok(Entered { state: checkpoint.state, log })
    }

    fn begin_folder(&self, data: &Data, lock: &mut FolderLock) -> Result<Entered> {
        let Self { recipe, folder, start, .. } = *self;
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
        Ok(Entered { state, log: Log::create(folder)? })
    }

    fn run(
        self,
        data: Data,
        Learner { extractor, optimizer }: Learner,
        Entered { state, log }: Entered,
        teacher: Option<Arc<TeacherScores>>,
        train_file: TrainFile,
        lock: FolderLock,
    ) -> Run<'a> {
        let Self { recipe, folder, compute, .. } = self;
        let total_steps = recipe.schedule.total_steps(data.train.len());
        let priors = Arc::new(data.priors());
        let batching = Batching {
            examples: data.train.clone(),
            schedule: recipe.schedule.clone(),
            seed: recipe.seed,
            longest_input: extractor.config.encoder.longest_input(),
            classes: data.relations.classes(),
            finder: data.finder.clone(),
            jitter: data.jitter.clone(),
            inputs: LossInputs {
                sampling: recipe.loss.negative_sampling.clone(),
                teacher,
                evidence: recipe.loss.needs().evidence,
                priors: recipe.loss.needs().type_pairs.then(|| priors.clone()),
            },
        };
        let feed = Feed::start(batching, state.step);
        let clock = Clock::start(state.cost);
        Run {
            recipe,
            folder,
            device: compute.device,
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
            best_from_text: None,
            epoch_losses: None,
            train_file,
            _lock: lock,
        }
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
        let problem = "holds no run: it has no recipe.toml; put it back, or name another folder";
        return Err(Error::file(folder, problem));
    }
    inputs::read_settings(&path)
}

/// Refuses to go on with another recipe than the run began with, naming the difference.
pub(crate) fn same_recipe(folder: &Path, saved: &Recipe, given: &Recipe) -> Result<()> {
    let (saved, given) = (saved.wherever(), given.wherever());
    if saved == given {
        return Ok(());
    }
    let difference = difference(&saved.to_toml(), &given.to_toml());
    let problem = format!(
        "holds the checkpoint of another recipe{difference}; give the same recipe or another folder"
    );
    Err(Error::file(folder, problem))
}

/// The first setting that two recipes have differently, for a message.
fn difference(there: &str, here: &str) -> String {
    let [there, here] = [there, here].map(|text| {
        let mut settings = BTreeMap::new();
        flatten("", &text.parse().expect("it was just written"), &mut settings);
        settings
    });
    let keys = there.keys().chain(here.keys());
    let Some(key) = keys.into_iter().find(|key| there.get(*key) != here.get(*key)) else {
        return String::new();
    };
    let say = |settings: &BTreeMap<String, String>| match settings.get(key) {
        Some(value) => format!("{key} = {value}"),
        None => format!("no {key}"),
    };
    format!(" (there: {}; here: {})", say(&there), say(&here))
}

/// The values of a table and of those in it, by their whole keys.
fn flatten(before: &str, table: &toml::Table, settings: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            toml::Value::Table(inner) => flatten(&format!("{key}."), inner, settings),
            value => drop(settings.insert(key, value.to_string())),
        }
    }
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
