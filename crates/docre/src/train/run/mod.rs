//! The training loop.

mod begin;

pub(crate) use begin::{recipe_text, same_recipe};

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use burn::{module::Module, tensor::Device};
use docre_kernels::Dropout;
use serde::Serialize;

use super::{
    checkpoint::{self, State},
    cost::Clock,
    data::Data,
    feed::{Feed, TrainBatch},
    log::{Log, LogLine},
    optimizer::AdamW,
    result::{PREDICTIONS, RunResult},
    session::Session,
    step::{Computed, Gradients},
    teacher,
    train_file::TrainFile,
};
use crate::{
    Error, Result,
    corpus::{RelationPriors, predictions},
    decision::DecisionSettings,
    encoder::{Pass, first_not_finite},
    eval::{EndToEnd, Scores},
    files::FolderLock,
    loss::{Loss, TotalLoss},
    model::{Extractor, FactReader},
    progress::{Event, Observer, Outcome, Progress},
    recipe::{Recipe, rate_factor},
    score::{Fit, Fitted, FromText, SCORED, Scored, evaluate_from_text, fit_from_text},
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

/// What a finished run has made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trained {
    /// The folder of the kept model.
    pub model: PathBuf,
    /// The scores of the kept model on the dev file.
    pub scores: Option<Scores>,
    /// The same from the text of the dev file alone, where the model finds entities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_text: Option<EndToEnd>,
}

/// Trains a model as a recipe says, in the run's folder. Stopped, it leaves a checkpoint there,
/// unless this process took no step.
///
/// ```no_run
/// use docre::{
///     encoder::source::Places,
///     progress::{Event, Outcome},
///     recipe::Recipe,
///     train::{Encoders, Session, Start, train},
/// };
///
/// let recipe = Recipe::read("recipe.toml", &[])?;
/// let mut encoders = Encoders::new(Places::new(".encoders"), ());
/// let mut listen = |event: Event| {
///     if let Event::Step(progress) = event {
///         println!("step {} of {}", progress.step, progress.total_steps);
///     }
/// };
/// let mut session = Session { encoders: &mut encoders, observer: &mut listen };
/// match train(&recipe, "runs/mine".as_ref(), Start::New, &mut session)? {
///     Outcome::Finished(trained) => println!("{}", trained.model.display()),
///     Outcome::Stopped(stopped) => println!("stopped at {stopped}"),
/// }
/// # Ok::<(), docre::Error>(())
/// ```
pub fn train(
    recipe: &Recipe,
    folder: &Path,
    start: Start,
    session: &mut Session,
) -> Result<Outcome<Trained>> {
    let mut run = match Run::begin(recipe, folder, start, session)? {
        ControlFlow::Continue(run) => run,
        ControlFlow::Break(outcome) => return Ok(outcome),
    };
    let loss = TotalLoss::new(&recipe.loss, &run.priors, recipe.seed);
    while run.state.step < run.total_steps {
        let progress = run.next_step(&loss)?;
        session.observer.tell(Event::Step(&progress));
        let evaluate = run.evaluation_is_due();
        if evaluate {
            run.settle()?;
            run.evaluate(&progress, session.observer)?;
        }
        let due = run.state.step % recipe.schedule.checkpoint_every as u64 == 0;
        let stop = session.observer.should_stop();
        if evaluate || due || stop {
            if !evaluate {
                run.settle()?;
            }
            run.save()?;
        }
        if stop && run.state.step < run.total_steps {
            return Ok(Outcome::stopped_at(run.state.step));
        }
    }
    run.finish(session.observer)
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
    /// Of the same step, where the model finds entities.
    best_from_text: Option<EndToEnd>,
    /// The steps before this epoch, and the sum and number of the losses in it.
    epoch_losses: Option<(u64, f64, usize)>,
    /// As it was when it was read.
    train_file: TrainFile,
    /// Held as long as the run goes on.
    _lock: FolderLock,
}

/// What a step leaves to report.
struct Taken {
    loss: f64,
    gradient_norm: f64,
    rate_factor: f64,
}

impl<'a> Run<'a> {
    /// Takes a step on the next batches, and writes it down.
    fn next_step(&mut self, loss: &dyn Loss) -> Result<Progress> {
        let batches = self.feed.next()?;
        let documents = batches.iter().map(|batch| batch.encoded.documents.len()).sum();
        let taken = self.take_step(batches, loss)?;
        let progress = self.progress(taken.loss, documents);
        self.log.push(self.step_line(&taken))?;
        Ok(progress)
    }

    /// Whether the dev file is to be scored after this step.
    fn evaluation_is_due(&self) -> bool {
        let step = self.state.step;
        match self.recipe.schedule.evaluate_every {
            Some(every) => step.is_multiple_of(every as u64) || step == self.total_steps,
            None => step.is_multiple_of(self.steps_per_epoch()),
        }
    }

    fn steps_per_epoch(&self) -> u64 {
        self.recipe.schedule.steps_per_epoch(self.data.train.len())
    }

    /// Writes a checkpoint.
    fn save(&mut self) -> Result<()> {
        self.state.cost = self.clock.cost();
        let Self { folder, state, extractor, optimizer, .. } = self;
        checkpoint::save(folder, state, &extractor.model, &optimizer.moments)
    }

    /// Forward, backward and update. The loss is the mean over the batches' means.
    fn take_step(&mut self, mut batches: Vec<TrainBatch>, loss: &dyn Loss) -> Result<Taken> {
        let number = self.state.step + 1;
        let pass = Pass {
            dropout: Dropout::of_step(self.recipe.seed, number),
            precision: self.recipe.precision,
        };
        let needs = self.recipe.loss.needs();
        let finder = self.recipe.finder.as_ref();
        let gradients = Gradients { loss, needs, device: &self.device, finder };
        let model = &mut self.extractor.model;
        self.optimizer.ready(model, &mut batches);
        let Computed { loss, gradients, norm } = gradients.of(model, batches, pass);
        if !(loss.is_finite() && norm.is_finite()) {
            return Err(diverged(number, loss, norm));
        }
        let warmup = self.recipe.schedule.warmup_steps(self.data.train.len());
        let factor = rate_factor(self.state.step, warmup, self.total_steps);
        self.optimizer.step(model, gradients, norm, number, factor);
        self.state.step = number;
        Ok(Taken { loss, gradient_norm: norm, rate_factor: factor })
    }

    /// Makes the weights whole, and refuses those that no checkpoint or model may have.
    fn settle(&mut self) -> Result<()> {
        self.optimizer.settle(&mut self.extractor.model);
        let weights = first_not_finite(&self.extractor.model).map(|found| ("weights", found));
        let means = || self.optimizer.first_not_finite().map(|found| ("running means", found));
        if let Some((of, (name, value))) = weights.or_else(means) {
            return Err(destroyed(self.state.step, of, &name, value));
        }
        Ok(())
    }

    fn step_line(&self, taken: &Taken) -> LogLine {
        let settings = &self.recipe.optimizer;
        LogLine::Step {
            step: self.state.step,
            loss: taken.loss,
            gradient_norm: taken.gradient_norm,
            encoder_rate: settings.encoder_rate * taken.rate_factor,
            head_rate: settings.head_rate * taken.rate_factor,
        }
    }

    fn progress(&mut self, loss: f64, documents: usize) -> Progress {
        self.clock.step(documents);
        // A run that goes on has the epoch's first steps in its log.
        let before = (self.state.step - 1) / self.steps_per_epoch() * self.steps_per_epoch();
        let (sum, count) = match self.epoch_losses {
            Some((epoch, sum, count)) if epoch == before => (sum, count),
            _ => self.log.losses_behind(before),
        };
        let (sum, count) = (sum + loss, count + 1);
        self.epoch_losses = Some((before, sum, count));
        let loss = sum / count as f64;
        let left = self.total_steps - self.state.step;
        Progress {
            step: self.state.step,
            total_steps: self.total_steps,
            epoch: self.state.step as f64 / self.steps_per_epoch() as f64,
            loss,
            documents_per_second: self.clock.documents_per_second(),
            seconds_left: self.clock.seconds_for(left),
        }
    }

    /// Scores the dev file and keeps the model if it is the best so far.
    fn evaluate(&mut self, progress: &Progress, observer: &mut dyn Observer) -> Result<()> {
        let begun = Instant::now();
        let Some(dev) = &self.data.dev else { return Ok(()) };
        let (reader, decision) = (self.extractor.reader(), self.recipe.decision());
        let reader = FactReader { decision: decision.build(), ..reader };
        let done = |done| observer.documents(SCORED, done, dev.examples.len());
        let model = &self.extractor.model;
        let scored = dev.labelled().score(model, &reader, decision, Fit::ToDocuments, done)?;
        let Scored { scores, predictions, decision, evidence, calibration, .. } = scored;
        let from_text = self.read_dev_text(&decision, observer)?;
        let f1 = scores.facts.f1();
        let of_scores =
            || self.recipe.schedule.best.quality(&scores).expect("the recipe was checked");
        let of_text = |found: &FromText| found.scores.relation_strict.f1();
        let quality = from_text.as_ref().map_or_else(of_scores, of_text);
        let best = self.state.best_f1.is_none_or(|best| quality > best);
        if best {
            let fitted = Fitted { decision, evidence, calibration };
            fitted.keep_in(&mut self.extractor.config, from_text.as_ref());
            self.state.best_f1 = Some(quality);
            self.keep(Some(f1))?;
            predictions::write(self.folder.join(PREDICTIONS), &predictions)?;
            self.best = Some(scores);
            self.best_from_text = from_text.as_ref().map(|found| found.scores);
        }
        let from_text = from_text.as_ref().map(|found| &found.scores);
        self.log.push(LogLine::dev(self.state.step, progress.epoch, &scores, from_text))?;
        self.log.draw()?;
        self.clock.evaluated_since(begun);
        observer.tell(Event::Scored { progress, scores: &scores, from_text, best });
        Ok(())
    }

    /// What the model finds in the text of the dev file, if it finds entities.
    fn read_dev_text(
        &self,
        decision: &DecisionSettings,
        observer: &mut dyn Observer,
    ) -> Result<Option<FromText>> {
        let (Some(dev), Some(_)) = (&self.data.dev, &self.extractor.model.finder) else {
            return Ok(None);
        };
        let model = self.extractor.model.valid();
        fit_from_text(&self.extractor, &model, decision, &dev.truth, observer)
    }

    /// Writes the model folder.
    fn keep(&mut self, f1: Option<f64>) -> Result<()> {
        self.state.best_step = self.state.step;
        self.extractor.config.origin.step = self.state.step;
        self.extractor.config.origin.dev_f1 = f1;
        self.extractor.save(self.folder.join("model"))
    }

    fn finish(mut self, observer: &mut dyn Observer) -> Result<Outcome<Trained>> {
        match &self.data.dev {
            None => self.keep(None)?,
            // This process began behind the best step.
            Some(_) if self.best.is_none() => {
                let kept = kept_scores(self.recipe, self.folder, &self.data, observer)?;
                (self.best, self.best_from_text) = (kept.scores, kept.from_text);
            }
            Some(_) => {}
        }
        self.log.draw()?;
        teacher::remove(self.folder);
        if let Some(cost) = &self.state.cost {
            cost.write(self.folder)?;
        }
        let epoch = self.state.best_step as f64 / self.steps_per_epoch() as f64;
        self.train_file.write(self.folder)?;
        // Last: its presence says that the run is finished.
        let from_text = self.best_from_text.as_ref();
        let (step, scores) = (self.state.best_step, self.best.as_ref());
        let (scope, wrong) = (self.data.scope.clone(), self.data.wrong);
        RunResult::new(step, epoch, scores, from_text, scope, wrong).write(self.folder)?;
        let (model, scores) = (self.folder.join("model"), self.best);
        Ok(Outcome::Finished(Trained { model, scores, from_text: self.best_from_text }))
    }
}

/// A run's kept model and its scores on the dev file, if there is one.
fn kept_scores(
    recipe: &Recipe,
    folder: &Path,
    data: &Data,
    observer: &mut dyn Observer,
) -> Result<Trained> {
    let model = folder.join("model");
    let Some(dev) = &data.dev else {
        return Ok(Trained { model, scores: None, from_text: None });
    };
    let kept = recipe.compute()?.load(&model)?;
    let done = |done| observer.documents(SCORED, done, dev.examples.len());
    let (reader, decision) = (kept.reader(), &kept.config.decision);
    let scored = dev.labelled().score(&kept.model, &reader, decision, Fit::Nothing, done)?;
    let from_text = evaluate_from_text(&kept, &dev.truth, observer)?.map(|found| found.scores);
    Ok(Trained { model, scores: Some(scored.scores), from_text })
}

fn diverged(step: u64, loss: f64, norm: f64) -> Error {
    let problem = format!(
        "too high for this loss: step {step} has the loss {loss} and gradients of norm {norm}; lower \
         them or lengthen schedule.warmup, in a new run"
    );
    Error::setting("optimizer.encoder_rate, optimizer.head_rate", problem)
}

fn destroyed(step: u64, of: &str, name: &str, value: f32) -> Error {
    let problem = format!(
        "too high for this loss: after step {step} the {of} of {name} hold {value}; the last \
         checkpoint and the kept model stay as they are; lower the rates or lengthen \
         schedule.warmup, in a new run"
    );
    Error::setting("optimizer.encoder_rate, optimizer.head_rate", problem)
}
