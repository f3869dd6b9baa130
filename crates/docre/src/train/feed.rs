//! The batches of a run, made ready while it computes.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::ScheduleSettings;
use crate::{
    Result,
    text::{EncodedBatch, Example, batches},
};

/// Steps that are made ready ahead: one to take, and one if the next takes long to make.
const AHEAD: usize = 2;

/// Labelled documents as the model reads them.
#[derive(Debug, PartialEq)]
pub(super) struct TrainBatch {
    /// The documents.
    pub encoded: EncodedBatch,
    /// The columns of scores and labels.
    pub classes: usize,
    /// `[ordered pairs, classes]` row by row.
    pub labels: Vec<f32>,
}

impl TrainBatch {
    /// Packs labelled examples, for an encoder that reads at most `longest_input` ids.
    pub fn new(examples: &[&Example], longest_input: usize, classes: usize) -> Result<Self> {
        let encoded = EncodedBatch::new(examples, longest_input)?;
        let labels = encoded.labels(classes).expect("training documents are labelled");
        Ok(Self { encoded, classes, labels })
    }
}

/// What decides the batches of a run, beside its step.
#[derive(Debug, Clone)]
pub(super) struct Batching {
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
}

/// The batches of each step in turn, from a thread that stays a little ahead.
#[derive(Debug)]
pub(super) struct Feed {
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
            for step in order.chunks(self.schedule.accumulate).skip(done) {
                let made = step.iter().map(|batch| self.batch(batch)).collect();
                if sender.send(made).is_err() {
                    return; // nobody takes them any more
                }
            }
            done = 0;
        }
    }

    fn batch(&self, places: &[usize]) -> Result<TrainBatch> {
        let examples: Vec<&Example> = places.iter().map(|place| &self.examples[*place]).collect();
        TrainBatch::new(&examples, self.longest_input, self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Label, Ragged};

    fn example(number: usize) -> Example {
        Example {
            title: number.to_string(),
            ids: vec![number as u32; 10 + number % 7],
            entities: Ragged::from_iter([[1], [3], [5]]),
            sentences: Vec::new(),
            labels: Some(vec![Label { head: 0, tail: 2, column: 1 + number % 3 }]),
        }
    }

    fn batching(accumulate: usize) -> Batching {
        Batching {
            examples: (0..27).map(example).collect(),
            schedule: ScheduleSettings { epochs: 3, batch: 4, accumulate, ..Default::default() },
            seed: 5,
            longest_input: 512,
            classes: 4,
        }
    }

    /// The batches of a step, made when they are asked for.
    fn of_step(batching: &Batching, taken: u64) -> Vec<TrainBatch> {
        let per_epoch = batching.schedule.steps_per_epoch(batching.examples.len());
        let lengths: Vec<usize> = batching.examples.iter().map(Example::length).collect();
        let size = NonZeroUsize::new(batching.schedule.batch).unwrap();
        let order = batches(&lengths, size, batching.seed, taken / per_epoch);
        let first = (taken % per_epoch) as usize * batching.schedule.accumulate;
        let places = order[first..].iter().take(batching.schedule.accumulate);
        places.map(|places| batching.batch(places).unwrap()).collect()
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
