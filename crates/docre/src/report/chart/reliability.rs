//! Reliability diagrams: how often facts of a score are right.

use serde::Serialize;

use super::frame::{Frame, HEIGHT, WIDTH, colour};
use super::number::number;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::report::Table;

/// The height of the columns below the diagram, which show how many facts a range holds.
const STRIP: f64 = 44.0;

/// The share of right facts against the score that they were given. On the diagonal a score
/// is the probability that it says to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReliabilityChart {
    /// What it shows.
    pub title: String,
    /// What the scores are.
    pub x: String,
    /// What is right.
    pub y: String,
    /// The series, such as scores as they are and scaled by a temperature.
    pub series: Vec<CalibrationSeries>,
}

/// One line of a [`ReliabilityChart`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationSeries {
    /// Its name.
    pub name: String,
    /// The ranges of the score, rising.
    pub bins: Vec<CalibrationBin>,
}

/// The facts whose score lies in one range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Their mean score, in 0 to 1.
    pub confidence: f64,
    /// The share of them that is right, in 0 to 1.
    pub accuracy: f64,
    /// How many there are. A range without facts isn't drawn.
    pub count: usize,
}

impl ReliabilityChart {
    /// A diagram without series.
    pub fn new(title: impl Into<String>, x: impl Into<String>, y: impl Into<String>) -> Self {
        Self { title: title.into(), x: x.into(), y: y.into(), series: Vec::new() }
    }

    /// The same with a further series.
    pub fn series(
        mut self,
        name: impl Into<String>,
        bins: impl IntoIterator<Item = CalibrationBin>,
    ) -> Self {
        self.series.push(CalibrationSeries { name: name.into(), bins: bins.into_iter().collect() });
        self
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(&self.title, &["series", ">score", ">right", ">facts"]);
        for series in &self.series {
            for bin in &series.bins {
                let (score, right) = (number(bin.confidence), number(bin.accuracy));
                table.row([series.name.clone(), score, right, number(bin.count as f64)]);
            }
        }
        table
    }

    pub(super) fn draw(&self) -> Svg {
        let height = HEIGHT + STRIP + 20.0;
        let strip = Frame::beside(&Scale::unit(), height);
        let frame = Frame { bottom: strip.bottom - STRIP - 20.0, ..strip };
        let (x, y) = (frame.x(Scale::unit()), frame.y(Scale::unit()));
        let mut svg = Svg::new(WIDTH, height);
        frame.draw_y(&mut svg, &y, &self.y);
        svg.path("diagonal", &[(frame.left, frame.bottom), (frame.right, frame.top)]);
        for (n, series) in self.series.iter().enumerate() {
            series.draw(&mut svg, &colour(n), &x, &y);
        }
        self.draw_counts(&mut svg, &strip, &x);
        strip.draw_x(&mut svg, &x, &self.x);
        if !self.series.iter().any(|series| series.known().next().is_some()) {
            frame.draw_empty(&mut svg);
        }
        svg
    }

    /// How many facts each point stands for, as columns below the diagram.
    fn draw_counts(&self, svg: &mut Svg, strip: &Frame, x: &Scale) {
        let counts = self.series.iter().flat_map(|series| series.known().map(|bin| bin.count));
        let most = counts.max().unwrap_or(0);
        let name = format!("facts (highest column {})", number(most as f64));
        svg.text("tick", Anchor::Start, (strip.left, strip.bottom - STRIP - 5.0), &name);
        for (n, series) in self.series.iter().enumerate() {
            for bin in series.known() {
                let left =
                    x.place(bin.confidence) + 5.0 * n as f64 - 2.5 * self.series.len() as f64;
                let top = strip.bottom - STRIP * bin.count as f64 / most as f64;
                svg.rect(colour(n), (left, strip.bottom), (left + 4.5, top), &series.tip(bin));
            }
        }
    }
}

impl CalibrationSeries {
    fn draw(&self, svg: &mut Svg, colour: &str, x: &Scale, y: &Scale) {
        let place = |bin: &CalibrationBin| (x.place(bin.confidence), y.place(bin.accuracy));
        let points: Vec<_> = self.known().map(place).collect();
        svg.path(format_args!("line {colour}"), &points);
        for bin in self.known() {
            svg.point(colour, place(bin), 3.0, &self.tip(bin));
        }
    }

    /// The ranges that hold facts.
    fn known(&self) -> impl Iterator<Item = &CalibrationBin> {
        let finite = |bin: &&CalibrationBin| bin.confidence.is_finite() && bin.accuracy.is_finite();
        self.bins.iter().filter(|bin| bin.count > 0).filter(finite)
    }

    fn tip(&self, bin: &CalibrationBin) -> String {
        let (score, right) = (number(bin.confidence), number(bin.accuracy));
        format!("{}, score {score}: {right} right of {}", self.name, number(bin.count as f64))
    }
}
