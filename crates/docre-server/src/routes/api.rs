//! The description of the service: for programs, and as a page.

use std::sync::LazyLock;

use axum::{Json, response::Response};
use minijinja::{Environment, value::Serde};
use serde::Serialize;
use utoipa::OpenApi;

use super::page::asset;

/// All that the description names.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "docre",
        description = "Document-level relation extraction: from plain text to facts between the \
                       things that it speaks of."
    ),
    paths(
        super::extract::extract,
        super::extract::documents,
        super::models::list,
        super::models::reload,
        super::state::health,
        super::state::ready,
        super::state::metrics,
    )
)]
struct Description;

/// What the page is filled with.
#[derive(Serialize)]
struct Values {
    api: utoipa::openapi::OpenApi,
}

/// The description in OpenAPI's form.
pub async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

/// The description as a page.
pub async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let mut pages = Environment::new();
        let template = include_str!("../../api/index.html");
        pages.add_template("api.html", template).expect("the template is right");
        let template = pages.get_template("api.html").expect("it was added");
        template.render(Serde(Values { api: Description::openapi() })).expect("the template fits")
    });
    asset("text/html; charset=utf-8", PAGE.as_str())
}

/// How that page looks.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../../api/api.css"))
}
