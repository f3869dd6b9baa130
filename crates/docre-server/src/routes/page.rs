//! The page on which anyone can try a text, with all that it needs.

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use include_dir::{Dir, include_dir};

use crate::errors::ApiError;

static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/page");

/// What a page may load: files of this service, and nothing that stands in the page itself.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
pub async fn file(uri: Uri) -> Result<Response, ApiError> {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let Some(file) = FILES.get_file(path) else {
        let problem = "there is nothing at this address; /api shows those that there are";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", problem));
    };
    Ok(asset(media_type(path), file.contents()))
}

/// A file that is in the program.
pub fn asset(media_type: &'static str, content: impl IntoResponse) -> Response {
    let mut response = content.into_response();
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
