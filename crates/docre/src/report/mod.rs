//! Results for people to look at: a page for a document, a report of tables, charts and
//! documents, a curve for a run. Everything is a value or a string; nothing is printed and no
//! file is written.
//!
//! ```
//! use docre::document::{Document, RelationSet};
//! use docre::report::side_by_side;
//!
//! let document = Document { facts: Some(vec![]), ..Document::new("Empty", vec![]) };
//! let relations = RelationSet::new(["P27"]).unwrap();
//! assert!(side_by_side(&document, &[], &relations).rows.is_empty());
//! ```

mod browser;
mod chart;
pub mod curve;
mod graph_page;
mod marks;
mod page;
mod review;
mod rows;
mod sections;
mod table;
mod templates;

pub use browser::Browser;
pub use chart::{
    BarChart, BarSeries, CalibrationBin, CalibrationSeries, Chart, Histogram, HistogramSeries,
    LineChart, LineSeries, ReliabilityChart,
};
pub use curve::{DevPoint, TrainingCurve, training_curve_svg};
pub use graph_page::GraphPage;
pub use page::{PageAbout, document_page};
pub use review::{ReviewItem, ReviewPage};
pub use rows::{FactRow, FactRows, Status, side_by_side};
pub use sections::{Block, Figure, ReportPage, Section};
pub use table::{Column, Table};
