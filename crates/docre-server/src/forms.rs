//! The forms of an answer, chosen by `Accept`.

use axum::http::{HeaderMap, StatusCode, header};
use docre::{Extracted, Result, files::AtomicFile, output::Form};

use crate::{errors::ApiError, models::ServedModel};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// One JSON object.
    Json,
    /// A JSON object a document, each sent as soon as it is done.
    JsonLines,
    /// One of the forms of facts that docre writes.
    Facts(Form, &'static str),
}

/// The type of a body in JSON lines.
pub const JSON_LINES: &str = "application/x-ndjson";

impl AnswerForm {
    /// The form that a client wants most.
    ///
    /// # Errors
    ///
    /// If it takes none that there is.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, ApiError> {
        let accept: Vec<_> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let mut wanted: Vec<(f32, String)> =
            accept.iter().flat_map(|value| value.split(',')).map(weighed).collect();
        wanted.retain(|(weight, _)| *weight > 0.0);
        if wanted.is_empty() {
            return Ok(Self::Json);
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found = wanted.into_iter().find_map(|(_, range)| Self::of_range(&range));
        found.ok_or_else(|| {
            let forms = Self::all().map(Self::media_type).collect::<Vec<_>>().join(", ");
            let problem = format!("Accept names no form that there is; there are {forms}");
            ApiError::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", problem)
        })
    }

    /// All forms, the usual one first.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Json, Self::JsonLines];
        let is_new = move |media: &&str| own.iter().all(|form| form.media_type() != *media);
        let facts = Form::all()
            .filter_map(move |form| Some(Self::Facts(form, form.media_type().filter(is_new)?)));
        own.into_iter().chain(facts)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::JsonLines => JSON_LINES,
            Self::Facts(_, media_type) => media_type,
        }
    }

    fn of_range(range: &str) -> Option<Self> {
        let (kind, any) = range.split_once('/')?;
        let is_in = |media_type: &str| {
            media_type == range || any == "*" && media_type.starts_with(&format!("{kind}/"))
        };
        let mut all = Self::all();
        if range == "*/*" { all.next() } else { all.find(|form| is_in(form.media_type())) }
    }
}

/// A media range of `Accept` with its weight. Other parameters belong to the range.
fn weighed(part: &str) -> (f32, String) {
    let parts = part.split(';').map(str::trim).filter(|part| !part.is_empty());
    let (weights, range): (Vec<&str>, Vec<&str>) = parts.partition(|part| part.starts_with("q="));
    let weight = weights.first().and_then(|weight| weight[2..].parse().ok()).unwrap_or(1.0);
    (if range.is_empty() { 0.0 } else { weight }, range.join("; "))
}

/// Facts in one of the forms that docre writes.
pub fn written(form: Form, model: &ServedModel, found: &[Extracted]) -> Result<Vec<u8>> {
    let (file, bytes) = AtomicFile::in_memory("answer");
    let mut writer = form.writer(file, &model.input, &model.extractor.relations)?;
    found.iter().try_for_each(|found| writer.push(&found.document, &found.facts))?;
    writer.finish()?;
    Ok(bytes.take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_wants_most() {
        let accepted = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            AnswerForm::accepted(&headers).map(AnswerForm::media_type)
        };
        assert_eq!(accepted("*/*").unwrap(), "application/json");
        assert_eq!(accepted("text/csv").unwrap(), "text/csv");
        assert_eq!(accepted("text/csv;q=0.5, application/x-ndjson").unwrap(), JSON_LINES);
        assert_eq!(accepted("image/png, application/*;q=0.1").unwrap(), "application/json");
        assert_eq!(accepted("image/png").unwrap_err().status, StatusCode::NOT_ACCEPTABLE);
    }
}
