//! Files that name relations, and the relations of documents that come without one.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::parse::parse_alone;
use crate::document::{Document, RelationSet, RelationSetError};
use crate::files::write_atomically;
use crate::{Error, Result, inputs};

/// Reads the field's `rel2id.json`, an object from identifiers to columns.
///
/// The relations have to fill the columns 1 to n. The identifier at column 0,
/// where there is one, is that of the none class.
pub fn read_rel2id(path: impl AsRef<Path>) -> Result<RelationSet> {
    let path = path.as_ref();
    let columns: Members<usize> = read_json(path)?;
    in_columns(columns.0).map_err(|problem| Error::file(path, problem))
}

/// Reads the field's `rel_info.json`, an object from identifiers to names for people.
pub fn read_names(path: impl AsRef<Path>) -> Result<HashMap<String, String>> {
    let names: Members<String> = read_json(path.as_ref())?;
    Ok(names.0.into_iter().collect())
}

/// The relations that the facts of some documents name, in natural order (P6 before P17).
pub fn infer<D: Borrow<Document>>(
    documents: impl IntoIterator<Item = D>,
) -> Result<RelationSet, RelationSetError> {
    let mut known = HashSet::new();
    for document in documents {
        for fact in document.borrow().labelled_facts() {
            if !known.contains(&fact.relation) {
                known.insert(fact.relation.clone());
            }
        }
    }
    in_natural_order(known)
}

/// The set of these relations, each given once, in natural order.
pub fn in_natural_order(
    ids: impl IntoIterator<Item = String>,
) -> Result<RelationSet, RelationSetError> {
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort_by(|a, b| natural_order(a, b));
    RelationSet::new(ids)
}

/// Refuses a document with a fact whose relation isn't in the set. `path` and
/// `index` say where the document stands.
pub fn check_known(
    path: impl AsRef<Path>,
    index: usize,
    document: &Document,
    relations: &RelationSet,
) -> Result<()> {
    let facts = document.labelled_facts();
    match facts.iter().find(|fact| relations.column(&fact.relation).is_none()) {
        None => Ok(()),
        Some(fact) => Err(Error::Document {
            path: path.as_ref().to_path_buf(),
            index,
            title: document.title.clone(),
            problem: format!(
                "the fact from entity {} to entity {}: relation \"{}\" is not one of the {} known",
                fact.head,
                fact.tail,
                fact.relation,
                relations.relations().len()
            ),
        }),
    }
}

/// Refuses relations, those of the file `path`, that lack one of these, and names the first.
pub fn check_complete<'a>(
    path: impl AsRef<Path>,
    relations: &RelationSet,
    used: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let lacking = used.into_iter().filter(|id| relations.column(id).is_none());
    match lacking.min_by(|a, b| natural_order(a, b)) {
        None => Ok(()),
        Some(id) => {
            let problem = format!(
                "lacks relation \"{id}\" of the documents or predictions, which would go \
                 uncounted; name a file with all relations, or leave it out"
            );
            Err(Error::file(path, problem))
        }
    }
}

/// Writes `relations.json`: identifiers and names in column order.
pub fn save(path: impl AsRef<Path>, relations: &RelationSet) -> Result<()> {
    let relation = |relation: &crate::document::Relation| SavedRelation {
        id: relation.id.clone(),
        name: relation.name.clone(),
    };
    let saved = Saved {
        none_id: relations.none_id().into(),
        relations: relations.relations().iter().map(relation).collect(),
    };
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, &saved)?;
        writeln!(file)
    })
}

/// Reads what [`save`] wrote.
pub fn load(path: impl AsRef<Path>) -> Result<RelationSet> {
    let path = path.as_ref();
    let saved: Saved = read_json(path)?;
    if saved.relations.iter().any(|relation| relation.id == saved.none_id) {
        let problem = format!("\"{}\" is both a relation and the none class", saved.none_id);
        return Err(Error::file(path, problem));
    }
    let ids = saved.relations.iter().map(|relation| relation.id.as_str());
    let set = RelationSet::new(ids).map_err(|error| Error::file(path, error.to_string()))?;
    let names = saved.relations.into_iter().map(|relation| (relation.id, relation.name)).collect();
    Ok(set.with_names(&names).with_none_id(saved.none_id))
}

/// The form of `relations.json`.
#[derive(Serialize, Deserialize)]
#[serde(expecting = "a set of relations")]
struct Saved {
    none_id: String,
    relations: Vec<SavedRelation>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a relation")]
struct SavedRelation {
    id: String,
    name: String,
}

/// Puts P6 before P17: by what stands before the first digit, then by number.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    fn parts(id: &str) -> (&str, Option<u64>) {
        let (prefix, number) =
            id.split_at(id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len()));
        (prefix, number.parse().ok())
    }
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

/// Whether a name says that there is no relation.
fn is_none_name(id: &str) -> bool {
    let plain = |c: &char| c.is_alphanumeric();
    let name: String = id.chars().filter(plain).flat_map(char::to_lowercase).collect();
    let names = ["na", "none", "norelation", "null", "nil", "other", "th", "nota", "unanswerable"];
    names.contains(&name.as_str()) || name.is_empty()
}

/// Whether a name can mean nothing else. "Other" may be a relation.
fn says_none(id: &str) -> bool {
    let plain = |c: &char| c.is_alphanumeric();
    let name: String = id.chars().filter(plain).flat_map(char::to_lowercase).collect();
    ["na", "none", "norelation", "null", "nil", "nota"].contains(&name.as_str())
}

/// Columns to relations, where they are 0 or 1 to n, each once.
fn in_columns(columns: Vec<(String, usize)>) -> Result<RelationSet, String> {
    let mut by_column = BTreeMap::new();
    for (id, column) in columns {
        if let Some(other) = by_column.insert(column, id.clone()) {
            return Err(format!("\"{other}\" and \"{id}\" both have column {column}"));
        }
    }
    let none_id = by_column.remove(&RelationSet::NONE);
    if let Some(id) = none_id.as_ref().filter(|id| !is_none_name(id)) {
        return Err(format!(
            "\"{id}\" has column 0, which is that of the none class; a relation starts at 1, and the \
             none class is called \"{}\" (or NA, none, no_relation and the like)",
            RelationSet::NONE_ID
        ));
    }
    if let (Some(none), Some((column, id))) =
        (&none_id, by_column.iter().find(|(_, id)| says_none(id)))
    {
        return Err(format!(
            "\"{id}\" has column {column}, but it says that there is no relation, as \"{none}\" does, \
             which has column 0; leave it out, or give it another name if it is a relation"
        ));
    }
    for (expected, (column, id)) in (1..).zip(&by_column) {
        if *column != expected {
            return Err(format!(
                "\"{id}\" has column {column}, but no relation has column {expected}"
            ));
        }
    }
    let set = RelationSet::new(by_column.into_values()).map_err(|error| error.to_string())?;
    Ok(match none_id {
        Some(id) => set.with_none_id(id),
        None => set,
    })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = inputs::read_settings(path)?;
    if text.trim().is_empty() {
        return Err(Error::file(path, "is empty; it should be a JSON object of relations"));
    }
    parse_alone(&text).map_err(|problem| Error::file(path, problem))
}

/// The members of a JSON object, each name once (a map would keep the last of two).
struct Members<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Collect<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Collect<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object from relation identifiers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut known = HashSet::new();
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    if name.trim().is_empty() {
                        return Err(serde::de::Error::custom("a relation has no identifier"));
                    }
                    if !known.insert(name.clone()) {
                        let problem = format!("relation \"{name}\" is given twice");
                        return Err(serde::de::Error::custom(problem));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        input.deserialize_map(Collect(std::marker::PhantomData))
    }
}
