//! What every request passes: its id, the log, the numbers, and who may ask.

use std::{
    hash::{BuildHasher, RandomState},
    panic::AssertUnwindSafe,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

use crate::{errors::ApiError, service::Service};

/// When a request's head was read.
#[derive(Clone, Copy)]
pub struct Begun(pub Instant);

/// Gives a request its id, and its answer what all answers have.
pub async fn finish(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = request_id(request.headers());
    request.extensions_mut().insert(Begun(begun));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("other", MatchedPath::as_str).to_owned();
    // One request's panic is its own.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| {
        service.metrics.panicked();
        ApiError::internal().into_response()
    });
    let mut response = with_error_body(response, &id);
    add_headers(response.headers_mut(), &id, service.is_stopping());
    let (took, status) = (begun.elapsed(), response.status().as_u16());
    service.metrics.request(known(&method), &route, status, took);
    let milliseconds = took.as_millis() as u64;
    tracing::info!(request_id = id, %method, route, status, milliseconds, "answered");
    response
}

/// The answer, which says what is wrong if it carries an error.
fn with_error_body(response: Response, id: &str) -> Response {
    let Some(error) = response.extensions().get::<ApiError>() else { return response };
    let mut with_body = error.response(id);
    for (name, value) in response.headers() {
        // What is added on the way back, for browsers say, stays.
        if !with_body.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            with_body.headers_mut().append(name, value.clone());
        }
    }
    with_body
}

/// The name of a method in the numbers, of which there are few whatever clients send.
fn known(method: &Method) -> &str {
    if [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS].contains(method) {
        method.as_str()
    } else {
        "other"
    }
}

fn add_headers(headers: &mut HeaderMap, id: &str, is_stopping: bool) {
    headers.insert("x-request-id", HeaderValue::from_str(id).expect("an id is ASCII"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_stopping {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The most characters of an id that a client gives.
const LONGEST_ID: usize = 64;

/// The id that the client gave, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let given = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let is_plain = |id: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(allowed)
    };
    given.filter(is_plain).map_or_else(
        || format!("{:016x}-{}", *PROCESS, NUMBER.fetch_add(1, Ordering::Relaxed)),
        str::to_owned,
    )
}

/// Refuses clients without the key, and pages of other origins.
pub async fn check_client(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    check_origin(request.headers(), &service.origins)?;
    if let Some(key) = &service.key {
        key.check(request.headers())?;
    }
    Ok(next.run(request).await)
}

/// A browser tells where a page comes from that asks. One of a stranger could use the service of who
/// looks at it.
fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), ApiError> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let own = text(header::HOST).is_some_and(|host| {
        origin.split_once("://").is_some_and(|(_, authority)| authority == host)
    });
    if own || allowed.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    let problem = "pages of this origin may not ask here; who runs the service can allow it";
    Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", problem))
}
