//! How the service is: `/health`, `/ready` and `/metrics`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{errors::ApiError, service::Service};

/// Whether the process lives
#[utoipa::path(get, path = "/health", responses((status = 200, description = "It lives")))]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Whether requests are taken
#[utoipa::path(get, path = "/ready", responses(
    (status = 200, description = "They are"),
    (status = 503, description = "The service ends"),
))]
pub async fn ready(State(service): State<Arc<Service>>) -> Result<&'static str, ApiError> {
    if service.is_stopping() { Err(ApiError::stopping()) } else { Ok("ready\n") }
}

/// Numbers for Prometheus
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, description = "In the text form", body = String),
))]
pub async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = service.metrics.text(service.engine.waiting());
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
