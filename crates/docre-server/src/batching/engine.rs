//! Models, queue and threads together.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::Instant,
};

use docre::{Document, Extracted, Result, model::Compute};
use tokio::{sync::oneshot, time::timeout_at};

use super::{
    queue::{Job, Lane, Outcome, Queue},
    worker,
};
use crate::{
    errors::ApiError,
    metrics::Metrics,
    models::{ModelSet, ModelSource, ServedModel},
};

/// Extracts facts from the documents of many requests together.
pub struct Engine {
    sources: Vec<ModelSource>,
    compute: Compute,
    models: RwLock<Arc<ModelSet>>,
    queue: Arc<Queue>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

/// A document that is on its way. Dropped, it is left out of the queue.
pub struct Pending {
    answer: oneshot::Receiver<Outcome>,
    deadline: Instant,
}

impl Engine {
    /// Loads the models and starts the threads. `capacity` is the most that waits.
    pub fn start(
        sources: Vec<ModelSource>,
        compute: Compute,
        capacity: usize,
        metrics: &Arc<Metrics>,
    ) -> Result<Self> {
        let models = RwLock::new(Arc::new(ModelSet::load(&sources, &compute)?));
        let queue = Arc::new(Queue::new(capacity));
        let spawn = |lane: Lane| {
            let (queue, metrics) = (queue.clone(), metrics.clone());
            let thread = thread::Builder::new().name(format!("docre-{lane:?}").to_lowercase());
            let work = move || worker::work(&queue, lane, &metrics);
            thread.spawn(work).expect("the system gives a thread")
        };
        let workers = Mutex::new(Lane::ALL.map(spawn).into());
        Ok(Self { sources, compute, models, queue, workers })
    }

    /// The models of now. Who holds them may use them after a reload.
    pub fn models(&self) -> Arc<ModelSet> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads all models again, and puts them in the place of the old ones, with which what waits
    /// is done. Takes seconds, and keeps the old ones if it fails.
    pub fn reload(&self) -> Result<()> {
        let models = Arc::new(ModelSet::load(&self.sources, &self.compute)?);
        *self.models.write().unwrap_or_else(PoisonError::into_inner) = models;
        Ok(())
    }

    /// Puts documents in the queue, all or none.
    ///
    /// # Errors
    ///
    /// If there is no room, or the service ends.
    pub fn submit(
        &self,
        model: &Arc<ServedModel>,
        documents: Vec<Document>,
        deadline: Instant,
    ) -> Result<Vec<Pending>, ApiError> {
        let (mut jobs, mut pending) = (Vec::new(), Vec::new());
        for document in documents {
            let (answer, receiver) = oneshot::channel();
            jobs.push(Job { model: model.clone(), document, deadline, answer });
            pending.push(Pending { answer: receiver, deadline });
        }
        self.queue.push(jobs)?;
        Ok(pending)
    }

    /// How much waits.
    pub fn waiting(&self) -> usize {
        self.queue.size()
    }

    /// Takes nothing new, does what waits, and ends the threads.
    pub fn finish(&self) {
        self.queue.close();
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.drain(..).for_each(|worker| worker.join().expect("a worker catches panics"));
    }
}

impl Pending {
    /// What was found, or why nothing was.
    pub async fn answer(self) -> Result<Extracted, ApiError> {
        match timeout_at(self.deadline.into(), self.answer).await {
            Ok(Ok(outcome)) => outcome,
            // A job goes without an answer only when its time is over.
            Ok(Err(_)) | Err(_) => {
                Err(ApiError::timeout("the time for an answer is over; send less, or later"))
            }
        }
    }
}
