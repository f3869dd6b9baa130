//! A file of documents in two parts.

use std::{fs, path::Path};

use serde_json::Value;

use super::Division;
use crate::{Error, Result, files};

/// Writes both parts, and returns their names. A part that
/// is there already stays as it is.
pub(super) fn divide(division: &Division, folder: &Path) -> Result<Vec<&'static str>> {
    let path = folder.join(division.of);
    let text = fs::read_to_string(&path).map_err(Error::io(&path, "read"))?;
    let documents: Vec<Value> = serde_json::from_str(&text)
        .map_err(|error| Error::file(&path, format!("is no JSON list: {error}")))?;
    let (places, name) = division.chosen;
    let is_chosen = |place: &usize| places.contains(place);
    let (chosen, rest): (Vec<_>, Vec<_>) = (0..documents.len()).partition(is_chosen);
    let mut written = Vec::new();
    for (places, name) in [(chosen, name), (rest, division.rest)] {
        let target = folder.join(name);
        if !target.exists() {
            let part: Vec<_> = places.into_iter().map(|place| &documents[place]).collect();
            let part = serde_json::to_vec(&part).expect("what was JSON is JSON");
            files::write_atomically(&target, |file| file.write_all(&part))?;
            written.push(name);
        }
    }
    Ok(written)
}
