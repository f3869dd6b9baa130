//! RDF, read by parsers of Oxigraph.

use std::collections::{HashMap, HashSet};

use docre::output::Form;
use oxjsonld::JsonLdParser;
use oxrdf::{NamedOrBlankNode, Quad, Term};
use oxttl::{NQuadsParser, TurtleParser};

use super::{Known, Span, Written};

const DOCRE: &str = "urn:docre:vocabulary:";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const LABEL: &str = "http://www.w3.org/2000/01/rdf-schema#label";

/// What is said of each subject.
struct Said(HashMap<String, Vec<(String, Term)>>);

impl Said {
    fn new(quads: &[Quad]) -> Self {
        let mut said: HashMap<_, Vec<_>> = HashMap::new();
        for quad in quads {
            let said = said.entry(subject(&quad.subject)).or_default();
            said.push((quad.predicate.as_str().to_owned(), quad.object.clone()));
        }
        Self(said)
    }

    fn all(&self, subject: &str, predicate: &str) -> Vec<&Term> {
        let said = self.0.get(subject).into_iter().flatten();
        said.filter(|(of, _)| of == predicate).map(|(_, object)| object).collect()
    }

    fn text(&self, subject: &str, predicate: &str) -> Option<String> {
        match self.all(subject, predicate).as_slice() {
            [] => None,
            [Term::Literal(literal)] => Some(literal.value().to_owned()),
            other => panic!("{subject} {predicate}: {other:?}"),
        }
    }

    fn span(&self, subject: &str, names: [&str; 2]) -> Span {
        let place = |name| Some(self.text(subject, &word(name))?.parse().unwrap());
        Some([place(names[0])?, place(names[1])?])
    }

    /// Subject, predicate and object of a statement.
    fn triple(&self, statement: &str) -> [String; 3] {
        if let [Term::Triple(triple)] = self.all(statement, &format!("{RDF}reifies")).as_slice() {
            let object = node(&triple.object);
            return [subject(&triple.subject), triple.predicate.as_str().to_owned(), object];
        }
        ["subject", "predicate", "object"].map(|part| {
            let parts = self.all(statement, &format!("{RDF}{part}"));
            assert_eq!(parts.len(), 1, "{statement} {part}");
            node(parts[0])
        })
    }

    fn facts(&self) -> Vec<Known> {
        let supports = self.0.keys().flat_map(|statement| {
            let supports = self.all(statement, &word("support"));
            supports.into_iter().map(move |support| (statement, node(support)))
        });
        supports.map(|(statement, support)| self.fact(statement, &support)).collect()
    }

    fn fact(&self, statement: &str, support: &str) -> Known {
        let [head, relation, tail] =
            self.triple(statement).map(|iri| self.text(&iri, LABEL).unwrap());
        let document = node(self.all(support, &word("document"))[0]);
        let document = document.strip_prefix("urn:docre:document/").unwrap();
        let score: f32 = self.text(support, &word("score")).unwrap().parse().unwrap();
        let evidence = self.all(support, &word("evidence")).into_iter().map(|evidence| {
            let evidence = node(evidence);
            let sentence = self.text(&evidence, &word("sentence")).unwrap().parse().unwrap();
            (sentence, self.text(&evidence, &word("text")).unwrap())
        });
        let mut evidence: Vec<_> = evidence.collect();
        evidence.sort();
        let spans = (
            self.span(support, ["headStart", "headEnd"]),
            self.span(support, ["tailStart", "tailEnd"]),
        );
        (unescaped(document), head, relation, tail, score.to_bits(), spans.0, spans.1, evidence)
    }
}

fn word(name: &str) -> String {
    format!("{DOCRE}{name}")
}

fn subject(node: &NamedOrBlankNode) -> String {
    match node {
        NamedOrBlankNode::NamedNode(node) => node.as_str().to_owned(),
        NamedOrBlankNode::BlankNode(node) => panic!("{node}"),
    }
}

fn node(term: &Term) -> String {
    match term {
        Term::NamedNode(node) => node.as_str().to_owned(),
        other => panic!("{other}"),
    }
}

fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap().to_owned();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn quads(form: &str, text: &str) -> Vec<Quad> {
    let default = oxrdf::GraphName::DefaultGraph;
    match form {
        "turtle" | "turtle-star" => {
            let triples = TurtleParser::new().for_slice(text);
            triples.map(|triple| triple.unwrap().in_graph(default.clone())).collect()
        }
        "json-ld" => JsonLdParser::new().for_slice(text).map(Result::unwrap).collect(),
        _ => NQuadsParser::new().for_slice(text).map(Result::unwrap).collect(),
    }
}

#[test]
fn every_form_of_rdf_comes_back() {
    for form in ["turtle", "turtle-star", "n-quads", "n-quads-star", "json-ld"] {
        let written = Written::new(form);
        let quads = quads(form, &written.text());
        let said = Said::new(&quads);
        written.equals(said.facts());
        let types = quads.iter().filter(|quad| {
            quad.predicate.as_str() == format!("{RDF}type")
                && subject(&quad.subject).starts_with("urn:docre:entity/")
        });
        assert_eq!(types.count(), written.entities, "{form}");
    }
}

#[test]
fn a_fact_stands_in_the_graph_of_its_document() {
    let written = Written::new("n-quads");
    let quads = quads("n-quads", &written.text());
    let graphs: HashSet<String> = quads
        .iter()
        .map(|quad| quad.graph_name.to_string())
        .filter(|name| name != "DEFAULT")
        .collect();
    let documents: HashSet<&String> = written.facts.iter().map(|fact| &fact.0).collect();
    assert_eq!(graphs.len(), documents.len());
}

#[test]
fn relations_of_wikidata_have_its_iris() {
    let text = Written::new("n-quads").text();
    assert!(text.contains("> <http://www.wikidata.org/prop/direct/P17> <urn:docre:entity/"));
    assert!(text.contains("<urn:docre:relation/assigned%20to>"));
}

#[test]
fn a_base_that_is_no_iri_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for form in Form::all().filter(|form| ["turtle", "n-quads", "json-ld"].contains(&form.name())) {
        let error = form.graph_writer(folder.path().join("x").as_path(), "no iri ").err().unwrap();
        assert!(error.to_string().contains("is no beginning of an IRI"), "{error}");
    }
}
