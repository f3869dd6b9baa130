//! Documents of a request's body, in the formats that docre reads.

use std::{io::Cursor, path::Path};

use docre::{
    Document,
    corpus::{self, Input, ReadOptions, StreamedDocuments},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{errors::ApiError, limits::Limits};

/// What stands for the body in messages.
const BODY: &str = "body";

/// A text with its annotations in brat's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BratDocument {
    text: String,
    ann: String,
    title: Option<String>,
}

/// Documents of a JSON format, which the first one tells. A bad one has its error.
pub fn of_json(given: &[Value]) -> Vec<Result<Document, ApiError>> {
    let list = serde_json::to_vec(given).expect("values have a JSON form");
    match stream(list) {
        Ok(documents) => documents.map(|read| Ok(read?.document)).collect(),
        Err(error) => vec![Err(error)],
    }
}

/// The documents of a file. A bad one has its error; so has a file that can't be read any further.
pub fn of_file(
    body: Vec<u8>,
    limits: &Limits,
) -> Result<Vec<Result<Document, ApiError>>, ApiError> {
    if let Some(documents) = of_brat(&body) {
        limits.check_count(documents.len())?;
        return Ok(documents);
    }
    let documents = stream(body)?.take(limits.documents + 1);
    let documents: Vec<_> = documents.map(|read| Ok(read?.document)).collect();
    limits.check_count(documents.len())?;
    match <[_; 1]>::try_from(documents) {
        // Nothing of it can be read.
        Ok([Err(error)]) => Err(error),
        Ok(one) => Ok(one.into()),
        Err(documents) => Ok(documents),
    }
}

fn stream(body: Vec<u8>) -> Result<StreamedDocuments, ApiError> {
    let options = ReadOptions::default();
    Ok(Input::Documents.stream_of_with(Cursor::new(body), Path::new(BODY), &options)?)
}

/// One document or a list of them, if it is brat's.
fn of_brat(body: &[u8]) -> Option<Vec<Result<Document, ApiError>>> {
    let one = serde_json::from_slice(body).map(|one: BratDocument| vec![one]);
    let many = one.or_else(|_| serde_json::from_slice::<Vec<BratDocument>>(body)).ok()?;
    let options = ReadOptions::default();
    let document = |(place, given): (usize, BratDocument)| {
        let title = given.title.unwrap_or_else(|| format!("text {place}"));
        Ok(corpus::document_of_brat(&title, &given.text, &given.ann, &options)?)
    };
    (!many.is_empty()).then(|| many.into_iter().enumerate().map(document).collect())
}
