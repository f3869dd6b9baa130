//! Lines with points.

use serde::Serialize;

use super::frame::{Frame, HEIGHT, WIDTH, colour};
use super::number::number;
use super::scale::Scale;
use super::svg::Svg;
use crate::report::Table;

/// A line with more points than this is drawn without them.
const POINTS: usize = 60;

/// Values that change with another one, such as the epoch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineChart {
    /// What it shows.
    pub title: String,
    /// What runs to the right.
    pub x: String,
    /// What the values are.
    pub y: String,
    /// Whether the vertical axis starts at 0.
    pub from_zero: bool,
    /// The series.
    pub series: Vec<LineSeries>,
}

/// One line of a [`LineChart`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineSeries {
    /// Its name.
    pub name: String,
    /// The points from left to right; the line has a gap where one isn't finite.
    pub points: Vec<(f64, f64)>,
}

impl LineChart {
    /// A chart without series, whose vertical axis starts at 0.
    pub fn new(title: impl Into<String>, x: impl Into<String>, y: impl Into<String>) -> Self {
        let (title, x, y) = (title.into(), x.into(), y.into());
        Self { title, x, y, from_zero: true, series: Vec::new() }
    }

    /// The same with a further line.
    pub fn series(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().collect();
        self.series.push(LineSeries { name: name.into(), points });
        self
    }

    pub(super) fn table(&self) -> Table {
        let (x, y) = (format!(">{}", self.x), format!(">{}", self.y));
        let mut table = Table::new(&self.title, &["series", &x, &y]);
        for series in &self.series {
            for &(x, y) in &series.points {
                table.row([series.name.clone(), number(x), number(y)]);
            }
        }
        table
    }

    pub(super) fn draw(&self) -> Svg {
        let points = || self.series.iter().flat_map(|series| &series.points).filter(is_finite);
        let y = Scale::round(points().map(|point| point.1), self.from_zero);
        let frame = Frame::beside(&y, HEIGHT);
        let (x, y) = (frame.x(Scale::exact(points().map(|point| point.0))), frame.y(y));
        let mut svg = Svg::new(WIDTH, HEIGHT);
        frame.draw_y(&mut svg, &y, &self.y);
        frame.draw_x(&mut svg, &x, &self.x);
        for (n, series) in self.series.iter().enumerate() {
            series.draw(&mut svg, &colour(n), &x, &y);
        }
        if points().next().is_none() {
            frame.draw_empty(&mut svg);
        }
        svg
    }
}

impl LineSeries {
    fn draw(&self, svg: &mut Svg, colour: &str, x: &Scale, y: &Scale) {
        let place = |point: &(f64, f64)| (x.place(point.0), y.place(point.1));
        for stretch in self.points.split(|point| !is_finite(&point)) {
            if stretch.len() > 1 {
                let points: Vec<_> = stretch.iter().map(place).collect();
                svg.path(format_args!("line {colour}"), &points);
            }
        }
        let finite = self.points.iter().filter(is_finite);
        if finite.clone().count() <= POINTS {
            for point in finite {
                let tip = format!("{}: {} at {}", self.name, number(point.1), number(point.0));
                svg.point(colour, place(point), 3.0, &tip);
            }
        }
    }
}

fn is_finite(point: &&(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}
