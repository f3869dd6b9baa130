//! Bodies of requests, of which only so much is held at a time.

use std::{sync::Arc, time::Instant};

use axum::{body::Body, http::HeaderMap};
use futures_util::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout_at,
};

use crate::{
    errors::ApiError,
    limits::{BODIES, Limits},
};

/// The room for bodies. Only bytes that have come take room, so that slow clients hold little.
#[derive(Debug, Clone)]
pub struct Room(Arc<Semaphore>);

/// A body, which takes room as long as it is held.
pub struct HeldBody {
    /// The bytes.
    pub bytes: Vec<u8>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// The room for so many bodies of the largest size.
    pub fn new(limits: &Limits) -> Self {
        let bytes = limits.bytes.saturating_mul(BODIES).clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// Reads a body that comes within the time that it has.
    pub async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        limits: &Limits,
    ) -> Result<HeldBody, ApiError> {
        let too_large =
            || ApiError::too_large(format!("the body has more than {} bytes", limits.bytes));
        let length = headers.get("content-length").and_then(|length| length.to_str().ok());
        if length.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0) > limits.bytes as u64 {
            return Err(too_large());
        }
        let end = (Instant::now() + limits.patience).into();
        let (mut bytes, mut permit) = (Vec::new(), None::<OwnedSemaphorePermit>);
        let mut chunks = body.into_data_stream();
        loop {
            let late = |_| ApiError::timeout("the body was too slow in coming");
            let Some(chunk) = timeout_at(end, chunks.next()).await.map_err(late)? else { break };
            let cut = |_| ApiError::bad_request("the body ended too early");
            let chunk = chunk.map_err(cut)?;
            if bytes.len() + chunk.len() > limits.bytes {
                return Err(too_large());
            }
            let room = self.0.clone().try_acquire_many_owned(chunk.len() as u32);
            let room = room.map_err(|_| ApiError::busy(1))?;
            match &mut permit {
                Some(permit) => permit.merge(room),
                None => permit = Some(room),
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(HeldBody { bytes, _permit: permit })
    }
}
