//! Nodes and edges as statements of RDF.
//!
//! | what | as |
//! |---|---|
//! | entity | `BASEentity/KEY`, or Wikidata's IRI where its identifier is one (`Q42`) |
//! | its type and names | `rdf:type BASEtype/TYPE`, `rdfs:label`, `skos:altLabel` |
//! | relation | Wikidata's `http://www.wikidata.org/prop/direct/P27` where the set has it, else `BASErelation/NAME`; `rdfs:label` |
//! | fact | the triple itself, and a statement about it: `docre:score`, `docre:support` |
//! | support | `docre:document`, `docre:score`, `docre:headStart` ..., `docre:evidence` |
//! | mention, evidence | `docre:document`, `docre:sentence`, `docre:text`, `docre:start`, `docre:end` |
//!
//! A statement is an `rdf:Statement` (reification, which every store reads), or it reifies a triple
//! term (`rdf:reifies`, RDF 1.2, which grew from RDF-star).

use std::collections::HashSet;
use std::io;

use oxrdf::vocab::{rdf, rdfs};
use oxrdf::{GraphName, GraphNameRef, Literal, NamedNode, NamedNodeRef, QuadRef, Term, Triple};

use super::key::escaped;
use super::{Evidence, GraphEdge, GraphMention, GraphNode, NodeName, Support};

/// What the words begin with that docre describes facts with.
pub const VOCABULARY: &str = "urn:docre:vocabulary:";

const ALT_LABEL: NamedNodeRef<'_> =
    NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#altLabel");

const WIKIDATA_ENTITY: &str = "http://www.wikidata.org/entity/";
const WIKIDATA_PROPERTY: &str = "http://www.wikidata.org/prop/direct/";

/// How something is said about a triple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reification {
    /// As an `rdf:Statement` with subject, predicate and object.
    Statement,
    /// As what reifies a triple term.
    TripleTerm,
}

/// Where quads go.
pub trait Quads {
    fn quad(&mut self, quad: QuadRef<'_>) -> io::Result<()>;
}

/// Makes statements of nodes and edges.
pub struct Statements {
    pub base: String,
    pub reification: Reification,
    /// Whether a fact's triple stands in the graphs of the documents that say it.
    pub by_document: bool,
    /// The relations whose names were said.
    pub named: HashSet<String>,
}

impl Statements {
    /// Says what is known of a node.
    pub fn node(&self, node: &GraphNode, to: &mut impl Quads) -> io::Result<()> {
        let mut say = Say { subject: self.entity(&node.name), to };
        if !node.name.kind.is_empty() {
            say.node(rdf::TYPE, &self.iri("type", &node.name.kind))?;
        }
        say.text(rdfs::LABEL, &node.name.name)?;
        for name in node.other_names() {
            say.text(ALT_LABEL, name)?;
        }
        for (number, mention) in node.mentions.iter().enumerate() {
            let iri = self.part(&["mention", &node.name.key, &number.to_string()]);
            say.node(word("mention").as_ref(), &iri)?;
            self.mention(mention, Say { subject: iri, to: say.to })?;
        }
        Ok(())
    }

    fn mention(&self, mention: &GraphMention, mut say: Say<impl Quads>) -> io::Result<()> {
        say.node(word("document").as_ref(), &self.document(&mention.document))?;
        say.text(word("text").as_ref(), &mention.text)?;
        say.number("sentence", mention.sentence)?;
        say.span(["start", "end"], mention.span)
    }

    /// Says a fact, and what is known of it.
    pub fn edge(&mut self, edge: &GraphEdge, to: &mut impl Quads) -> io::Result<()> {
        if self.named.insert(edge.relation.id.clone()) {
            let subject = self.relation(&edge.relation.id);
            Say { subject, to }.text(rdfs::LABEL, &edge.relation.name)?;
        }
        let triple = Triple::new(
            self.entity(&edge.head),
            self.relation(&edge.relation.id),
            self.entity(&edge.tail),
        );
        match self.by_document {
            true => {
                for support in &edge.supports {
                    let graph = GraphName::from(self.document(&support.document));
                    to.quad(triple.as_ref().in_graph(graph.as_ref()))?;
                }
            }
            false => to.quad(triple.as_ref().in_graph(GraphNameRef::DefaultGraph))?,
        }
        let relation = escaped(&edge.relation.id);
        let fact = self.part(&["fact", &edge.head.key, &relation, &edge.tail.key]);
        let mut say = Say { subject: fact.clone(), to };
        self.reify(triple, &mut say)?;
        say.score(edge.score)?;
        for (number, support) in edge.supports.iter().enumerate() {
            let iri = NamedNode::new_unchecked(format!("{}/{number}", fact.as_str()));
            say.node(word("support").as_ref(), &iri)?;
            self.support(support, Say { subject: iri, to: say.to })?;
        }
        Ok(())
    }

    fn reify(&self, triple: Triple, say: &mut Say<impl Quads>) -> io::Result<()> {
        match self.reification {
            Reification::Statement => {
                say.node(rdf::TYPE, &rdf::STATEMENT.into_owned())?;
                say.term(rdf::SUBJECT, &triple.subject.into())?;
                say.node(rdf::PREDICATE, &triple.predicate)?;
                say.term(rdf::OBJECT, &triple.object)
            }
            Reification::TripleTerm => say.term(rdf::REIFIES, &triple.into()),
        }
    }

    fn support(&self, support: &Support, mut say: Say<impl Quads>) -> io::Result<()> {
        say.node(word("document").as_ref(), &self.document(&support.document))?;
        say.score(support.score)?;
        say.span(["headStart", "headEnd"], support.head)?;
        say.span(["tailStart", "tailEnd"], support.tail)?;
        for evidence in &support.evidence {
            let Evidence { sentence, text, span } = evidence;
            let iri = format!("{}/evidence/{sentence}", say.subject.as_str());
            let iri = NamedNode::new_unchecked(iri);
            say.node(word("evidence").as_ref(), &iri)?;
            let mut say = Say { subject: iri, to: &mut *say.to };
            say.number("sentence", *sentence)?;
            if !text.is_empty() {
                say.text(word("text").as_ref(), text)?;
            }
            say.span(["start", "end"], *span)?;
        }
        Ok(())
    }

    fn entity(&self, name: &NodeName) -> NamedNode {
        match name.id.as_deref().filter(|id| is_wikidata(id, 'Q')) {
            Some(id) => NamedNode::new_unchecked(format!("{WIKIDATA_ENTITY}{id}")),
            None => self.part(&["entity", &name.key]),
        }
    }

    fn relation(&self, id: &str) -> NamedNode {
        match is_wikidata(id, 'P') {
            true => NamedNode::new_unchecked(format!("{WIKIDATA_PROPERTY}{id}")),
            false => self.iri("relation", id),
        }
    }

    fn document(&self, title: &str) -> NamedNode {
        self.iri("document", title)
    }

    fn iri(&self, what: &str, name: &str) -> NamedNode {
        self.part(&[what, &escaped(name)])
    }

    /// An IRI of parts that are escaped already.
    fn part(&self, parts: &[&str]) -> NamedNode {
        NamedNode::new_unchecked(format!("{}{}", self.base, parts.join("/")))
    }
}

/// Whether Wikidata calls something so: a letter and a number.
fn is_wikidata(id: &str, letter: char) -> bool {
    let number = id.strip_prefix(letter);
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

fn word(name: &str) -> NamedNode {
    NamedNode::new_unchecked(format!("{VOCABULARY}{name}"))
}

/// Says things about a subject.
struct Say<'a, Q> {
    subject: NamedNode,
    to: &'a mut Q,
}

impl<Q: Quads> Say<'_, Q> {
    fn term(&mut self, predicate: NamedNodeRef<'_>, object: &Term) -> io::Result<()> {
        let graph = GraphNameRef::DefaultGraph;
        self.to.quad(QuadRef::new(self.subject.as_ref(), predicate, object.as_ref(), graph))
    }

    fn node(&mut self, predicate: NamedNodeRef<'_>, object: &NamedNode) -> io::Result<()> {
        self.term(predicate, &object.clone().into())
    }

    fn text(&mut self, predicate: NamedNodeRef<'_>, text: &str) -> io::Result<()> {
        self.term(predicate, &Literal::from(text).into())
    }

    fn number(&mut self, name: &str, number: usize) -> io::Result<()> {
        let number = Literal::from(i64::try_from(number).unwrap_or(i64::MAX));
        self.term(word(name).as_ref(), &number.into())
    }

    fn score(&mut self, score: Option<f32>) -> io::Result<()> {
        match score {
            Some(score) => self.term(word("score").as_ref(), &Literal::from(score).into()),
            None => Ok(()),
        }
    }

    fn span(&mut self, names: [&str; 2], span: Option<[usize; 2]>) -> io::Result<()> {
        let places = names.into_iter().zip(span.into_iter().flatten());
        places.into_iter().try_for_each(|(name, place)| self.number(name, place))
    }
}
