//! A thread that takes batches from the queue. It is none of the runtime's, so that requests are
//! read and answered meanwhile.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use docre::{Document, Extracted};

use super::queue::{Job, Lane, Outcome, Queue};
use crate::{errors::ApiError, limits::words, metrics::Metrics};

/// Works until the queue is closed and empty.
pub(super) fn work(queue: &Queue, lane: Lane, metrics: &Metrics) {
    while let Some(batch) = queue.take(lane) {
        let (begun, size) = (Instant::now(), batch.iter().map(Job::size).sum());
        metrics.batch(batch.len(), batch.iter().map(|job| words(&job.document)).sum());
        extract(batch.into(), metrics);
        queue.learn(size, begun.elapsed());
    }
}

/// Answers each document as soon as it is done. If docre itself is at fault, only the document
/// at which it is has no answer.
fn extract(mut waiting: VecDeque<Job>, metrics: &Metrics) {
    let run = catch_unwind(AssertUnwindSafe(|| extract_in_order(&mut waiting, metrics)));
    if run.is_ok() {
        return;
    }
    metrics.panicked();
    match waiting.len() {
        1 => waiting.into_iter().for_each(|job| answer(job, Err(ApiError::internal()), metrics)),
        _ => waiting.into_iter().for_each(|job| extract([job].into(), metrics)),
    }
}

fn extract_in_order(waiting: &mut VecDeque<Job>, metrics: &Metrics) {
    let Some(first) = waiting.front() else { return };
    let model = first.model.clone();
    let documents: Vec<docre::Result<Document>> =
        waiting.iter().map(|job| Ok(job.document.clone())).collect();
    for found in model.extractor.extract_stream(documents) {
        let job = waiting.pop_front().expect("one answer a document");
        answer(job, found.map_err(ApiError::from), metrics);
    }
}

fn answer(job: Job, outcome: Outcome, metrics: &Metrics) {
    if let Ok(Extracted { pieces, .. }) = &outcome {
        metrics.document(pieces.all);
    }
    // The client may have left.
    let _ = job.answer.send(outcome);
}
