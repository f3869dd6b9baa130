//! Turtle, N-Quads and JSON-LD.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use oxjsonld::{JsonLdSerializer, WriterJsonLdSerializer};
use oxrdf::QuadRef;
use oxttl::nquads::{NQuadsSerializer, WriterNQuadsSerializer};
use oxttl::turtle::{TurtleSerializer, WriterTurtleSerializer};

use super::rdf::{Quads, Reification, Statements, VOCABULARY};
use super::{GraphEdge, GraphNode, GraphWriter};
use crate::files::AtomicFile;
use crate::{Error, Result};

/// The names that stand for beginnings of IRIs, where a form has such.
fn prefixes(base: &str) -> [(&'static str, String); 6] {
    [
        ("docre", VOCABULARY.to_owned()),
        ("entity", format!("{base}entity/")),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#".to_owned()),
        ("rdfs", "http://www.w3.org/2000/01/rdf-schema#".to_owned()),
        ("skos", "http://www.w3.org/2004/02/skos/core#".to_owned()),
        ("wdt", "http://www.wikidata.org/prop/direct/".to_owned()),
    ]
}

/// Writes statements one after another.
struct RdfWriter<Q> {
    path: PathBuf,
    statements: Statements,
    quads: Q,
}

/// Quads that go to a file.
trait QuadFile: Quads {
    fn end(self) -> io::Result<AtomicFile>;
}

/// Begins a file in Turtle.
pub fn turtle(
    file: AtomicFile,
    base: &str,
    reification: Reification,
) -> Result<Box<dyn GraphWriter>> {
    let with =
        prefixes(base).into_iter().try_fold(TurtleSerializer::new(), |serializer, (name, iri)| {
            serializer.with_prefix(name, iri)
        });
    let serializer = with.map_err(|error| bad_base(base, &error))?;
    Ok(writer(file, base, reification, false, |file| serializer.for_writer(file)))
}

/// Begins a file in N-Quads: a fact stands in the graph of each document that says it.
pub fn n_quads(
    file: AtomicFile,
    base: &str,
    reification: Reification,
) -> Result<Box<dyn GraphWriter>> {
    check_base(base)?;
    Ok(writer(file, base, reification, true, |file| NQuadsSerializer::new().for_writer(file)))
}

/// Begins a file in JSON-LD, which has no triple terms yet.
pub fn json_ld(file: AtomicFile, base: &str) -> Result<Box<dyn GraphWriter>> {
    check_base(base)?;
    let begin = |file| JsonLdSerializer::new().for_writer(file);
    Ok(writer(file, base, Reification::Statement, false, begin))
}

fn writer<Q: QuadFile + 'static>(
    file: AtomicFile,
    base: &str,
    reification: Reification,
    by_document: bool,
    begin: impl FnOnce(AtomicFile) -> Q,
) -> Box<dyn GraphWriter> {
    let path = file.path().to_path_buf();
    let (base, named) = (base.to_owned(), HashSet::new());
    let statements = Statements { base, reification, by_document, named };
    Box::new(RdfWriter { path, statements, quads: begin(file) })
}

fn check_base(base: &str) -> Result<()> {
    let iri = oxrdf::NamedNode::new(format!("{base}entity"));
    iri.map(drop).map_err(|error| bad_base(base, &error))
}

fn bad_base(base: &str, error: &oxrdf::IriParseError) -> Error {
    let problem = format!(
        "\"{base}\" is no beginning of an IRI ({error}); give one such as https://example.org/graph/"
    );
    Error::setting("base", problem)
}

impl<Q> RdfWriter<Q> {
    fn written<T>(&self, written: io::Result<T>) -> Result<T> {
        written.map_err(Error::io(&self.path, "write"))
    }
}

impl<Q: QuadFile> GraphWriter for RdfWriter<Q> {
    fn node(&mut self, node: &GraphNode) -> Result<()> {
        let written = self.statements.node(node, &mut self.quads);
        self.written(written)
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        let written = self.statements.edge(edge, &mut self.quads);
        self.written(written)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let file = self.quads.end().map_err(Error::io(&self.path, "write"))?;
        file.commit()
    }
}

impl Quads for WriterTurtleSerializer<AtomicFile> {
    fn quad(&mut self, quad: QuadRef<'_>) -> io::Result<()> {
        self.serialize_triple(quad)
    }
}

impl QuadFile for WriterTurtleSerializer<AtomicFile> {
    fn end(self) -> io::Result<AtomicFile> {
        self.finish()
    }
}

impl Quads for WriterNQuadsSerializer<AtomicFile> {
    fn quad(&mut self, quad: QuadRef<'_>) -> io::Result<()> {
        self.serialize_quad(quad)
    }
}

impl QuadFile for WriterNQuadsSerializer<AtomicFile> {
    fn end(self) -> io::Result<AtomicFile> {
        Ok(self.finish())
    }
}

impl Quads for WriterJsonLdSerializer<AtomicFile> {
    fn quad(&mut self, quad: QuadRef<'_>) -> io::Result<()> {
        self.serialize_quad(quad)
    }
}

impl QuadFile for WriterJsonLdSerializer<AtomicFile> {
    fn end(self) -> io::Result<AtomicFile> {
        self.finish()
    }
}
