//! The models that are served: loaded once, and replaced as a whole.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use docre::{
    Document, Error, Extractor, Fact, Result,
    corpus::Input,
    document::RelationTypes,
    model::{self, BUILT_IN, Compute, FinderConfig},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::errors::ApiError;

/// Where a model is, and what clients call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSource {
    /// Its name in requests.
    pub name: String,
    /// Its folder, or the name of the model that comes with docre.
    pub folder: PathBuf,
}

impl Default for ModelSource {
    fn default() -> Self {
        Self { name: BUILT_IN.into(), folder: BUILT_IN.into() }
    }
}

impl FromStr for ModelSource {
    type Err = String;

    /// `NAME=FOLDER`, or a folder, which has the name of a run if it is `NAME/model`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, folder) = match text.split_once('=') {
            Some((name, folder)) if !name.contains(['/', '\\']) => (name.to_owned(), folder),
            _ => (name_of(Path::new(text)), text),
        };
        if name.is_empty() || folder.is_empty() {
            return Err("should be a model's folder, or NAME=FOLDER".into());
        }
        Ok(Self { name, folder: folder.into() })
    }
}

fn name_of(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let parent = || folder.parent().and_then(name);
    let own = name(folder).unwrap_or_default();
    if own == "model" { parent().unwrap_or(own) } else { own }
}

/// A model that answers requests.
#[derive(Debug)]
pub struct ServedModel {
    /// Its name in requests.
    pub name: String,
    /// The model. It finds facts between any types of entities.
    pub extractor: Extractor,
    /// What it reads.
    pub input: Input,
    /// Between which types its relations may hold, if it finds entities.
    learned: Option<FinderConfig>,
    card: Option<String>,
}

impl ServedModel {
    fn load(source: &ModelSource, compute: &Compute) -> Result<Self> {
        let mut extractor = compute.load(&source.folder)?;
        let learned = extractor.config.finder.clone();
        // Requests say whether these count, and all of them share batches.
        if let Some(finder) = &mut extractor.config.finder {
            finder.types = RelationTypes::default();
        }
        let (name, input) = (source.name.clone(), extractor.input());
        if input == Input::ArgumentPairs {
            let problem = "reads dialogues, which the service doesn't take; use docre extract";
            return Err(Error::unsupported(&source.folder, problem));
        }
        Ok(Self { name, extractor, input, learned, card: model::card(&source.folder) })
    }

    /// Leaves out facts between types that their relations were never seen between.
    pub fn keep_learned(&self, document: &Document, facts: &mut Vec<Fact>) {
        if let Some(finder) = &self.learned {
            finder.keep_possible(document, &self.extractor.config.scope, facts);
        }
    }

    /// Refuses a document without entities if the model finds none.
    pub fn check(&self, document: &Document) -> Result<(), ApiError> {
        let needs = self.input == Input::Documents && !self.extractor.finds_entities();
        if !needs || !document.entities.is_empty() {
            return Ok(());
        }
        let problem = format!(
            "model \"{}\" finds no entities, and the document has none; send documents with their \
             entities to /v1/documents, or name another model",
            self.name
        );
        Err(ApiError::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "unsupported", problem))
    }

    /// The identifiers of relations that are given by identifier or name.
    pub fn relation_ids(&self, asked: &[String]) -> Result<HashSet<String>, ApiError> {
        let known = self.extractor.relations.relations();
        let id = |asked: &String| {
            let found =
                known.iter().find(|relation| relation.id == *asked || relation.name == *asked);
            found.map(|relation| relation.id.clone()).ok_or_else(|| {
                let asked: String = asked.chars().take(80).collect();
                let problem = format!(
                    "options.relations: model \"{}\" knows no relation \"{asked}\"; /v1/models lists \
                     those that it knows",
                    self.name
                );
                ApiError::new(axum::http::StatusCode::BAD_REQUEST, "bad_setting", problem)
            })
        };
        asked.iter().map(id).collect()
    }

    fn describe(&self, is_default: bool) -> ModelDescription {
        let relations = self.extractor.relations.relations().iter();
        let relation = |relation: &docre::document::Relation| RelationDescription {
            id: relation.id.clone(),
            name: relation.name.clone(),
        };
        ModelDescription {
            name: self.name.clone(),
            relations: relations.map(relation).collect(),
            types: self.learned.as_ref().map(|finder| finder.kinds.clone()).unwrap_or_default(),
            finds_entities: self.extractor.finds_entities(),
            card: self.card.clone(),
            default: is_default,
        }
    }
}

/// A model, as clients read of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelDescription {
    /// Its name in requests.
    #[schema(example = "docre-small")]
    pub name: String,
    /// The relations, or labels, that it knows.
    pub relations: Vec<RelationDescription>,
    /// The types of the entities that it finds.
    pub types: Vec<String>,
    /// Whether it finds the entities of plain texts.
    pub finds_entities: bool,
    /// The model card, in Markdown.
    pub card: Option<String>,
    /// Whether it answers requests that name no model.
    pub default: bool,
}

/// A relation by identifier and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelationDescription {
    /// The identifier.
    #[schema(example = "P19")]
    pub id: String,
    /// The name.
    #[schema(example = "place of birth")]
    pub name: String,
}

/// The models, the first of which answers where none is named.
#[derive(Debug)]
pub struct ModelSet(Vec<Arc<ServedModel>>);

impl ModelSet {
    /// Loads all of them.
    ///
    /// # Errors
    ///
    /// Of the first that can't be loaded, and if two have one name.
    pub fn load(sources: &[ModelSource], compute: &Compute) -> Result<Self> {
        let mut names = HashSet::new();
        if let Some(twice) = sources.iter().find(|source| !names.insert(&source.name)) {
            let problem = format!("two are called \"{}\"; give names by NAME=FOLDER", twice.name);
            return Err(Error::setting("model", problem));
        }
        let load = |source| ServedModel::load(source, compute).map(Arc::new);
        sources.iter().map(load).collect::<Result<_>>().map(Self)
    }

    /// The model of this name, or the first.
    pub fn named(&self, name: Option<&str>) -> Result<Arc<ServedModel>, ApiError> {
        let named = |name: &str| self.0.iter().find(|model| model.name == name).cloned();
        let Some(name) = name else { return Ok(self.0[0].clone()) };
        named(name).ok_or_else(|| {
            let names: Vec<_> = self.0.iter().map(|model| model.name.as_str()).collect();
            let name: String = name.chars().take(80).collect();
            let problem = format!("there is no model \"{name}\"; there are {}", names.join(", "));
            ApiError::new(axum::http::StatusCode::NOT_FOUND, "not_found", problem)
        })
    }

    /// All of them for clients.
    pub fn describe(&self) -> Vec<ModelDescription> {
        self.0.iter().enumerate().map(|(place, model)| model.describe(place == 0)).collect()
    }

    /// Their names.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|model| model.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_called_as_said_or_as_its_run() {
        let parsed = |text: &str| text.parse::<ModelSource>().map(|source| source.name);
        assert_eq!(parsed("mine=runs/x/model").unwrap(), "mine");
        assert_eq!(parsed("runs/x/model").unwrap(), "x");
        assert_eq!(parsed("runs/a=b").unwrap(), "a=b");
        assert_eq!(parsed("docre-small").unwrap(), "docre-small");
        assert!(parsed("mine=").is_err());
    }
}
