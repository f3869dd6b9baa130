//! What goes wrong with a request, as the client reads it.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use docre::{Error, ErrorKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request, or one document of it, has no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The status of the answer.
    pub status: StatusCode,
    /// What kind of mistake it is, for programs.
    pub kind: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// After how many seconds it is worth to try again.
    pub retry_after: Option<u64>,
}

/// The body of an answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetails,
}

/// An error in JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetails {
    /// What kind of mistake it is.
    #[schema(example = "busy")]
    pub kind: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The request, as logs name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ApiError {
    /// An error without a time to wait.
    pub fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), retry_after: None }
    }

    /// A body or query that isn't what the documentation describes.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// More bytes than are taken.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "limit", message)
    }

    /// A document with more of something than is taken.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "limit", message)
    }

    /// A request whose time is over.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", message)
    }

    /// There is no room for more work.
    pub fn busy(retry_after: u64) -> Self {
        let message = format!("too much waits already; try again in {retry_after} s");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// The service ends.
    pub fn stopping() -> Self {
        let message = "the service ends; try again in a moment";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message);
        Self { retry_after: Some(1), ..error }
    }

    /// A mistake in docre itself, of which the client learns no more.
    pub fn internal() -> Self {
        let message = "something went wrong here, not with the request; the log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// The error in JSON.
    pub fn body(&self, request_id: Option<String>) -> ErrorBody {
        let (kind, message) = (self.kind, self.message.clone());
        ErrorBody { error: ErrorDetails { kind, message, request_id } }
    }

    /// The answer, with the request's id in header and body.
    pub fn response(&self, request_id: &str) -> Response {
        let mut response =
            (self.status, Json(self.body(Some(request_id.to_owned())))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let (status, kind) = match error.kind() {
            ErrorKind::BadDocument => (StatusCode::UNPROCESSABLE_ENTITY, "bad_document"),
            ErrorKind::BadSetting => (StatusCode::BAD_REQUEST, "bad_setting"),
            ErrorKind::BadFile => (StatusCode::BAD_REQUEST, "bad_request"),
            ErrorKind::Limit => (StatusCode::UNPROCESSABLE_ENTITY, "limit"),
            ErrorKind::Unsupported => (StatusCode::UNPROCESSABLE_ENTITY, "unsupported"),
            _ => {
                tracing::error!(%error, "what the service needs can't be read");
                return Self::internal();
            }
        };
        Self::new(status, kind, error.to_string())
    }
}

impl IntoResponse for ApiError {
    /// An empty answer that carries the error: the request's id is added where all answers pass.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
