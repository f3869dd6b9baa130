//! What clients ask for.

use std::{collections::HashSet, sync::Arc};

use docre::{Document, Extracted, corpus::Input};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    documents,
    errors::ApiError,
    limits::Limits,
    models::{ModelSet, ServedModel},
};

/// The body of `POST /v1/extract`: `text`, `texts` or `documents`, and how they are read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with text, texts or documents")]
#[schema(example = json!({
    "text": "Ingrid Solberg was born in Bergen.",
    "options": {"min_score": 0.2}
}))]
pub struct ExtractRequest {
    /// One text.
    pub text: Option<String>,
    /// The title of the one text.
    pub title: Option<String>,
    /// Many texts.
    pub texts: Option<Vec<TextItem>>,
    /// Many documents of one of docre's JSON formats.
    #[schema(value_type = Option<Vec<Object>>)]
    pub documents: Option<Vec<Value>>,
    /// The name of a model; the first one where it is missing.
    pub model: Option<String>,
    /// How facts are extracted.
    #[serde(default)]
    pub options: Options,
}

/// One of many texts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a text, or an object with text and title")]
pub enum TextItem {
    /// The text alone.
    Text(String),
    /// The text with a title.
    Titled {
        /// The text.
        text: String,
        /// Its title.
        title: Option<String>,
    },
}

/// How facts are extracted.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with options")]
pub struct Options {
    /// Leaves out facts with a lower score, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub min_score: Option<f32>,
    /// Only these relations, by identifier or name.
    pub relations: Option<Vec<String>>,
    /// Between which types of entities that are found relations may hold.
    pub types: Types,
    /// Whether facts name the sentences that they rest on; `true` where it is missing.
    pub evidence: Option<bool>,
    /// Whether the entities of documents are found anew.
    pub find_entities: bool,
}

/// Between which types of entities that are found relations may hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Types {
    /// Those that the training documents have them between.
    #[default]
    Learned,
    /// Any.
    Any,
}

/// The query of `POST /v1/documents`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DocumentsQuery {
    /// The name of a model; the first one where it is missing.
    pub model: Option<String>,
    /// Leaves out facts with a lower score, from 0 to 1.
    pub min_score: Option<f32>,
    /// Only these relations, by identifier or name, with commas between.
    pub relations: Option<String>,
    /// `learned` or `any`.
    #[param(inline)]
    pub types: Types,
    /// Whether facts name the sentences that they rest on.
    pub evidence: Option<bool>,
    /// Whether the entities are found anew.
    pub find_entities: bool,
}

/// A request that was read: what goes through the model, and what is kept of what it finds.
pub struct Asked {
    /// The model.
    pub model: Arc<ServedModel>,
    /// The documents, or why one can't be read.
    pub documents: Vec<Result<Document, ApiError>>,
    /// Whether the answer is one object.
    pub is_one: bool,
    /// What is kept.
    pub keep: Keep,
}

/// What is kept of the facts that are found.
#[derive(Debug, Clone)]
pub struct Keep {
    min_score: Option<f32>,
    relations: Option<HashSet<String>>,
    types: Types,
    evidence: bool,
}

impl ExtractRequest {
    /// Reads the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_request(format!("the body isn't as described: {error}")))
    }

    /// Reads the texts or documents.
    pub fn read(self, models: &ModelSet, limits: &Limits) -> Result<Asked, ApiError> {
        let model = models.named(self.model.as_deref())?;
        let keep = self.options.keep(&model)?;
        let given = [self.text.is_some(), self.texts.is_some(), self.documents.is_some()];
        if given.into_iter().filter(|is_given| *is_given).count() != 1 {
            let problem = "give one of text, texts and documents, and no two of them";
            return Err(ApiError::bad_request(problem));
        }
        if self.title.is_some() && self.text.is_none() {
            return Err(ApiError::bad_request("title belongs to text; give each of texts its own"));
        }
        let is_one = self.text.is_some();
        let documents = if let Some(text) = self.text {
            vec![of_text(&model.input, self.title.as_deref().unwrap_or("text"), &text)]
        } else if let Some(texts) = self.texts {
            limits.check_count(texts.len())?;
            (0..).zip(&texts).map(|(place, item)| item.document(place, &model.input)).collect()
        } else {
            let given = self.documents.unwrap_or_default();
            limits.check_count(given.len())?;
            documents::of_json(&given)
        };
        let asked = Asked { model, documents, is_one, keep };
        asked.checked(self.options.find_entities, limits)
    }
}

impl TextItem {
    fn document(&self, place: usize, input: &Input) -> Result<Document, ApiError> {
        let (text, title) = match self {
            Self::Text(text) => (text, None),
            Self::Titled { text, title } => (text, title.as_deref()),
        };
        match title {
            Some(title) => of_text(input, title, text),
            None => of_text(input, &format!("text {place}"), text),
        }
    }
}

fn of_text(input: &Input, title: &str, text: &str) -> Result<Document, ApiError> {
    input.document(title, text).map_err(ApiError::from)
}

impl DocumentsQuery {
    /// Reads a file of documents.
    pub fn read(
        self,
        body: Vec<u8>,
        models: &ModelSet,
        limits: &Limits,
    ) -> Result<Asked, ApiError> {
        let model = models.named(self.model.as_deref())?;
        let relations = self.relations.map(|text| text.split(',').map(str::to_owned).collect());
        let options = Options {
            min_score: self.min_score,
            relations,
            types: self.types,
            evidence: self.evidence,
            find_entities: self.find_entities,
        };
        let keep = options.keep(&model)?;
        let documents = documents::of_file(body, limits)?;
        let asked = Asked { model, documents, is_one: false, keep };
        asked.checked(options.find_entities, limits)
    }
}

impl Options {
    fn keep(&self, model: &ServedModel) -> Result<Keep, ApiError> {
        if let Some(score) = self.min_score
            && !(0.0..=1.0).contains(&score)
        {
            let problem = format!("options.min_score: is {score}, and a score is from 0 to 1");
            let status = axum::http::StatusCode::BAD_REQUEST;
            return Err(ApiError::new(status, "bad_setting", problem));
        }
        let relations = self.relations.as_ref().map(|asked| model.relation_ids(asked));
        Ok(Keep {
            min_score: self.min_score,
            relations: relations.transpose()?,
            types: self.types,
            evidence: self.evidence.unwrap_or(true),
        })
    }
}

impl Asked {
    /// The same with documents that are within the limits and fit the model, and errors in the
    /// place of others. An error of the one text is that of the request.
    fn checked(mut self, find_entities: bool, limits: &Limits) -> Result<Self, ApiError> {
        for document in &mut self.documents {
            if let Ok(found) = document {
                if find_entities {
                    (found.entities, found.facts, found.labelled_pairs) = Default::default();
                }
                if let Err(error) = limits.check(found).and_then(|()| self.model.check(found)) {
                    *document = Err(error);
                }
            }
        }
        match self.documents.first() {
            Some(Err(error)) if self.is_one => Err(error.clone()),
            _ => Ok(self),
        }
    }
}

impl Keep {
    /// Leaves out what isn't asked for.
    pub fn apply(&self, model: &ServedModel, extracted: &mut Extracted) {
        let Extracted { document, facts, .. } = extracted;
        if self.types == Types::Learned {
            model.keep_learned(document, facts);
        }
        if let Some(least) = self.min_score {
            facts.retain(|fact| fact.score.is_none_or(|score| score >= least));
        }
        if let Some(relations) = &self.relations {
            facts.retain(|fact| relations.contains(&fact.relation));
        }
        if !self.evidence {
            facts.iter_mut().for_each(|fact| fact.evidence.clear());
        }
    }
}
