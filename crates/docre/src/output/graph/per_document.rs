//! Each document's own graph: its entities as nodes, its facts as edges, nothing joined.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::key::escaped;
use super::{Evidence, GraphEdge, GraphMention, GraphNode, GraphWriter, NodeName, Support};
use crate::Result;
use crate::document::{Document, Entity, Fact, RelationSet};
use crate::output::{EntityName, FactWriter, NamedFact};

/// Writes the facts of documents as a graph in which entities of different documents are different
/// nodes.
pub struct PerDocument {
    writer: Box<dyn GraphWriter>,
    relations: RelationSet,
    /// How many documents there were of a title, by its hash: a title alone would take more room.
    titles: HashMap<u64, u32>,
}

impl PerDocument {
    /// Writes to this graph; relations have the names of this set.
    pub fn new(writer: Box<dyn GraphWriter>, relations: RelationSet) -> Self {
        Self { writer, relations, titles: HashMap::new() }
    }

    /// What the graph calls a document: its title, and a number behind it where there was one of
    /// this title before.
    fn name(&mut self, title: &str) -> String {
        let mut hasher = DefaultHasher::new();
        title.hash(&mut hasher);
        let count = self.titles.entry(hasher.finish()).or_default();
        *count += 1;
        match count {
            1 => title.to_owned(),
            _ => format!("{title} ({count})"),
        }
    }
}

impl FactWriter for PerDocument {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        let source = Source { document, name: self.name(&document.title) };
        for (index, entity) in document.entities.iter().enumerate() {
            self.writer.node(&source.node(index, entity))?;
        }
        for fact in facts {
            let named = NamedFact::new(document, fact, &self.relations);
            self.writer.edge(&source.edge(named))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.writer.finish()
    }
}

/// A document, and what the graph calls it.
struct Source<'a> {
    document: &'a Document,
    name: String,
}

impl Source<'_> {
    fn key(&self, entity: usize) -> String {
        format!("{}/{entity}", escaped(&self.name))
    }

    fn node(&self, index: usize, entity: &Entity) -> GraphNode {
        let mention = |mention| GraphMention {
            document: self.name.clone(),
            text: self.document.surface(mention).into_owned(),
            sentence: mention.sentence,
            span: self.document.span(mention).map(|span| [span.start, span.end]),
        };
        let (name, kind) = (entity.name().to_owned(), entity.kind().to_owned());
        GraphNode {
            name: NodeName { key: self.key(index), name, kind, id: entity.id.clone() },
            mentions: entity.mentions.iter().map(mention).collect(),
        }
    }

    fn edge(&self, fact: NamedFact) -> GraphEdge {
        let NamedFact { head, relation, tail, score, evidence } = fact;
        let support = Support {
            document: self.name.clone(),
            score,
            head: head.span,
            tail: tail.span,
            evidence: Evidence::of(self.document, &evidence),
        };
        let name = |entity: EntityName| NodeName {
            key: self.key(entity.index),
            name: entity.name,
            kind: entity.kind,
            id: entity.id,
        };
        GraphEdge { head: name(head), relation, tail: name(tail), score, supports: vec![support] }
    }
}

impl Evidence {
    /// The sentences of these numbers that a document has.
    pub fn of(document: &Document, sentences: &[usize]) -> Vec<Self> {
        let known = sentences.iter().filter(|sentence| **sentence < document.sentences.len());
        let evidence = |&sentence: &usize| {
            let tokens = 0..document.sentences[sentence].len();
            let span = document.text.as_ref().map(|text| text.span(sentence, &tokens));
            Self {
                sentence,
                text: document.sentence(sentence).into_owned(),
                span: span.map(|span| [span.start, span.end]),
            }
        };
        known.map(evidence).collect()
    }
}
