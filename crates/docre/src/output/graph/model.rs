//! Nodes and edges, as every form of graphs gets them.

use serde::{Deserialize, Serialize};

use crate::output::RelationName;

/// How a graph names an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeName {
    /// What tells it from every other node: letters, digits and `-_.~%/` alone.
    pub key: String,
    /// The name for people.
    pub name: String,
    /// The entity type; empty where none is known. `type` in JSON.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a knowledge base calls it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// An entity, with each place that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphNode {
    /// How it is named.
    #[serde(flatten)]
    pub name: NodeName,
    /// Where it is mentioned, by document.
    pub mentions: Vec<GraphMention>,
}

/// A place in a document that names an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphMention {
    /// The document's title.
    pub document: String,
    /// What stands there.
    pub text: String,
    /// The sentence, from 0.
    pub sentence: usize,
    /// The characters of the document's text from and to, where the text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
}

/// A fact, with each document that says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GraphEdge {
    /// The head entity.
    pub head: NodeName,
    /// The relation.
    pub relation: RelationName,
    /// The tail entity.
    pub tail: NodeName,
    /// How sure it is, in (0, 1), all supports together; `None` where none of them has a score.
    pub score: Option<f32>,
    /// The documents that say it, never empty.
    pub supports: Vec<Support>,
}

/// A document that says a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Support {
    /// The document's title.
    pub document: String,
    /// How sure the model was, in (0, 1); `None` for labelled facts.
    pub score: Option<f32>,
    /// The characters of the head's first mention from and to, where the text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<[usize; 2]>,
    /// The same of the tail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<[usize; 2]>,
    /// The sentences that it rests on.
    pub evidence: Vec<Evidence>,
}

/// A sentence that a fact rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its number in the document, from 0.
    pub sentence: usize,
    /// What is written there; empty where that isn't known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The characters of the document's text from and to, where the text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
}

impl GraphNode {
    /// The names that it is mentioned by and that aren't its first name, each once.
    pub fn other_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for mention in &self.mentions {
            if mention.text != self.name.name && !names.contains(&mention.text.as_str()) {
                names.push(&mention.text);
            }
        }
        names
    }
}
