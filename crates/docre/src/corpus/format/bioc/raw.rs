//! A document as a file of BioC gives it.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(expecting = "a document of BioC")]
pub struct Raw {
    pub id: Value,
    #[serde(default)]
    pub infons: Map<String, Value>,
    pub passages: Vec<Passage>,
    #[serde(default)]
    pub annotations: Vec<Annotation>,
    #[serde(default)]
    pub relations: Vec<Relation>,
}

#[derive(Deserialize)]
#[serde(expecting = "a passage")]
pub struct Passage {
    #[serde(default)]
    pub offset: usize,
    #[serde(default)]
    pub infons: Map<String, Value>,
    pub text: Option<String>,
    #[serde(default)]
    pub sentences: Vec<Passage>,
    #[serde(default)]
    pub annotations: Vec<Annotation>,
    #[serde(default)]
    pub relations: Vec<Relation>,
}

#[derive(Deserialize)]
#[serde(expecting = "an annotation")]
pub struct Annotation {
    #[serde(default)]
    pub id: Value,
    #[serde(default)]
    pub infons: Map<String, Value>,
    pub text: Option<String>,
    pub locations: Vec<Location>,
}

#[derive(Deserialize)]
#[serde(expecting = "a location")]
pub struct Location {
    pub offset: usize,
    pub length: usize,
}

#[derive(Deserialize)]
#[serde(expecting = "a relation")]
pub struct Relation {
    #[serde(default)]
    pub infons: Map<String, Value>,
    #[serde(default)]
    pub nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(expecting = "a node")]
pub struct Node {
    pub refid: Value,
}

/// A text or number as a text; anything else is empty.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
