//! Bars by label: upright for a few short labels, lying for many or long ones.

use serde::Serialize;

use super::frame::{Frame, HEIGHT, LETTER, WIDTH, colour};
use super::number::number;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::report::Table;

/// The thickness of a lying bar.
const THICK: f64 = 12.0;
/// What is between the lying bars of two labels.
const GAP: f64 = 8.0;
/// The room for labels of lying bars, at most.
const LABELS: f64 = 170.0;

/// Values by label, in groups of as many bars as there are series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BarChart {
    /// What it shows.
    pub title: String,
    /// What the labels are.
    pub x: String,
    /// What the values are.
    pub y: String,
    /// The labels.
    pub labels: Vec<String>,
    /// The series.
    pub series: Vec<BarSeries>,
}

/// A value for each label of a [`BarChart`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BarSeries {
    /// Its name.
    pub name: String,
    /// The values; what isn't finite has no bar.
    pub values: Vec<f64>,
    /// How far each value may lie off to both sides (standard deviation, half of a confidence
    /// interval); empty where that isn't known.
    pub spread: Vec<f64>,
}

impl BarChart {
    /// A chart without series.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        x: impl Into<String>,
        y: impl Into<String>,
        labels: impl IntoIterator<Item = S>,
    ) -> Self {
        let labels = labels.into_iter().map(Into::into).collect();
        Self { title: title.into(), x: x.into(), y: y.into(), labels, series: Vec::new() }
    }

    /// The same with a further series.
    ///
    /// # Panics
    ///
    /// If it has another number of values than there are labels.
    pub fn series(self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        self.series_with_spread(name, values.into_iter().map(|value| (value, f64::NAN)))
    }

    /// The same with a further series of values and how far each may lie off to both sides.
    ///
    /// # Panics
    ///
    /// If it has another number of values than there are labels.
    pub fn series_with_spread(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let (values, mut spread): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        assert_eq!(values.len(), self.labels.len(), "a value for each label");
        if !spread.iter().any(|spread| spread.is_finite()) {
            spread.clear();
        }
        self.series.push(BarSeries { name: name.into(), values, spread });
        self
    }

    pub(super) fn table(&self) -> Table {
        let names = self.series.iter().map(|series| format!(">{}", series.name));
        let names: Vec<String> = [self.x.clone()].into_iter().chain(names).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut table = Table::new(&self.title, &names);
        for (place, label) in self.labels.iter().enumerate() {
            let cells = self.series.iter().map(|series| series.text(place));
            table.row([label.clone()].into_iter().chain(cells));
        }
        table
    }

    pub(super) fn draw(&self) -> Svg {
        let ends = self.series.iter().flat_map(BarSeries::ends);
        let scale = Scale::round(ends, true);
        if self.fits_upright() { self.draw_upright(scale) } else { self.draw_lying(scale) }
    }

    /// Whether the labels stand side by side below the bars.
    fn fits_upright(&self) -> bool {
        let widest = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let bars = self.labels.len() * self.series.len();
        LETTER * (widest + 2) as f64 * self.labels.len() as f64 <= WIDTH - 50.0 && bars <= 24
    }

    fn draw_upright(&self, scale: Scale) -> Svg {
        let mut svg = Svg::new(WIDTH, HEIGHT);
        let frame = Frame::beside(&scale, HEIGHT);
        let y = frame.y(scale);
        frame.draw_y(&mut svg, &y, &self.y);
        frame.name_x(&mut svg, &self.x);
        let band = (frame.right - frame.left) / self.labels.len().max(1) as f64;
        let width = (0.72 * band / self.series.len().max(1) as f64).min(46.0);
        for (place, label) in self.labels.iter().enumerate() {
            let middle = frame.left + band * (place as f64 + 0.5);
            svg.text("tick", Anchor::Middle, (middle, frame.bottom + 16.0), label);
            let start = middle - width * self.series.len() as f64 / 2.0;
            for (n, value, tip) in self.bars(place) {
                let left = start + width * n as f64;
                let top = y.place(value);
                svg.rect(colour(n), (left + 0.5, y.base()), (left + width - 0.5, top), &tip);
                if let Some((low, high)) = self.series[n].around(place) {
                    let x = left + width / 2.0;
                    svg.line("spread", (x, y.place(low)), (x, y.place(high)));
                }
            }
        }
        svg.line("rule", (frame.left, y.base()), (frame.right, y.base()));
        if self.is_empty() {
            frame.draw_empty(&mut svg);
        }
        svg
    }

    fn draw_lying(&self, scale: Scale) -> Svg {
        let row = THICK * self.series.len() as f64 + GAP;
        let frame = self.lying_frame(row);
        let mut svg = Svg::new(WIDTH, frame.bottom + 38.0);
        let x = frame.x(scale);
        for (place, text) in x.ticks() {
            svg.line("grid", (place, frame.top), (place, frame.bottom));
            svg.text("tick", Anchor::Middle, (place, frame.bottom + 16.0), &text);
        }
        svg.text("axis", Anchor::Start, (2.0, 11.0), &self.x);
        svg.text("axis", Anchor::End, (frame.right, frame.bottom + 32.0), &self.y);
        for (place, label) in self.labels.iter().enumerate() {
            let top = frame.top + row * place as f64 + GAP / 2.0;
            let middle = top + (row - GAP) / 2.0;
            let room = ((frame.left - 8.0) / LETTER) as usize;
            svg.text("tick", Anchor::End, (frame.left - 6.0, middle + 3.5), &cut(label, room));
            for (n, value, tip) in self.bars(place) {
                let top = top + THICK * n as f64;
                let end = x.place(value);
                svg.rect(colour(n), (x.base(), top + 0.5), (end, top + THICK - 0.5), &tip);
                if let Some((low, high)) = self.series[n].around(place) {
                    let y = top + THICK / 2.0;
                    svg.line("spread", (x.place(low), y), (x.place(high), y));
                }
            }
        }
        svg.line("rule", (x.base(), frame.top), (x.base(), frame.bottom));
        svg
    }

    fn lying_frame(&self, row: f64) -> Frame {
        let widest = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        Frame {
            left: (LETTER * widest as f64 + 10.0).min(LABELS),
            right: WIDTH - 16.0,
            top: 20.0,
            bottom: 20.0 + row * self.labels.len() as f64,
        }
    }

    /// The bars of a label: the series, the value, and both in words.
    fn bars(&self, place: usize) -> impl Iterator<Item = (usize, f64, String)> {
        let series = self.series.iter().enumerate();
        series.filter(move |(_, series)| series.values[place].is_finite()).map(
            move |(n, series)| {
                let tip =
                    format!("{}, {}: {}", self.labels[place], series.name, series.text(place));
                (n, series.values[place], tip)
            },
        )
    }

    fn is_empty(&self) -> bool {
        !self.series.iter().flat_map(|series| &series.values).any(|value| value.is_finite())
    }
}

impl BarSeries {
    /// The value at a place and how far it may lie off, where both are known.
    fn around(&self, place: usize) -> Option<(f64, f64)> {
        let (value, spread) = (self.values[place], *self.spread.get(place)?);
        (value.is_finite() && spread.is_finite()).then_some((value - spread, value + spread))
    }

    fn text(&self, place: usize) -> String {
        match self.around(place) {
            Some((low, high)) => {
                format!("{} ± {}", number(self.values[place]), number((high - low) / 2.0))
            }
            None => number(self.values[place]),
        }
    }

    /// What an axis has to hold.
    fn ends(&self) -> impl Iterator<Item = f64> {
        let around = (0..self.values.len()).filter_map(|place| self.around(place));
        self.values.iter().copied().chain(around.flat_map(|(low, high)| [low, high]))
    }
}

/// The beginning of a label that is too long for its room.
fn cut(label: &str, room: usize) -> String {
    match label.chars().count() > room {
        true => label.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
        false => label.to_owned(),
    }
}
