//! A document as a graph takes it: what it names, and what it says.

use serde::{Deserialize, Serialize};

use crate::document::{Document, Fact, RelationSet};
use crate::output::graph::Evidence;
use crate::output::{DocumentFacts, NamedEntity, NamedFact, RelationName};

/// A document's entities and facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GraphDocument {
    /// The title.
    pub title: String,
    /// The entities, to whose places facts refer.
    pub entities: Vec<NamedEntity>,
    /// The facts.
    pub facts: Vec<GraphFact>,
}

/// A fact between two entities of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GraphFact {
    /// The head entity, a place in [`GraphDocument::entities`].
    pub head: usize,
    /// The relation.
    pub relation: RelationName,
    /// The tail entity, a place in [`GraphDocument::entities`].
    pub tail: usize,
    /// How sure the model was, in [0, 1]; `None` for labelled facts.
    pub score: Option<f32>,
    /// The sentences that it rests on.
    pub evidence: Vec<Evidence>,
}

impl GraphDocument {
    /// A document with these facts; relations have the names of this set.
    pub fn new(document: &Document, facts: &[Fact], relations: &RelationSet) -> Self {
        let DocumentFacts { title, entities, facts, .. } =
            DocumentFacts::new(document, facts, relations);
        let fact = |fact: NamedFact| GraphFact {
            head: fact.head.index,
            tail: fact.tail.index,
            relation: fact.relation,
            score: fact.score,
            evidence: Evidence::of(document, &fact.evidence),
        };
        Self { title, entities, facts: facts.into_iter().map(fact).collect() }
    }

    /// A line that docre wrote of a document's facts, as a JSON object with names. Of evidence it
    /// has the places, and not the text.
    pub fn from_json(line: &str) -> Result<Self, String> {
        let facts: DocumentFacts = serde_json::from_str(line).map_err(|error| {
            format!("isn't a document with facts, as docre writes it in JSON: {error}")
        })?;
        let DocumentFacts { title, sentences, entities, facts } = facts;
        let evidence = |sentence: usize| {
            let span = sentences.as_ref().and_then(|spans| spans.get(sentence).copied());
            Evidence { sentence, text: String::new(), span }
        };
        let fact = |fact: NamedFact| GraphFact {
            head: fact.head.index,
            tail: fact.tail.index,
            relation: fact.relation,
            score: fact.score,
            evidence: fact.evidence.into_iter().map(evidence).collect(),
        };
        let document = Self { title, entities, facts: facts.into_iter().map(fact).collect() };
        document.check()?;
        Ok(document)
    }

    /// Refuses facts of entities that aren't there, and impossible scores.
    pub(super) fn check(&self) -> Result<(), String> {
        let count = self.entities.len();
        for (number, fact) in self.facts.iter().enumerate() {
            if fact.head.max(fact.tail) >= count {
                let missing = fact.head.max(fact.tail);
                return Err(format!(
                    "fact {number}: entity {missing} does not exist (the document has {count} entities)"
                ));
            }
            if fact.score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
                return Err(format!("fact {number}: a score is a number from 0 to 1"));
            }
        }
        match self.entities.iter().position(|entity| entity.mentions.is_empty()) {
            Some(entity) => Err(format!("entity {entity} has no mention")),
            None => Ok(()),
        }
    }
}
