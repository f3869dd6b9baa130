//! A page on which a person goes through suggested changes of labels.

use serde::Serialize;

use super::{
    Table,
    marks::{Part, parts},
    templates::render,
};
use crate::{Result, document::Document, output::NamedFact};

/// Suggestions beside the text of their documents, each to be accepted or rejected: a page that
/// opens without a network. What was decided is kept by the browser, and taken away as a file.
///
/// ```
/// use docre::report::ReviewPage;
///
/// let page = ReviewPage {
///     title: "Audit of <train.json>".into(),
///     about: vec![("Documents", "12".into())],
///     measured: None,
///     documents: &[],
///     models: 2,
///     items: vec![],
/// };
/// assert!(page.to_html().unwrap().contains("<h1>Audit of &lt;train.json&gt;</h1>"));
/// ```
#[derive(Debug, Clone)]
pub struct ReviewPage<'a> {
    /// The title.
    pub title: String,
    /// What it says of itself: names and values.
    pub about: Vec<(&'static str, String)>,
    /// How good the suggestions are, where that is known.
    pub measured: Option<Table>,
    /// The documents of the suggestions.
    pub documents: &'a [Document],
    /// How many models judged each fact.
    pub models: usize,
    /// The suggestions, best first within their kind.
    pub items: Vec<ReviewItem<'a>>,
}

/// A suggestion.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewItem<'a> {
    /// `missing` or `wrong`.
    pub kind: &'static str,
    /// The place of its document.
    pub document: usize,
    /// The fact, with the probability that it holds.
    pub fact: &'a NamedFact,
    /// Whether a model named its evidence sentences; else the label does.
    pub guessed_evidence: bool,
    /// How many models would predict it.
    pub predicted_by: usize,
}

impl ReviewPage<'_> {
    /// The page.
    pub fn to_html(&self) -> Result<String> {
        let documents = self.documents.iter().map(Text::of).collect();
        let data = Data { documents, models: self.models, items: &self.items };
        let data = serde_json::to_string(&data).expect("it has a JSON form");
        let filled = Filled {
            title: &self.title,
            about: &self.about,
            measured: self.measured.as_ref(),
            data: data.replace('<', "\\u003c"), // or a text could end the script
        };
        render("review.html", &filled)
    }
}

/// What the template is filled with.
#[derive(Serialize)]
struct Filled<'a> {
    title: &'a str,
    about: &'a [(&'static str, String)],
    measured: Option<&'a Table>,
    data: String,
}

/// What the page's program reads.
#[derive(Serialize)]
struct Data<'a> {
    documents: Vec<Text<'a>>,
    models: usize,
    items: &'a [ReviewItem<'a>],
}

/// A document's text.
#[derive(Serialize)]
struct Text<'a> {
    title: &'a str,
    sentences: Vec<Vec<Part>>,
}

impl<'a> Text<'a> {
    fn of(document: &'a Document) -> Self {
        let sentences = (0..document.sentences.len()).map(|place| parts(document, place));
        Self { title: &document.title, sentences: sentences.collect() }
    }
}
