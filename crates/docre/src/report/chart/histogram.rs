//! Counts by range of a value.

use serde::Serialize;

use super::frame::{Frame, HEIGHT, WIDTH, colour};
use super::number::number;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::report::Table;

/// How many values lie in each of several ranges: one series, or several over each other,
/// or two that go up and down from one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// What it shows.
    pub title: String,
    /// What is counted by range.
    pub x: String,
    /// What the counts are.
    pub y: String,
    /// The borders of the ranges, rising, one more than there are ranges.
    pub edges: Vec<f64>,
    /// Whether the axis of the counts is logarithmic.
    pub log: bool,
    /// Whether the second series goes down from the line on which the first one stands.
    pub mirrored: bool,
    /// The series.
    pub series: Vec<HistogramSeries>,
}

/// The counts of one kind of values in a [`Histogram`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistogramSeries {
    /// Its name.
    pub name: String,
    /// A count, or a share, for each range; what isn't finite is left out.
    pub counts: Vec<f64>,
}

impl Histogram {
    /// A chart without series, on a linear axis.
    pub fn new(
        title: impl Into<String>,
        x: impl Into<String>,
        y: impl Into<String>,
        edges: impl IntoIterator<Item = f64>,
    ) -> Self {
        let (title, x, y, edges) = (title.into(), x.into(), y.into(), edges.into_iter().collect());
        Self { title, x, y, edges, log: false, mirrored: false, series: Vec::new() }
    }

    /// The same with a further series.
    ///
    /// # Panics
    ///
    /// If it has another number of counts than there are ranges.
    pub fn series(
        mut self,
        name: impl Into<String>,
        counts: impl IntoIterator<Item = f64>,
    ) -> Self {
        let counts: Vec<f64> = counts.into_iter().collect();
        assert_eq!(counts.len(), self.edges.len().saturating_sub(1), "a count for each range");
        self.series.push(HistogramSeries { name: name.into(), counts });
        self
    }

    /// The same with a logarithmic axis of the counts.
    pub fn log(self) -> Self {
        Self { log: true, ..self }
    }

    /// The same with the second series going down.
    pub fn mirrored(self) -> Self {
        Self { mirrored: true, ..self }
    }

    pub(super) fn table(&self) -> Table {
        let names = self.series.iter().map(|series| format!(">{}", series.name));
        let ends = [format!(">{} from", self.x), ">to".to_owned()];
        let names: Vec<String> = ends.into_iter().chain(names).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut table = Table::new(&self.title, &names);
        for (place, ends) in self.edges.windows(2).enumerate() {
            let counts = self.series.iter().map(|series| series.counts[place]);
            table.row(ends.iter().copied().chain(counts).map(number));
        }
        table
    }

    pub(super) fn draw(&self) -> Svg {
        let scale = self.count_scale();
        let frame = Frame::beside(&scale, HEIGHT);
        let x = frame.x(Scale::exact(self.edges.iter().copied()));
        let mut svg = Svg::new(WIDTH, HEIGHT);
        svg.text("axis", Anchor::Start, (2.0, 11.0), &self.y);
        for (up, class) in self.halves(&frame, &scale) {
            frame.draw_y(&mut svg, &up, "");
            for (n, series) in self.series.iter().enumerate() {
                if class.is_none_or(|class| class == n.min(1)) {
                    self.draw_series(&mut svg, n, series, &x, &up);
                }
            }
            svg.line("rule", (frame.left, up.base()), (frame.right, up.base()));
        }
        frame.draw_x(&mut svg, &x, &self.x);
        if !self.counts().any(|count| count > 0.0) {
            frame.draw_empty(&mut svg);
        }
        svg
    }

    fn count_scale(&self) -> Scale {
        match self.log {
            true => Scale::log(self.counts()),
            false => Scale::round(self.counts(), true),
        }
    }

    /// The axes of the counts, each with the series that it belongs to, if not all.
    fn halves(&self, frame: &Frame, scale: &Scale) -> Vec<(Scale, Option<usize>)> {
        let middle = (frame.top + frame.bottom) / 2.0;
        match self.mirrored {
            true => vec![
                (scale.clone().on(middle, frame.top), Some(0)),
                (scale.clone().on(middle, frame.bottom), Some(1)),
            ],
            false => vec![(scale.clone().on(frame.bottom, frame.top), None)],
        }
    }

    fn draw_series(&self, svg: &mut Svg, n: usize, series: &HistogramSeries, x: &Scale, y: &Scale) {
        for (ends, &count) in self.edges.windows(2).zip(&series.counts) {
            if count.is_finite() && count > 0.0 {
                let (low, high) = (number(ends[0]), number(ends[1]));
                let tip = format!("{}, {low} to {high}: {}", series.name, number(count));
                let corners = ((x.place(ends[0]), y.base()), (x.place(ends[1]), y.place(count)));
                svg.rect(format_args!("over {}", colour(n)), corners.0, corners.1, &tip);
            }
        }
    }

    fn counts(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| &series.counts).copied()
    }
}
