//! `GET /v1/models` and `POST /v1/models/reload`.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    errors::{ApiError, ErrorBody},
    models::ModelDescription,
    service::Service,
};

/// The models.
#[derive(Serialize, ToSchema)]
pub struct ModelList {
    models: Vec<ModelDescription>,
}

/// The models, with their relations, types and cards
#[utoipa::path(
    get,
    path = "/v1/models",
    responses((status = 200, description = "All models", body = ModelList))
)]
pub async fn list(State(service): State<Arc<Service>>) -> Json<ModelList> {
    Json(ModelList { models: service.engine.models().describe() })
}

/// Loads all models again
///
/// What waits is done with the old ones, which stay where a new one can't be loaded. Only for
/// services with a key.
#[utoipa::path(
    post,
    path = "/v1/models/reload",
    responses(
        (status = 200, description = "The new models", body = ModelList),
        (status = 403, description = "The service has no key", body = ErrorBody),
        (status = 500, description = "A model can't be loaded; the log says why", body = ErrorBody),
    )
)]
pub async fn reload(State(service): State<Arc<Service>>) -> Result<Json<ModelList>, ApiError> {
    if service.key.is_none() {
        let problem = "models are replaced this way only where the service has a key; send the \
                       process SIGHUP";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", problem));
    }
    let reloading = service.clone();
    let reloaded = tokio::task::spawn_blocking(move || reloading.engine.reload()).await;
    match reloaded {
        Ok(Ok(())) => Ok(list(State(service)).await),
        Ok(Err(error)) => {
            tracing::error!(%error, "models can't be loaded; the old ones stay");
            Err(ApiError::internal())
        }
        Err(_) => Err(ApiError::internal()),
    }
}
