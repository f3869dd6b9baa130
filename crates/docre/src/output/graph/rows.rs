//! The rows of the forms of graphs.

use super::{GraphWriter, PerDocument, cypher, graphml, json_lines, neo4j};
use crate::output::{Content, FactWriter, Place, Row};
use crate::{Error, Result};

#[cfg(feature = "columns")]
use super::columns_forms;
#[cfg(feature = "graph")]
use super::{rdf::Reification, rdf_forms};

/// Begins a graph at a place; IRIs begin with the text, where a form has such.
pub type BeginGraph = fn(Place, &str) -> Result<Box<dyn GraphWriter>>;

/// A form of graphs in one file, with what begins one.
macro_rules! graph_form {
    ($name:literal, $about:literal, $endings:expr, $media:literal, $begin:expr) => {
        Row {
            name: $name,
            about: $about,
            endings: &$endings,
            media_type: Some($media),
            is_folder: false,
            refuses_found: None,
            create: |place, content| per_document(place, content, $begin),
            graph: Some($begin),
        }
    };
}

#[cfg(feature = "graph")]
pub static TURTLE: Row = graph_form!(
    "turtle",
    "RDF in Turtle, facts described by reification",
    ["ttl"],
    "text/turtle",
    |place, base| rdf_forms::turtle(place.file()?, base, Reification::Statement)
);

#[cfg(feature = "graph")]
pub static TURTLE_STAR: Row = graph_form!(
    "turtle-star",
    "RDF 1.2 in Turtle, facts described as triple terms",
    ["ttls"],
    "text/turtle; version=1.2",
    |place, base| rdf_forms::turtle(place.file()?, base, Reification::TripleTerm)
);

#[cfg(feature = "graph")]
pub static N_QUADS: Row = graph_form!(
    "n-quads",
    "RDF in N-Quads, a graph a document, facts described by reification",
    ["nq"],
    "application/n-quads",
    |place, base| rdf_forms::n_quads(place.file()?, base, Reification::Statement)
);

#[cfg(feature = "graph")]
pub static N_QUADS_STAR: Row = graph_form!(
    "n-quads-star",
    "RDF 1.2 in N-Quads, a graph a document, facts described as triple terms",
    ["nqs"],
    "application/n-quads; version=1.2",
    |place, base| rdf_forms::n_quads(place.file()?, base, Reification::TripleTerm)
);

#[cfg(feature = "graph")]
pub static JSON_LD: Row = graph_form!(
    "json-ld",
    "RDF in JSON-LD, facts described by reification",
    ["jsonld"],
    "application/ld+json",
    |place, base| rdf_forms::json_ld(place.file()?, base)
);

pub static GRAPHML: Row = graph_form!(
    "graphml",
    "GraphML, for networkx, Gephi and yEd",
    ["graphml"],
    "application/graphml+xml",
    |place, _| graphml::graphml(place.file()?)
);

pub static NEO4J: Row = Row {
    name: "neo4j",
    about: "a folder of tables for Neo4j's importer",
    endings: &["neo4j"],
    media_type: None,
    is_folder: true,
    refuses_found: None,
    create: |place, content| per_document(place, content, begin_neo4j),
    graph: Some(begin_neo4j),
};

pub static CYPHER: Row = graph_form!(
    "cypher",
    "a script in Cypher that merges into a graph of Neo4j",
    ["cypher", "cql"],
    "application/x-cypher-query",
    |place, _| cypher::cypher(place.file()?)
);

pub static GRAPH_JSON: Row = graph_form!(
    "graph-json",
    "one JSON object a node or edge, with every place and document",
    ["graphjson"],
    "application/x-ndjson; profile=graph",
    |place, _| Ok(json_lines::json_lines(place.file()?))
);

#[cfg(feature = "columns")]
pub static PARQUET: Row = graph_form!(
    "parquet",
    "Parquet, a fact a row",
    ["parquet"],
    "application/vnd.apache.parquet",
    |place, _| columns_forms::parquet(place.file()?)
);

#[cfg(feature = "columns")]
pub static ARROW: Row = graph_form!(
    "arrow",
    "Arrow's file format (Feather), a fact a row",
    ["arrow", "feather"],
    "application/vnd.apache.arrow.file",
    |place, _| columns_forms::arrow(place.file()?)
);

fn begin_neo4j(place: Place, _: &str) -> Result<Box<dyn GraphWriter>> {
    neo4j::neo4j(place.folder()?)
}

/// Writes what is found in documents, each as its own graph.
fn per_document(place: Place, content: Content, begin: BeginGraph) -> Result<Box<dyn FactWriter>> {
    if content.is_labels {
        let problem = "is a form of facts between entities, and the labels of texts have none; \
                       take json or csv";
        return Err(Error::setting("to", problem));
    }
    let writer = begin(place, &content.base)?;
    Ok(Box::new(PerDocument::new(writer, content.relations)))
}
