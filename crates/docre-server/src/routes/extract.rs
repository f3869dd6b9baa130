//! `POST /v1/extract` and `POST /v1/documents`.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
};

use super::passing::Begun;
use crate::{
    errors::{ApiError, ErrorBody},
    forms::AnswerForm,
    request::{DocumentsQuery, ExtractRequest},
    service::Service,
};

/// Facts from texts, or from documents in JSON
///
/// One text is answered with one object, many with `results`, or with JSON lines where `Accept`
/// wants them.
#[utoipa::path(
    post,
    path = "/v1/extract",
    request_body = ExtractRequest,
    responses(
        (status = 200, description = "What is found", content(
            (Object = "application/json", example = json!({
                "title": "text",
                "sentences": [[0, 34]],
                "entities": [{"name": "Bergen", "type": "LOC", "mentions": [
                    {"text": "Bergen", "sentence": 0, "span": [27, 33]}
                ]}],
                "facts": [],
                "text": "Ingrid Solberg was born in Bergen."
            })),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
        )),
        (status = 400, description = "The body isn't as described", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "A document is wrong or too long", body = ErrorBody),
        (status = 429, description = "The queue is full", body = ErrorBody),
    )
)]
pub async fn extract(
    State(service): State<Arc<Service>>,
    Extension(Begun(begun)): Extension<Begun>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    check_json(&headers)?;
    let form = AnswerForm::accepted(&headers)?;
    let body = service.room.read(&headers, body, &service.limits).await?;
    let read =
        move |models: &_, limits: &_| ExtractRequest::parse(&body.bytes)?.read(models, limits);
    service.ask(begun, read).await?.respond(form).await
}

/// Facts from a file of documents
///
/// In every format of docre that is one file: DocRED, spaCy, Label Studio, PubTator, BioC, CoNLL,
/// marked and plain text; and brat's text and annotations as `{"text", "ann", "title"}`.
#[utoipa::path(
    post,
    path = "/v1/documents",
    params(DocumentsQuery),
    request_body(content(
        (Object = "application/json", example = json!([{
            "title": "Note",
            "sents": [["Anna", "lives", "in", "Oslo", "."]],
            "vertexSet": [
                [{"pos": [0, 1], "sent_id": 0, "name": "Anna", "type": "PER"}],
                [{"pos": [3, 4], "sent_id": 0, "name": "Oslo", "type": "LOC"}]
            ]
        }])),
        (String = "text/plain"),
    )),
    responses(
        (status = 200, description = "What is found, in `results`", body = Object),
        (status = 400, description = "The body isn't documents", body = ErrorBody),
        (status = 422, description = "A document is too long", body = ErrorBody),
        (status = 429, description = "The queue is full", body = ErrorBody),
    )
)]
pub async fn documents(
    State(service): State<Arc<Service>>,
    Extension(Begun(begun)): Extension<Begun>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let form = AnswerForm::accepted(&headers)?;
    let query = parse_query(query.as_deref())?;
    let body = service.room.read(&headers, body, &service.limits).await?;
    let read = move |models: &_, limits: &_| query.read(body.bytes, models, limits);
    service.ask(begun, read).await?.respond(form).await
}

fn parse_query(query: Option<&str>) -> Result<DocumentsQuery, ApiError> {
    let uri = format!("/?{}", query.unwrap_or_default()).parse::<Uri>();
    let uri = uri.map_err(|_| ApiError::bad_request("the query can't be read"))?;
    let parsed = axum::extract::Query::try_from_uri(&uri);
    let problem = |error| ApiError::bad_request(format!("the query isn't as described: {error}"));
    parsed.map(|query| query.0).map_err(problem)
}

/// Refuses a body that isn't said to be JSON: a browser sends such a one from any page.
fn check_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let problem = "the body should be JSON; send it with Content-Type: application/json";
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", problem))
}
