//! Facts in each form of graphs are read back by a reader of its world, and are the same: as many,
//! with the same scores, places and evidence.

mod kept;
mod million;
mod rdf;
mod tables;
mod xml;

use std::path::{Path, PathBuf};

use docre::corpus::{self, Input};
use docre::document::{Document, Fact, RelationSet};
use docre::output::Form;
use docre::output::graph::Support;

/// A fact as it has to come back: document, head, relation, tail, the bits of its score, the places
/// of head and tail, and the evidence, by sentence.
pub type Known = (String, String, String, String, u32, Span, Span, Vec<(usize, String)>);

/// From and to.
pub type Span = Option<[usize; 2]>;

/// What is written and read back.
pub struct Written {
    /// The facts, sorted.
    pub facts: Vec<Known>,
    /// How many entities there are.
    pub entities: usize,
    folder: tempfile::TempDir,
}

impl Written {
    /// The documents of the corpus in a form.
    pub fn new(form: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents();
        let relations = relations(&documents);
        let form: Form = form.parse().unwrap();
        let place = folder.path().join("facts");
        let mut writer = form.writer(place.as_path(), &Input::Documents, &relations).unwrap();
        let mut facts = Vec::new();
        for document in &documents {
            let found = with_scores(document);
            writer.push(document, &found).unwrap();
            facts.extend(found.iter().map(|fact| known(document, fact)));
        }
        writer.finish().unwrap();
        facts.sort();
        let entities = documents.iter().map(|document| document.entities.len()).sum();
        Self { facts, entities, folder }
    }

    /// Where they are.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("facts")
    }

    /// The same as text.
    pub fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// Compares with what was read.
    #[track_caller]
    pub fn equals(&self, mut read: Vec<Known>) {
        read.sort();
        assert!(self.facts.len() > 1000, "{}", self.facts.len());
        assert_eq!(self.facts.len(), read.len());
        for (written, read) in self.facts.iter().zip(read) {
            assert_eq!(*written, read);
        }
    }
}

fn documents() -> Vec<Document> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let parts = ["world/train", "world/dev", "work/train", "work/dev"];
    let documents: Vec<Document> =
        parts.iter().flat_map(|part| corpus::read_all(corpus.join(part)).unwrap()).collect();
    assert_eq!(documents.len(), 173);
    documents
}

fn relations(documents: &[Document]) -> RelationSet {
    let facts = documents.iter().flat_map(Document::labelled_facts);
    let mut ids: Vec<&str> = facts.map(|fact| fact.relation.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    RelationSet::new(ids).unwrap()
}

/// The labelled facts, each with a score of its own.
fn with_scores(document: &Document) -> Vec<Fact> {
    let facts = document.labelled_facts().iter().enumerate();
    let score = |place: usize| 1.0 / (place as f32 + 3.0);
    facts.map(|(place, fact)| Fact { score: Some(score(place)), ..fact.clone() }).collect()
}

fn known(document: &Document, fact: &Fact) -> Known {
    let span = |entity: usize| {
        let mention = &document.entities[entity].mentions[0];
        document.span(mention).map(|span| [span.start, span.end])
    };
    let mut evidence: Vec<(usize, String)> = fact
        .evidence
        .iter()
        .map(|sentence| (*sentence, document.sentence(*sentence).into_owned()))
        .collect();
    evidence.sort();
    let name = |entity: usize| document.entities[entity].name().to_owned();
    let (head, tail) = (name(fact.head), name(fact.tail));
    let bits = fact.score.unwrap().to_bits();
    let places = (span(fact.head), span(fact.tail));
    let (title, relation) = (document.title.clone(), fact.relation.clone());
    (title, head, relation, tail, bits, places.0, places.1, evidence)
}

/// A fact of a support as JSON has it.
pub fn of_support(head: &str, relation: &str, tail: &str, support: &Support) -> Known {
    let evidence = support.evidence.iter().map(|one| (one.sentence, one.text.clone()));
    let mut evidence: Vec<_> = evidence.collect();
    evidence.sort();
    let bits = support.score.unwrap().to_bits();
    let [head, relation, tail] = [head, relation, tail].map(str::to_owned);
    (support.document.clone(), head, relation, tail, bits, support.head, support.tail, evidence)
}
