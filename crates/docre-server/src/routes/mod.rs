//! What stands at which address.

mod api;
mod extract;
mod models;
mod page;
mod passing;
mod state;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    routing::{any, get, post},
};
use tower_http::cors::CorsLayer;

use crate::{errors::ApiError, mcp::McpHttp, service::Service};

/// All addresses of the service.
pub fn router(service: &Arc<Service>, hosts: Option<Vec<String>>) -> Router {
    let mcp = McpHttp::new(service, hosts);
    let keyed = Router::new()
        .route("/v1/extract", post(extract::extract))
        .route("/v1/documents", post(extract::documents))
        .route("/v1/models", get(models::list))
        .route("/v1/models/reload", post(models::reload))
        .route("/mcp", any(move |state, request| mcp.answer(state, request)))
        .route_layer(middleware::from_fn_with_state(service.clone(), passing::check_client));
    let open = Router::new()
        .route("/health", get(state::health))
        .route("/ready", get(state::ready))
        .route("/metrics", get(state::metrics))
        .route("/openapi.json", get(api::openapi))
        .route("/api", get(api::page))
        .route("/api.css", get(api::style));
    let mut router = keyed
        .merge(open)
        .fallback(get(page::file).fallback(|| async { not_allowed() }))
        .method_not_allowed_fallback(|| async { not_allowed() });
    if !service.origins.is_empty() {
        router = router.layer(cors(&service.origins));
    }
    router
        .layer(middleware::from_fn_with_state(service.clone(), passing::finish))
        .with_state(service.clone())
}

fn not_allowed() -> ApiError {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    ApiError::new(status, "method", "this address takes another method; /api shows which")
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new().allow_origin(origins).allow_methods([Method::GET, Method::POST]).allow_headers(
        [header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("x-api-key")],
    )
}
