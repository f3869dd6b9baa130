//! The training loop.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use burn::tensor::Device;
use docre_kernels::Dropout;

use super::{
    Observer, Progress, Recipe,
    checkpoint::{self, Checkpoint, State},
    data::{Data, Unread},
    feed::{Batching, Feed, LossInputs, TrainBatch},
    labelled::Scored,
    lock::RunLock,
    log::{Event, Log},
    optimizer::{AdamW, global_norm},
    schedule::rate_factor,
    setup,
    step::Gradients,
};
use crate::{
    Error, Result,
    corpus::RelationPriors,
    encoder::Pass,
    eval::Scores,
    loss::{Loss, TotalLoss},
    model::{Extractor, FactReader},
};

/// How a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// In a folder that has no run yet.
    New,
    /// From the last checkpoint of the folder's run, or from its beginning if it was
    /// stopped before the first one.
    Resume,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All steps were taken.
    Finished {
        /// The folder of the kept model.
        model: PathBuf,
        /// The scores of the kept model on the dev file.
        best: Option<Scores>,
    },
    /// The observer asked to stop; the checkpoint is written, unless this process took no
    /// step.
    Stopped {
        /// The steps taken.
        step: u64,
    },
}

/// Trains a model as a recipe says, in the run's folder.
///
/// `encoder` is the folder of the pretrained encoder ([`crate::encoder::source`] finds it).
pub fn train(
    recipe: &Recipe,
    encoder: &Path,
    folder: &Path,
    start: Start,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let mut run = match Run::begin(recipe, encoder, folder, start, observer)? {
        ControlFlow::Continue(run) => run,
        ControlFlow::Break(step) => return Ok(Outcome::Stopped { step }),
    };
    let loss = TotalLoss::new(&recipe.loss, &run.priors, recipe.seed);
    let per_epoch = recipe.schedule.steps_per_epoch(run.data.train.len());
    while run.state.step < run.total_steps {
        let batches = run.feed.next()?;
        let documents = batches.iter().map(|batch| batch.encoded.documents.len()).sum();
        let taken = run.take_step(batches, &loss)?;
        let progress = run.progress(taken.loss, documents);
        run.log.push(run.step_event(&taken))?;
        observer.progress(&progress);

        let epoch_ended = run.state.step % per_epoch == 0;
        let evaluate = match recipe.schedule.evaluate_every {
            Some(every) => run.state.step % every as u64 == 0 || run.state.step == run.total_steps,
            None => epoch_ended,
        };
        if evaluate {
            run.evaluate(&progress, observer)?;
        }
        let due = run.state.step % recipe.schedule.checkpoint_every as u64 == 0;
        let stop = observer.should_stop();
        if evaluate || due || stop {
            checkpoint::save(folder, &run.state, &run.extractor.model, &run.optimizer.moments)?;
        }
        if stop && run.state.step < run.total_steps {
            return Ok(Outcome::Stopped { step: run.state.step });
        }
    }
    run.finish(observer)
}

/// A run on its way.
struct Run<'a> {
    recipe: &'a Recipe,
    folder: &'a Path,
    /// With autodiff.
    device: Device,
    data: Data,
    priors: Arc<RelationPriors>,
    extractor: Extractor,
    optimizer: AdamW,
    state: State,
    log: Log,
    total_steps: u64,
    clock: Clock,
    feed: Feed,
    best: Option<Scores>,
    /// Held as long as the run goes on.
    _lock: RunLock,
}

/// Measures the rate of this process, evaluations not counted.
struct Clock {
    begun: Instant,
    paused: f64,
    documents: usize,
    steps: u64,
}

/// What a step leaves to report.
struct Taken {
    loss: f64,
    gradient_norm: f64,
    rate_factor: f64,
}

impl<'a> Run<'a> {
    /// Reads and checks all that the run needs; breaks with the steps taken before, if the
    /// observer asks to stop meanwhile.
    fn begin(
        recipe: &'a Recipe,
        encoder: &Path,
        folder: &'a Path,
        start: Start,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<u64, Self>> {
        recipe.check()?;
        let device = recipe.device.open()?.autodiff();
        let checkpoint = match start {
            // A run that ended before its first checkpoint left nothing to keep.
            Start::New if checkpoint::exists(folder) => {
                let problem =
                    "already holds a run; resume it with --resume, or name another folder";
                return Err(Error::file(folder, problem));
            }
            Start::New => None,
            Start::Resume if !checkpoint::exists(folder) => {
                same_recipe(folder, &recipe_of(folder)?, recipe)?;
                None
            }
            Start::Resume => {
                let checkpoint = Checkpoint::open(folder)?;
                same_recipe(folder, &checkpoint.state.recipe, recipe)?;
                Some(checkpoint)
            }
        };
        let resumed = start == Start::Resume;
        let held = resumed.then(|| RunLock::take(folder)).transpose()?;
        let tokenizer = setup::tokenizer(encoder)?;
        let data = match Data::read(recipe, &tokenizer, observer) {
            Ok(data) => data,
            Err(Unread::Refused(error)) => return Err(error),
            Err(Unread::Stopped) => {
                let taken = checkpoint.map_or(0, |checkpoint| checkpoint.state.step);
                return Ok(ControlFlow::Break(taken));
            }
        };
        let mut extractor =
            setup::new_model(recipe, encoder, tokenizer, data.relations.clone(), &device)?;
        let mut optimizer = AdamW::new(recipe.optimizer.clone());
        // A new folder is made only now that nothing of the input is wrong.
        let lock = held.map_or_else(|| RunLock::take(folder), Ok)?;
        let (state, log) = match checkpoint {
            None => {
                recipe.write(folder.join("recipe.toml"))?;
                let recipe = recipe.clone();
                let data = data.fingerprint();
                let state = State { recipe, data, step: 0, best_f1: None, best_step: 0 };
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
                priors: recipe.loss.needs().type_pairs.then(|| priors.clone()),
            },
        };
        let feed = Feed::start(batching, state.step);
        let clock = Clock { begun: Instant::now(), paused: 0.0, documents: 0, steps: 0 };
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

    /// Forward, backward and update. The loss is the mean over the batches' means.
    fn take_step(&mut self, batches: Vec<TrainBatch>, loss: &dyn Loss) -> Result<Taken> {
        let number = self.state.step + 1;
        let pass = Pass {
            dropout: Dropout::new(0.5, self.recipe.seed).at(number),
            precision: self.recipe.precision,
        };
        let needs = self.recipe.loss.needs();
        let gradients = Gradients { loss, needs, device: &self.device };
        let (sum, gradients) = gradients.of(&self.extractor.model, batches, pass);
        let norm = global_norm(&self.extractor.model, &gradients);
        if !(sum.is_finite() && norm.is_finite()) {
            return Err(diverged(number, sum, norm));
        }
        let warmup = self.recipe.schedule.warmup_steps(self.data.train.len());
        let factor = rate_factor(self.state.step, warmup, self.total_steps);
        self.optimizer.step(&mut self.extractor.model, gradients, norm, number, factor);
        self.state.step = number;
        Ok(Taken { loss: sum, gradient_norm: norm, rate_factor: factor })
    }

    fn step_event(&self, taken: &Taken) -> Event {
        let settings = &self.recipe.optimizer;
        Event::Step {
            step: self.state.step,
            loss: taken.loss,
            gradient_norm: taken.gradient_norm,
            encoder_rate: settings.encoder_rate * taken.rate_factor,
            head_rate: settings.head_rate * taken.rate_factor,
        }
    }

    fn progress(&mut self, loss: f64, documents: usize) -> Progress {
        self.clock.documents += documents;
        self.clock.steps += 1;
        let seconds = (self.clock.begun.elapsed().as_secs_f64() - self.clock.paused).max(1e-9);
        let left = self.total_steps - self.state.step;
        let per_epoch = self.recipe.schedule.steps_per_epoch(self.data.train.len());
        Progress {
            step: self.state.step,
            total_steps: self.total_steps,
            epoch: self.state.step as f64 / per_epoch as f64,
            loss,
            documents_per_second: self.clock.documents as f64 / seconds,
            seconds_left: seconds / self.clock.steps as f64 * left as f64,
        }
    }

    /// Scores the dev file and keeps the model if it is the best so far.
    fn evaluate(&mut self, progress: &Progress, observer: &mut dyn Observer) -> Result<()> {
        let begun = Instant::now();
        let Some(dev) = &self.data.dev else { return Ok(()) };
        let (reader, decision) = (self.extractor.reader(), &self.recipe.decision);
        let reader = FactReader { decision: decision.build(), ..reader };
        let done = |done| observer.evaluating(done, dev.examples.len());
        let scored = dev.labelled().score(&self.extractor.model, &reader, decision, done)?;
        let Scored { scores, decision } = scored;
        let f1 = scores.facts.f1();
        let best = self.state.best_f1.is_none_or(|best| f1 > best);
        if best {
            self.extractor.config.decision = decision;
            self.keep(Some(f1))?;
            self.best = Some(scores);
        }
        self.log.push(Event::dev(self.state.step, progress.epoch, &scores))?;
        self.log.draw()?;
        self.clock.paused += begun.elapsed().as_secs_f64();
        observer.evaluated(progress, &scores, best);
        Ok(())
    }

    /// Writes the model folder.
    fn keep(&mut self, f1: Option<f64>) -> Result<()> {
        self.state.best_f1 = f1;
        self.state.best_step = self.state.step;
        self.extractor.config.origin.step = self.state.step;
        self.extractor.config.origin.dev_f1 = f1;
        self.extractor.save(self.folder.join("model"))
    }

    fn finish(mut self, observer: &mut dyn Observer) -> Result<Outcome> {
        match &self.data.dev {
            None => self.keep(None)?,
            // This process began behind the best step.
            Some(dev) if self.best.is_none() => {
                let mut kept = Extractor::load(self.folder.join("model"), &self.device)?;
                kept.precision = self.recipe.precision;
                let done = |done| observer.evaluating(done, dev.examples.len());
                let (reader, decision) = (kept.reader(), &kept.config.decision);
                let scored = dev.labelled().score(&kept.model, &reader, decision, done)?;
                self.best = Some(scored.scores);
            }
            Some(_) => {}
        }
        self.log.draw()?;
        Ok(Outcome::Finished { model: self.folder.join("model"), best: self.best })
    }
}

/// The recipe of a run that has no checkpoint yet.
fn recipe_of(folder: &Path) -> Result<Recipe> {
    let path = folder.join("recipe.toml");
    if !path.exists() {
        return Err(Error::file(folder, "has no run to resume; leave --resume out to begin one"));
    }
    Recipe::read(path, &[])
}

/// Refuses to go on with another recipe than the run began with, naming the difference.
fn same_recipe(folder: &Path, saved: &Recipe, given: &Recipe) -> Result<()> {
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

fn diverged(step: u64, loss: f64, norm: f64) -> Error {
    let problem = format!(
        "too high for this loss: step {step} has the loss {loss} and gradients of norm {norm}; lower \
         them or lengthen schedule.warmup, in a new run"
    );
    Error::setting("optimizer.encoder_rate, optimizer.head_rate", problem)
}
