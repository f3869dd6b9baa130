//! Charts as values, drawn as SVG whose colours come from the page around it, so that
//! they follow its light or dark theme.

mod bars;
mod frame;
mod histogram;
mod lines;
mod number;
mod reliability;
mod scale;
mod svg;

use serde::Serialize;

pub use bars::{BarChart, BarSeries};
pub use histogram::{Histogram, HistogramSeries};
pub use lines::{LineChart, LineSeries};
pub(super) use scale::Scale;
pub(super) use svg::{Anchor, Svg};

pub use reliability::{CalibrationBin, CalibrationSeries, ReliabilityChart};

use super::Table;

/// A picture of numbers. Each kind also gives its numbers as a [`Table`].
///
/// Values that aren't finite are left out: a bar stays empty, a line has a gap.
///
/// ```
/// use docre::report::{BarChart, Chart};
///
/// let chart: Chart = BarChart::new("F1 by group", "group", "F1", ["head", "tail"])
///     .series("ATL", [61.0, 22.5])
///     .into();
/// assert_eq!(chart.table().to_csv(), "group,ATL\nhead,61\ntail,22.5\n");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Chart {
    /// Bars by label.
    Bars(BarChart),
    /// Lines with points.
    Lines(LineChart),
    /// Counts by range of a value.
    Histogram(Histogram),
    /// How often facts of a score are right.
    Reliability(ReliabilityChart),
}

impl Chart {
    /// What it shows.
    pub fn title(&self) -> &str {
        match self {
            Self::Bars(chart) => &chart.title,
            Self::Lines(chart) => &chart.title,
            Self::Histogram(chart) => &chart.title,
            Self::Reliability(chart) => &chart.title,
        }
    }

    /// Its numbers.
    pub fn table(&self) -> Table {
        match self {
            Self::Bars(chart) => chart.table(),
            Self::Lines(chart) => chart.table(),
            Self::Histogram(chart) => chart.table(),
            Self::Reliability(chart) => chart.table(),
        }
    }

    /// The names of its series, in the order of their colours.
    pub(super) fn series(&self) -> Vec<&str> {
        match self {
            Self::Bars(chart) => chart.series.iter().map(|s| s.name.as_str()).collect(),
            Self::Lines(chart) => chart.series.iter().map(|s| s.name.as_str()).collect(),
            Self::Histogram(chart) => chart.series.iter().map(|s| s.name.as_str()).collect(),
            Self::Reliability(chart) => chart.series.iter().map(|s| s.name.as_str()).collect(),
        }
    }

    /// The picture. Its classes are those of `report.css`.
    pub(super) fn svg(&self) -> String {
        let svg = match self {
            Self::Bars(chart) => chart.draw(),
            Self::Lines(chart) => chart.draw(),
            Self::Histogram(chart) => chart.draw(),
            Self::Reliability(chart) => chart.draw(),
        };
        svg.finish(self.title(), &self.description())
    }

    /// The picture in words, for those who don't see it. The numbers follow in a table.
    fn description(&self) -> String {
        let (form, x, y) = match self {
            Self::Bars(chart) => ("Bars", &chart.x, &chart.y),
            Self::Lines(chart) => ("Lines", &chart.x, &chart.y),
            Self::Histogram(chart) => ("Histogram", &chart.x, &chart.y),
            Self::Reliability(chart) => ("Reliability diagram", &chart.x, &chart.y),
        };
        format!("{form}: {y} by {x}. Series: {}.", self.series().join(", "))
    }
}

impl From<BarChart> for Chart {
    fn from(chart: BarChart) -> Self {
        Self::Bars(chart)
    }
}

impl From<LineChart> for Chart {
    fn from(chart: LineChart) -> Self {
        Self::Lines(chart)
    }
}

impl From<Histogram> for Chart {
    fn from(chart: Histogram) -> Self {
        Self::Histogram(chart)
    }
}

impl From<ReliabilityChart> for Chart {
    fn from(chart: ReliabilityChart) -> Self {
        Self::Reliability(chart)
    }
}
