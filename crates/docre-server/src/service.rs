//! What all requests share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use docre::{Document, Result, model::Compute};

use crate::{
    answer::Answers,
    batching::Engine,
    body::Room,
    errors::ApiError,
    key::ApiKey,
    limits::Limits,
    metrics::Metrics,
    models::{ModelSet, ModelSource},
    request::Asked,
};

/// What is served, and how.
pub struct Settings {
    /// The models, the first of which answers where a request names none.
    pub models: Vec<ModelSource>,
    /// Where and how precisely they compute.
    pub compute: Compute,
    /// What is taken of requests.
    pub limits: Limits,
    /// What clients have to show.
    pub key: Option<ApiKey>,
    /// The origins of pages that may ask from a browser, beside the service's own.
    pub origins: Vec<String>,
    /// Whether texts stand in the log.
    pub log_texts: bool,
}

/// What all requests share.
pub struct Service {
    /// The models and what waits for them.
    pub engine: Engine,
    /// What is taken of requests.
    pub limits: Limits,
    /// What clients have to show.
    pub key: Option<ApiKey>,
    /// Other origins that are allowed.
    pub origins: Vec<String>,
    /// What was done.
    pub metrics: Arc<Metrics>,
    /// Bodies that are held.
    pub room: Room,
    /// Whether texts stand in the log.
    pub log_texts: bool,
    stopping: AtomicBool,
}

impl Service {
    /// Loads the models.
    pub fn start(settings: Settings) -> Result<Arc<Self>> {
        let Settings { models, compute, limits, key, origins, log_texts } = settings;
        let metrics = Arc::new(Metrics::default());
        let engine = Engine::start(models, compute, limits.queue, &metrics)?;
        let (room, stopping) = (Room::new(&limits), AtomicBool::new(false));
        Ok(Arc::new(Self { engine, limits, key, origins, metrics, room, log_texts, stopping }))
    }

    /// Reads a request away from the runtime's threads, and puts its documents in the queue.
    pub async fn ask(
        self: &Arc<Self>,
        begun: Instant,
        read: impl FnOnce(&ModelSet, &Limits) -> Result<Asked, ApiError> + Send + 'static,
    ) -> Result<Answers, ApiError> {
        let service = self.clone();
        let reading = move || read(&service.engine.models(), &service.limits);
        let asked = tokio::task::spawn_blocking(reading).await;
        let asked = asked.map_err(|_| ApiError::internal())??;
        if self.log_texts {
            asked.documents.iter().flatten().for_each(log_text);
        }
        self.queue(asked, begun)
    }

    fn queue(&self, asked: Asked, begun: Instant) -> Result<Answers, ApiError> {
        let Asked { model, documents, is_one, keep } = asked;
        let mut good = Vec::new();
        let places: Vec<Result<(), ApiError>> = documents
            .into_iter()
            .map(|document| document.map(|document| good.push(document)))
            .collect();
        let deadline = begun + self.limits.deadline;
        let mut pending = self.engine.submit(&model, good, deadline)?.into_iter();
        let mut next = |()| pending.next().expect("one for each good document");
        let waiting = places.into_iter().map(|place| place.map(&mut next)).collect();
        Ok(Answers { model, waiting, keep, is_one })
    }

    /// Says that the service ends: it is no longer ready, and connections are closed behind their
    /// answers.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the service ends.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

fn log_text(document: &Document) {
    let text = match &document.text {
        Some(text) => text.as_str().to_owned(),
        None => document.sentences.concat().join(" "),
    };
    tracing::info!(title = document.title, text, "document");
}
