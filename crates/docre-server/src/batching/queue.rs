//! What waits for the models.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use docre::{Document, Extracted};
use tokio::sync::oneshot;

use crate::{errors::ApiError, limits::words, models::ServedModel};

/// What becomes of a document.
pub(super) type Outcome = Result<Extracted, ApiError>;

/// A document that waits for its model.
pub(super) struct Job {
    pub model: Arc<ServedModel>,
    pub document: Document,
    /// When nobody waits for it any more.
    pub deadline: Instant,
    /// Closed as soon as its client leaves.
    pub answer: oneshot::Sender<Outcome>,
}

impl Job {
    /// Whether somebody waits for it still.
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed() && Instant::now() < self.deadline
    }

    fn lane(&self) -> Lane {
        if words(&self.document) > LONG { Lane::Long } else { Lane::Short }
    }

    /// How much room it takes in the queue.
    pub fn size(&self) -> usize {
        words(&self.document).div_ceil(LONG).max(1)
    }
}

/// Short documents don't wait behind long ones: each kind has a thread of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Short,
    Long,
}

impl Lane {
    pub const ALL: [Self; 2] = [Self::Short, Self::Long];
}

/// The words from which on a document is a long one.
const LONG: usize = 1_000;

/// The words of a batch after which it takes no further document, and the most documents. More
/// aren't faster, and the first would wait for the last.
const BATCH_WORDS: usize = 8_000;
const BATCH_DOCUMENTS: usize = 32;

/// A bounded queue, with a lane for short documents and one for long ones.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    lanes: [VecDeque<Job>; 2],
    size: usize,
    closed: bool,
    /// Seconds that a document took of late.
    pace: f64,
}

impl Queue {
    pub fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), capacity }
    }

    /// Takes the documents of a request, all or none. More than ever fit are taken when nothing
    /// waits.
    pub fn push(&self, jobs: Vec<Job>) -> Result<(), ApiError> {
        let mut state = self.lock();
        if state.closed {
            return Err(ApiError::stopping());
        }
        let size: usize = jobs.iter().map(Job::size).sum();
        if state.size > 0 && state.size + size > self.capacity {
            state.drop_unwanted();
        }
        if state.size > 0 && state.size + size > self.capacity {
            return Err(ApiError::busy(state.seconds_to_wait()));
        }
        state.size += size;
        jobs.into_iter().for_each(|job| state.lanes[job.lane() as usize].push_back(job));
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// The next documents of a lane that go through one model together, the shortest first. Waits
    /// for some; `None` when the queue is closed and nothing is left.
    pub fn take(&self, lane: Lane) -> Option<Vec<Job>> {
        let mut state = self.lock();
        loop {
            let batch = state.next_batch(lane);
            if !batch.is_empty() {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Learns how long a batch took.
    pub fn learn(&self, documents: usize, took: Duration) {
        let seconds = took.as_secs_f64() / documents.max(1) as f64;
        let mut state = self.lock();
        state.pace += (seconds - state.pace) * 0.2;
    }

    /// How much waits.
    pub fn size(&self) -> usize {
        self.lock().size
    }

    /// Takes nothing new; what waits is done.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_batch(&mut self, lane: Lane) -> Vec<Job> {
        let mut batch: Vec<Job> = Vec::new();
        let (mut left, mut sum) = (VecDeque::new(), 0);
        let jobs = std::mem::take(&mut self.lanes[lane as usize]);
        for job in jobs {
            if !job.is_wanted() {
                self.size -= job.size();
                continue;
            }
            let alike = batch.first().is_none_or(|first| Arc::ptr_eq(&first.model, &job.model));
            let length = words(&job.document);
            let fits = sum + length <= BATCH_WORDS && batch.len() < BATCH_DOCUMENTS;
            if alike && (batch.is_empty() || fits) {
                sum += length;
                self.size -= job.size();
                batch.push(job);
            } else {
                left.push_back(job);
            }
        }
        self.lanes[lane as usize] = left;
        batch.sort_by_key(|job| words(&job.document));
        batch
    }

    fn drop_unwanted(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.retain(Job::is_wanted));
        self.size = self.lanes.iter().flatten().map(Job::size).sum();
    }

    fn seconds_to_wait(&self) -> u64 {
        (self.size as f64 * self.pace).ceil().clamp(1.0, 60.0) as u64
    }
}
