//! Facts with the names that people know, as they go out in JSON.

use serde::{Deserialize, Serialize};

use crate::document::{Document, Entity, Fact, Mention, RelationSet};

/// The facts of a document with the names of entities and relations.
///
/// ```
/// use docre::document::{Document, Entity, Fact, Mention, RelationSet};
/// use docre::output::DocumentFacts;
///
/// let entity = |name: &str, token: usize, kind: &str| {
///     Entity::new([Mention::new(name, 0, token..token + 1).of_kind(kind)])
/// };
/// let document = Document {
///     entities: vec![entity("Anna", 0, "PER"), entity("Oslo", 2, "LOC")],
///     ..Document::new("Note", vec![["Anna", "in", "Oslo"].map(String::from).to_vec()])
/// };
/// let lives_in =
///     Fact { head: 0, relation: "P551".into(), tail: 1, evidence: vec![0], score: Some(0.5) };
///
/// let relations = RelationSet::new(["P551"]).unwrap();
/// let facts = DocumentFacts::new(&document, &[lives_in], &relations);
/// assert_eq!(serde_json::to_value(&facts).unwrap(), serde_json::json!({
///     "title": "Note",
///     "entities": [
///         {"name": "Anna", "type": "PER", "mentions": [{"text": "Anna", "sentence": 0}]},
///         {"name": "Oslo", "type": "LOC", "mentions": [{"text": "Oslo", "sentence": 0}]},
///     ],
///     "facts": [{
///         "head": {"index": 0, "name": "Anna", "type": "PER"},
///         "relation": {"id": "P551", "name": "P551"},
///         "tail": {"index": 1, "name": "Oslo", "type": "LOC"},
///         "score": 0.5,
///         "evidence": [0],
///     }],
/// }));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// The document's title.
    pub title: String,
    /// The characters of each sentence from and to, where the text is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentences: Option<Vec<[usize; 2]>>,
    /// The entities, to whose places facts refer.
    pub entities: Vec<NamedEntity>,
    /// The facts, in the order given.
    pub facts: Vec<NamedFact>,
}

/// An entity with all its mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedEntity {
    /// The name of the first mention.
    pub name: String,
    /// The entity type; empty where the data gives none. `type` in JSON.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a knowledge base calls it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it is mentioned.
    pub mentions: Vec<NamedMention>,
}

/// A mention as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMention {
    /// What stands there.
    pub text: String,
    /// The sentence, from 0.
    pub sentence: usize,
    /// The characters of the document's text from and to, where the text is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
}

/// A fact with names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedFact {
    /// The head entity.
    pub head: EntityName,
    /// The relation.
    pub relation: RelationName,
    /// The tail entity.
    pub tail: EntityName,
    /// How sure the model is, in (0, 1); `null` in JSON where it said nothing.
    pub score: Option<f32>,
    /// The sentences that support the fact, from 0.
    pub evidence: Vec<usize>,
}

/// A text with the labels that a model gives it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextLabels {
    /// The text's id.
    pub id: String,
    /// The labels, the surest first.
    pub labels: Vec<ScoredLabel>,
}

/// A label of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoredLabel {
    /// Its name.
    pub label: String,
    /// How sure the model is, in (0, 1).
    pub score: Option<f32>,
}

impl TextLabels {
    /// The labels of a text, which are facts about itself
    /// ([`Input::Texts`](crate::corpus::Input::Texts)).
    pub fn new(document: &Document, facts: &[Fact], relations: &RelationSet) -> Self {
        let label = |fact: &Fact| ScoredLabel {
            label: relations.name(&fact.relation).to_owned(),
            score: fact.score,
        };
        let mut labels: Vec<_> = facts.iter().map(label).collect();
        labels.sort_by(|a, b| b.score.partial_cmp(&a.score).expect("scores are numbers"));
        Self { id: document.title.clone(), labels }
    }
}

/// An entity by place, name and type, and where it is mentioned first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityName {
    /// The place in the document's entities.
    pub index: usize,
    /// The name of the first mention; a stand-in where the document has no such entity.
    pub name: String,
    /// The entity type; empty where the data gives none. `type` in JSON.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a knowledge base calls it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The characters of its first mention from and to, where the document's text is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
}

/// A relation by identifier and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationName {
    /// The identifier (`P27`).
    pub id: String,
    /// The name (`country of citizenship`); the identifier where none is known.
    pub name: String,
}

impl DocumentFacts {
    /// Names the facts of a document.
    pub fn new(document: &Document, facts: &[Fact], relations: &RelationSet) -> Self {
        let facts = facts.iter().map(|fact| NamedFact::new(document, fact, relations)).collect();
        let entity = |entity| NamedEntity::new(document, entity);
        let entities = document.entities.iter().map(entity).collect();
        let sentences = document.text.as_ref().map(|text| {
            let span =
                |sentence: usize| text.span(sentence, &(0..document.sentences[sentence].len()));
            (0..document.sentences.len()).map(span).map(|span| [span.start, span.end]).collect()
        });
        Self { title: document.title.clone(), sentences, entities, facts }
    }
}

impl NamedFact {
    /// Names a fact of a document.
    pub fn new(document: &Document, fact: &Fact, relations: &RelationSet) -> Self {
        Self {
            head: EntityName::new(document, fact.head),
            relation: RelationName {
                id: fact.relation.clone(),
                name: relations.name(&fact.relation).to_owned(),
            },
            tail: EntityName::new(document, fact.tail),
            score: fact.score,
            evidence: fact.evidence.clone(),
        }
    }
}

impl EntityName {
    /// Names an entity of a document. Results of another program may point past
    /// its entities, so that is no mistake here.
    pub fn new(document: &Document, index: usize) -> Self {
        let Some(entity) = document.entities.get(index) else {
            let name = format!("(no entity {index})");
            return Self { index, name, kind: String::new(), id: None, span: None };
        };
        let span = entity.mentions.first().and_then(|mention| span(document, mention));
        let (name, kind) = (entity.name().to_owned(), entity.kind().to_owned());
        Self { index, name, kind, id: entity.id.clone(), span }
    }
}

impl NamedEntity {
    /// Names an entity of a document.
    pub fn new(document: &Document, entity: &Entity) -> Self {
        let mention = |mention: &Mention| NamedMention {
            text: document.surface(mention).into_owned(),
            sentence: mention.sentence,
            span: span(document, mention),
        };
        Self {
            name: entity.name().to_owned(),
            kind: entity.kind().to_owned(),
            id: entity.id.clone(),
            mentions: entity.mentions.iter().map(mention).collect(),
        }
    }
}

fn span(document: &Document, mention: &Mention) -> Option<[usize; 2]> {
    document.span(mention).map(|span| [span.start, span.end])
}
