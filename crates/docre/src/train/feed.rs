//! The batches of a run, made ready while it computes.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    evidence::EvidenceBatch,
    finder::{FinderBatch, FinderData, FinderExample},
    jitter::Jitter,
    teacher::TeacherScores,
};
use crate::{
    Result,
    corpus::RelationPriors,
    loss::sampling::NegativeSampling,
    random::{Random, SPANS},
    recipe::ScheduleSettings,
    text::{EncodedBatch, Example, batches, pairs::OrderedPair},
};

/// Steps that are made ready ahead: one to take, and one if the next takes long to make.
const AHEAD: usize = 2;

/// Labelled documents as the model reads them.
#[derive(Debug, PartialEq)]
pub(crate) struct TrainBatch {
    /// The documents.
    pub encoded: EncodedBatch,
    /// The columns of scores and labels.
    pub classes: usize,
    /// `[ordered pairs, classes]` row by row.
    pub labels: Vec<f32>,
    /// 1 for the negatives that count, of the labels' shape; all do where it is missing.
    pub kept: Option<Vec<f32>>,
    /// The row of the prior of each pair's entity types, `[ordered pairs]`.
    pub type_pairs: Option<Vec<i32>>,
    /// A teacher's scores, of the labels' shape.
    pub teacher: Option<Vec<f32>>,
    /// The evidence of the labels, if the loss asks for it and there is some.
    pub evidence: Option<EvidenceBatch>,
    /// What the finder of entities learns from in the same step.
    pub finder: Option<FinderBatch>,
}

impl TrainBatch {
    /// Packs labelled examples, for an encoder that reads at most `longest_input` ids.
    pub fn new(examples: &[&Example], longest_input: usize, classes: usize) -> Result<Self> {
        let encoded = EncodedBatch::new(examples, longest_input)?;
        let labels = encoded.labels(classes).expect("training documents are labelled");
        Ok(Self {
            encoded,
            classes,
            labels,
            kept: None,
            type_pairs: None,
            teacher: None,
            evidence: None,
            finder: None,
        })
    }

    /// The ids of all that is encoded.
    pub fn ids(&mut self) -> impl Iterator<Item = &mut u32> {
        let finder = self.finder.iter_mut().flat_map(|batch| &mut batch.words.encoded.ids);
        self.encoded.ids.iter_mut().chain(finder)
    }
}

/// What the loss reads beside scores and labels.
#[derive(Debug, Clone, Default)]
pub(crate) struct LossInputs {
    /// Which negatives count.
    pub sampling: Option<NegativeSampling>,
    /// The priors of entity types, if the loss asks for them.
    pub priors: Option<Arc<RelationPriors>>,
    /// A teacher's scores of the examples, by their places.
    pub teacher: Option<Arc<TeacherScores>>,
    /// Whether the labels' evidence is read.
    pub evidence: bool,
}

impl LossInputs {
    /// Adds to batch number `batch` of the run what the loss reads.
    fn add(&self, to: &mut TrainBatch, examples: &[&Example], seed: u64, batch: u64) {
        to.kept = self
            .sampling
            .as_ref()
            .map(|sampling| sampling.kept(&to.labels, to.classes, seed, batch));
        to.type_pairs = self.priors.as_ref().map(|priors| {
            examples.iter().flat_map(|example| type_pairs(example, priors)).collect()
        });
        to.evidence = self.evidence.then(|| EvidenceBatch::new(examples, &to.encoded)).flatten();
    }
}

/// The row of the prior of each of an example's pairs.
fn type_pairs(example: &Example, priors: &RelationPriors) -> Vec<i32> {
    let kind = |entity: usize| example.types[entity];
    let row = |pair: OrderedPair| priors.row(kind(pair.head), kind(pair.tail)) as i32;
    example.row_pairs().into_iter().map(row).collect()
}

/// What decides the batches of a run, beside its step.
#[derive(Debug, Clone)]
pub(crate) struct Batching {
    /// The training examples.
    pub examples: Arc<[Example]>,
    /// Batches and accumulation.
    pub schedule: ScheduleSettings,
    /// The seed.
    pub seed: u64,
    /// The encoder's longest input.
    pub longest_input: usize,
    /// The columns of scores and labels.
    pub classes: usize,
    /// What the loss reads beside.
    pub inputs: LossInputs,
    /// What the finder of entities learns from: all of it in each epoch.
    pub finder: Option<FinderData>,
    /// What changes mentions, if any are changed.
    pub jitter: Option<Arc<Jitter>>,
}

/// The batches of each step in turn, from a thread that stays a little ahead.
#[derive(Debug)]
pub(crate) struct Feed {
    steps: Receiver<Result<Vec<TrainBatch>>>,
}

impl Feed {
    /// Starts with the step after `taken` steps. The thread ends with the run's last epoch,
    /// or soon after the feed is dropped.
    pub fn start(batching: Batching, taken: u64) -> Self {
        let (sender, steps) = sync_channel(AHEAD);
        thread::spawn(move || batching.send_all(taken, &sender));
        Self { steps }
    }

    /// The batches whose gradients make the next step: a function of seed and step.
    pub fn next(&mut self) -> Result<Vec<TrainBatch>> {
        self.steps.recv().expect("there are batches up to the last step")
    }
}

impl Batching {
    fn send_all(&self, taken: u64, sender: &SyncSender<Result<Vec<TrainBatch>>>) {
        let lengths: Vec<usize> = self.examples.iter().map(Example::length).collect();
        let size = NonZeroUsize::new(self.schedule.batch).expect("checked");
        let per_epoch = self.schedule.steps_per_epoch(lengths.len());
        let mut done = (taken % per_epoch) as usize;
        for epoch in taken / per_epoch..self.schedule.epochs as u64 {
            let order = batches(&lengths, size, self.seed, epoch);
            let finder = self.finder_order(epoch, order.len());
            let first = epoch * order.len() as u64;
            let numbered: Vec<(u64, Vec<usize>)> = (first..).zip(order).collect();
            for step in numbered.chunks(self.schedule.accumulate).skip(done) {
                let made = step.iter().map(|(number, batch)| {
                    let mut batch = self.batch(batch, *number)?;
                    batch.finder = finder.batch(self, *number - first, *number)?;
                    Ok(batch)
                });
                let made = made.collect();
                if sender.send(made).is_err() {
                    return; // nobody takes them any more
                }
            }
            done = 0;
        }
    }

    /// The sections of each batch of an epoch that has so many, for the finder.
    fn finder_order(&self, epoch: u64, count: usize) -> FinderOrder {
        let Some(finder) = &self.finder else { return FinderOrder::default() };
        let lengths: Vec<usize> = finder.examples.iter().map(FinderExample::length).collect();
        let order = batches(&lengths, NonZeroUsize::MIN, self.seed ^ FINDER_ORDER, epoch).concat();
        // As many in each batch, but for one.
        let end = |place: usize| order.len() * place / count.max(1);
        let part = |place| order[end(place)..end(place + 1)].to_vec();
        FinderOrder { batches: (0..count).map(part).collect() }
    }

    /// Batch number `number` of the run.
    fn batch(&self, places: &[usize], number: u64) -> Result<TrainBatch> {
        let changed = self.jitter.as_ref().map(|jitter| {
            places.iter().map(|place| jitter.example(*place, number)).collect::<Result<Vec<_>>>()
        });
        let changed = changed.transpose()?;
        let examples: Vec<&Example> = match &changed {
            Some(changed) => changed.iter().collect(),
            None => places.iter().map(|place| &self.examples[*place]).collect(),
        };
        let mut batch = TrainBatch::new(&examples, self.longest_input, self.classes)?;
        self.inputs.add(&mut batch, &examples, self.seed, number);
        if let Some(teacher) = &self.inputs.teacher {
            let scores = places.iter().map(|place| teacher.of(*place));
            batch.teacher = Some(scores.collect::<Result<Vec<_>>>()?.concat());
        }
        Ok(batch)
    }
}

/// What separates the order of the finder's sections from that of the documents.
const FINDER_ORDER: u64 = 0x7365_6374_696f_6e73;

/// Which sections the finder learns from in each batch of an epoch.
#[derive(Default)]
struct FinderOrder {
    batches: Vec<Vec<usize>>,
}

impl FinderOrder {
    /// The sections of batch number `number` of the run, by its place in the epoch; `None` behind
    /// the last of them.
    fn batch(&self, batching: &Batching, place: u64, number: u64) -> Result<Option<FinderBatch>> {
        let places = self.batches.get(place as usize).filter(|places| !places.is_empty());
        let Some((finder, places)) = batching.finder.as_ref().zip(places) else { return Ok(None) };
        let examples: Vec<_> = places.iter().map(|place| &finder.examples[*place]).collect();
        let mut random = Random::new(batching.seed ^ number.rotate_left(32), SPANS);
        FinderBatch::new(finder, &examples, batching.longest_input, &mut random).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Label, Ragged, Rows};

    fn example(number: usize) -> Example {
        Example {
            title: number.to_string(),
            ids: vec![number as u32; 10 + number % 7],
            entities: Ragged::from_iter([[1], [3], [5]]),
            spans: Vec::new(),
            types: vec![0, number as u32 % 2, 1],
            sentences: Vec::new(),
            rows: Rows::default(),
            labels: Some(vec![Label { head: 0, tail: 2, column: 1 + number % 3 }]),
            evidence: Vec::new(),
        }
    }

    fn batching(accumulate: usize) -> Batching {
        Batching {
            examples: (0..27).map(example).collect(),
            schedule: ScheduleSettings { epochs: 3, batch: 4, accumulate, ..Default::default() },
            seed: 5,
            longest_input: 512,
            classes: 4,
            finder: None,
            jitter: None,
            inputs: LossInputs {
                sampling: Some(NegativeSampling { ratio: 0.4, per: Default::default() }),
                priors: Some(RelationPriors::new(4).into()),
                teacher: None,
                evidence: false,
            },
        }
    }

    /// The batches of a step, made when they are asked for.
    fn of_step(batching: &Batching, taken: u64) -> Vec<TrainBatch> {
        let per_epoch = batching.schedule.steps_per_epoch(batching.examples.len());
        let lengths: Vec<usize> = batching.examples.iter().map(Example::length).collect();
        let size = NonZeroUsize::new(batching.schedule.batch).unwrap();
        let epoch = taken / per_epoch;
        let order = batches(&lengths, size, batching.seed, epoch);
        let first = (taken % per_epoch) as usize * batching.schedule.accumulate;
        let numbers = epoch * order.len() as u64 + first as u64..;
        let places = numbers.zip(&order[first..]).take(batching.schedule.accumulate);
        places.map(|(number, places)| batching.batch(places, number).unwrap()).collect()
    }

    #[test]
    fn each_step_has_its_batches_wherever_the_run_began() {
        for accumulate in [1, 2, 3] {
            let batching = batching(accumulate);
            let steps = batching.schedule.total_steps(batching.examples.len());
            for begun in 0..steps {
                let mut feed = Feed::start(batching.clone(), begun);
                for taken in begun..steps {
                    assert_eq!(feed.next().unwrap(), of_step(&batching, taken));
                }
            }
        }
    }

    #[test]
    fn an_impossible_batch_is_an_error_of_the_step() {
        let batching = Batching { longest_input: 2, ..batching(1) };
        assert!(Feed::start(batching, 0).next().is_err());
    }
}
