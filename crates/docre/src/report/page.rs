//! One document as one HTML page that needs nothing else.

use serde::Serialize;

use super::marks::{Part, parts};
use super::rows::{FactRow, FactRows, side_by_side};
use super::templates::render;
use crate::Result;
use crate::document::{Document, Fact, RelationSet};
use crate::eval::Counts;

/// What a page says about where its facts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PageAbout {
    /// The model: its folder or name.
    pub model: String,
    /// The data file.
    pub data: String,
}

/// A document with its entities coloured, and its facts, predicted and labelled, in
/// a table: a page that opens without a network, in light and dark, on a phone.
///
/// ```
/// use docre::document::{Document, RelationSet};
/// use docre::report::{PageAbout, document_page};
///
/// let document = Document {
///     title: "R&D".into(),
///     sentences: vec![vec!["Anna".into(), "sings".into(), ".".into()]],
///     entities: vec![],
///     facts: None,
///     ..Document::default()
/// };
/// let about = PageAbout { model: "runs/small".into(), data: "notes.jsonl".into() };
/// let relations = RelationSet::new(["P27"]).unwrap();
/// let page = document_page(&document, &[], &relations, &about).unwrap();
/// assert!(page.contains("<title>R&amp;D</title>") && page.contains("Anna sings."));
/// ```
pub fn document_page(
    document: &Document,
    predicted: &[Fact],
    relations: &RelationSet,
    about: &PageAbout,
) -> Result<String> {
    let FactRows { title, counts, rows } = side_by_side(document, predicted, relations);
    let page = Page {
        title,
        about,
        version: env!("CARGO_PKG_VERSION"),
        sentences: (0..document.sentences.len()).map(|place| parts(document, place)).collect(),
        entities: document.entities.len(),
        scores: counts.map(Scores::new),
        rows,
    };
    render("page.html", &page)
}

/// What the template is filled with.
#[derive(Serialize)]
struct Page<'a> {
    title: String,
    about: &'a PageAbout,
    version: &'static str,
    sentences: Vec<Vec<Part>>,
    entities: usize,
    /// `None` for a document that was never labelled.
    scores: Option<Scores>,
    rows: Vec<FactRow>,
}

/// Counts and shares as the page shows them.
#[derive(Serialize)]
struct Scores {
    correct: usize,
    wrong: usize,
    missed: usize,
    precision: String,
    recall: String,
    f1: String,
}

impl Scores {
    fn new(counts: Counts) -> Self {
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        Self {
            correct: counts.correct,
            wrong: counts.predicted - counts.correct,
            missed: counts.gold - counts.correct,
            precision: percent(counts.precision()),
            recall: percent(counts.recall()),
            f1: percent(counts.f1()),
        }
    }
}
