//! A report: sections of tables, charts and figures, and documents to look through, as one
//! HTML page that needs nothing else.

use serde::Serialize;

use super::templates::render;
use super::{Browser, Chart, Table};
use crate::Result;

/// A report on some results, to be shown as one page.
///
/// ```
/// use docre::report::{Figure, ReportPage, ReportSection};
///
/// let scores = vec![Figure::new("F1", "45.3 %", "micro, over 100 documents")];
/// let page = ReportPage {
///     title: "What runs/small does".into(),
///     about: vec![("Data".into(), "dev.json".into())],
///     sections: vec![ReportSection::new("Scores", "").with(scores)],
///     browser: None,
/// };
/// let html = page.to_html().unwrap();
/// assert!(html.contains("<h2>Scores</h2>") && html.contains("45.3 %"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ReportPage {
    /// What the report is about.
    pub title: String,
    /// Where its numbers come from, as names and values: data file, labels, model. The
    /// version of docre is added.
    pub about: Vec<(String, String)>,
    /// The sections, in order.
    pub sections: Vec<ReportSection>,
    /// The documents, below the sections.
    pub browser: Option<Browser>,
}

/// A part of a [`ReportPage`] with a heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReportSection {
    /// The heading.
    pub title: String,
    /// How to read it, in plain sentences; may be empty.
    pub note: String,
    /// What it shows.
    pub blocks: Vec<Block>,
}

/// A piece of a [`ReportSection`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Block {
    /// A table, sorted by the column whose header one clicks.
    Table(Table),
    /// A chart, with its numbers to unfold.
    Chart(Chart),
    /// A row of numbers in large type.
    Figures(Vec<Figure>),
}

/// A number in large type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// The number, with its unit.
    pub value: String,
    /// A few words on it; may be empty.
    pub note: String,
}

impl ReportSection {
    /// A section that shows nothing yet.
    pub fn new(title: impl Into<String>, note: impl Into<String>) -> Self {
        Self { title: title.into(), note: note.into(), blocks: Vec::new() }
    }

    /// The same with a further block.
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }
}

impl Figure {
    /// A number with its name and a few words on it.
    pub fn new(name: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), note: note.into() }
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl<C: Into<Chart>> From<C> for Block {
    fn from(chart: C) -> Self {
        Self::Chart(chart.into())
    }
}

impl From<Vec<Figure>> for Block {
    fn from(figures: Vec<Figure>) -> Self {
        Self::Figures(figures)
    }
}

impl ReportPage {
    /// The page: it opens without a network, in light and dark, on a phone.
    pub fn to_html(&self) -> Result<String> {
        let view = PageView {
            title: &self.title,
            about: &self.about,
            version: env!("CARGO_PKG_VERSION"),
            sections: self.sections.iter().map(SectionView::new).collect(),
            documents: self.browser.as_ref().map(Browser::to_script_json),
        };
        render("report.html", &view)
    }
}

/// What the template is filled with.
#[derive(Serialize)]
struct PageView<'a> {
    title: &'a str,
    about: &'a [(String, String)],
    version: &'static str,
    sections: Vec<SectionView<'a>>,
    /// JSON that may stand in a script element.
    documents: Option<String>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    title: &'a str,
    note: &'a str,
    blocks: Vec<BlockView<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "block", rename_all = "lowercase")]
enum BlockView<'a> {
    Table { table: &'a Table },
    Chart { title: &'a str, legend: Vec<&'a str>, svg: String, table: Table },
    Figures { figures: &'a [Figure] },
}

impl<'a> SectionView<'a> {
    fn new(section: &'a ReportSection) -> Self {
        let blocks = section.blocks.iter().map(BlockView::new).collect();
        Self { title: &section.title, note: &section.note, blocks }
    }
}

impl<'a> BlockView<'a> {
    fn new(block: &'a Block) -> Self {
        match block {
            Block::Table(table) => Self::Table { table },
            Block::Figures(figures) => Self::Figures { figures },
            Block::Chart(chart) => Self::Chart {
                title: chart.title(),
                legend: chart.series(),
                svg: chart.svg(),
                table: chart.table(),
            },
        }
    }
}
