//! Answers to requests for facts.

use std::{convert::Infallible, path::Path};

use axum::{
    Json,
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use docre::{
    Extracted,
    corpus::Input,
    output::{DocumentFacts, TextLabels},
};
use futures_util::stream;
use serde::Serialize;

use crate::{
    batching::Pending,
    errors::{ApiError, ErrorBody},
    forms::{AnswerForm, written},
    models::ServedModel,
    request::Keep,
};
use std::sync::Arc;

/// What is found in a document: the object that docre prints, and the text.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(flatten)]
    found: Found,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Facts(DocumentFacts),
    Labels(TextLabels),
}

/// An answer in its place among many.
#[derive(Serialize)]
#[serde(untagged)]
enum Item {
    Answer(Box<Answer>),
    Error(ErrorBody),
}

/// Many answers.
#[derive(Serialize)]
struct Results {
    results: Vec<Item>,
}

/// The documents of a request on their way: each waits, or has its error already.
pub struct Answers {
    /// The model.
    pub model: Arc<ServedModel>,
    /// By document.
    pub waiting: Vec<Result<Pending, ApiError>>,
    /// What is kept of what is found.
    pub keep: Keep,
    /// Whether the answer is one object.
    pub is_one: bool,
}

impl Answers {
    /// The answer of a request.
    pub async fn respond(self, form: AnswerForm) -> Result<Response, ApiError> {
        match form {
            AnswerForm::Json if self.is_one => {
                let model = self.model.clone();
                let found = self.all().await?.pop().expect("one document");
                Ok(Json(Answer::new(&model, found)).into_response())
            }
            AnswerForm::Json => {
                let Self { model, waiting, keep, .. } = self;
                let mut results = Vec::with_capacity(waiting.len());
                for waiting in waiting {
                    results.push(Item::new(&model, found(&model, &keep, waiting).await));
                }
                Ok(Json(Results { results }).into_response())
            }
            AnswerForm::JsonLines => Ok(self.lines()),
            AnswerForm::Facts(form, media_type) => {
                let model = self.model.clone();
                let written = written(form, &model, &self.all().await?)?;
                let kind = match media_type.starts_with("text/") {
                    true => format!("{media_type}; charset=utf-8"),
                    false => media_type.to_owned(),
                };
                Ok(([(header::CONTENT_TYPE, kind)], written).into_response())
            }
        }
    }

    /// What is found in each document.
    ///
    /// # Errors
    ///
    /// That of the first document that has one.
    pub async fn all(self) -> Result<Vec<Extracted>, ApiError> {
        let mut all = Vec::with_capacity(self.waiting.len());
        for waiting in self.waiting {
            all.push(found(&self.model, &self.keep, waiting).await?);
        }
        Ok(all)
    }

    /// A line a document, each as soon as it and those before it are done.
    fn lines(self) -> Response {
        let Self { model, waiting, keep, .. } = self;
        let begin = (waiting.into_iter(), model, keep);
        let lines = stream::unfold(begin, |(mut waiting, model, keep)| async move {
            let item = Item::new(&model, found(&model, &keep, waiting.next()?).await);
            let mut line = serde_json::to_vec(&item).expect("it has a JSON form");
            line.push(b'\n');
            Some((Ok::<_, Infallible>(line), (waiting, model, keep)))
        });
        let kind = [(header::CONTENT_TYPE, AnswerForm::JsonLines.media_type())];
        (kind, Body::from_stream(lines)).into_response()
    }
}

async fn found(
    model: &ServedModel,
    keep: &Keep,
    waiting: Result<Pending, ApiError>,
) -> Result<Extracted, ApiError> {
    let mut extracted = waiting?.answer().await?;
    keep.apply(model, &mut extracted);
    Ok(extracted)
}

impl Item {
    fn new(model: &ServedModel, found: Result<Extracted, ApiError>) -> Self {
        match found {
            Ok(found) => Self::Answer(Box::new(Answer::new(model, found))),
            Err(error) => Self::Error(error.body(None)),
        }
    }
}

impl Answer {
    /// Names what is found in a document.
    pub fn new(model: &ServedModel, extracted: Extracted) -> Self {
        let Extracted { document, facts, warnings, pieces } = extracted;
        let relations = &model.extractor.relations;
        let found = match model.input {
            Input::Texts { .. } => Found::Labels(TextLabels::new(&document, &facts, relations)),
            _ => Found::Facts(DocumentFacts::new(&document, &facts, relations)),
        };
        let unknown = pieces.warning(Path::new(&document.title));
        let unknown = unknown.map(|text| text.trim_start_matches("warning: ").to_owned());
        let warnings = warnings.iter().map(ToString::to_string).chain(unknown).collect();
        Self { found, warnings, text: document.text.map(|text| text.as_str().to_owned()) }
    }
}
