//! Texts with labels as objects of JSON.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::item::{Found, item};
use super::{Problem, labels};
use crate::corpus::format::other_tool;
use crate::corpus::objects::{Broken, Object, Objects};
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::parse::parse;
use crate::inputs::open_data;
use crate::{Error, Result};

#[derive(Deserialize)]
#[serde(expecting = "a text with its labels")]
struct RawItem {
    id: Option<Value>,
    text: String,
    #[serde(alias = "label")]
    labels: Labels,
    #[serde(flatten)]
    others: HashMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a label or a list of labels")]
enum Labels {
    One(String),
    Id(u64),
    Several(Vec<Label>),
}

/// A label by its name or its id.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a label")]
enum Label {
    Name(String),
    Id(u64),
}

impl Labels {
    fn names(self) -> Result<Vec<String>, Problem> {
        match self {
            Self::One(text) => labels::of_text(&text),
            Self::Id(id) => Ok(vec![id.to_string()]),
            Self::Several(several) if are_flags(&several) => {
                Err("labels: has a 0 or 1 for each label; write those that hold, by their names"
                    .into())
            }
            Self::Several(several) => {
                let name = |label| match label {
                    Label::Name(name) => name,
                    Label::Id(id) => id.to_string(),
                };
                let names = several.into_iter().map(|label| name(label).trim().to_owned());
                labels::checked(names.collect())
            }
        }
    }
}

/// Whether labels are a list of 0 and 1, of which one is there several times: ids are there once.
fn are_flags(labels: &[Label]) -> bool {
    labels.len() > 2 && labels.iter().all(|label| matches!(label, Label::Id(0 | 1)))
}

/// The id of the text at this place; the place itself where it has none.
pub(super) fn id_of(id: Option<Value>, place: usize) -> Result<String, Problem> {
    match id {
        None => Ok(place.to_string()),
        Some(Value::String(id)) => Ok(id),
        Some(Value::Number(id)) if !id.is_f64() => Ok(id.to_string()),
        Some(_) => Err("id: should be a text, or a whole number of at most 19 digits".into()),
    }
}

/// Reads texts with labels as objects.
pub(super) fn read_objects(path: &Path) -> Result<Found> {
    let file = open_data(path)?;
    let objects = Objects::new(file, path, "text").map_err(|broken| broken.of(path))?;
    let (mut items, mut left_out) = (Vec::new(), Omissions::default());
    for object in objects {
        let (item, others) = in_object(path, object, |raw: RawItem, place| {
            let item = item(id_of(raw.id, place)?, &raw.text, raw.labels.names()?)?;
            Ok((item, raw.others))
        })?;
        items.push(item);
        for name in others.keys() {
            left_out.add_named(Omission::OtherField, name, 1);
        }
    }
    Ok(Found { items, labels: None, left_out })
}

/// What `make` makes of an object and its place, an error with where it stands.
pub(super) fn in_object<R: DeserializeOwned, T>(
    path: &Path,
    object: Result<Object, Broken>,
    make: impl FnOnce(R, usize) -> Result<T, Problem>,
) -> Result<T> {
    let object = object.map_err(|broken| broken.of(path))?;
    let parsed = parse::<R>(object.bytes());
    let parsed = parsed.map_err(|problem| other_tool(object.bytes()).unwrap_or(problem));
    let made = parsed.and_then(|raw| make(raw, object.index));
    made.map_err(|problem| Error::file(path, format!("{}, {problem}", object.place())))
}
