//! What is around the data of a chart: the plot's borders, grid, ticks, names of axes.

use super::scale::Scale;
use super::svg::{Anchor, Svg};

/// The width of all charts. The page scales them; on a phone it is about one to one.
pub(super) const WIDTH: f64 = 420.0;
/// The height of charts that don't grow with their data.
pub(super) const HEIGHT: f64 = 250.0;
/// The width of a letter of the ticks, on average.
pub(super) const LETTER: f64 = 6.3;
/// The number of colours for series in `report.css`; further series start anew.
const COLOURS: usize = 6;

/// The plot's borders.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    /// A plot that leaves room for the ticks of its vertical axis.
    pub fn beside(y: &Scale, height: f64) -> Self {
        let widest = y.ticks().iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
        Self {
            left: LETTER * widest as f64 + 10.0,
            right: WIDTH - 12.0,
            top: 26.0,
            bottom: height - 38.0,
        }
    }

    /// The scale of the vertical axis, laid out.
    pub fn y(&self, scale: Scale) -> Scale {
        scale.on(self.bottom, self.top)
    }

    /// The scale of the horizontal axis, laid out.
    pub fn x(&self, scale: Scale) -> Scale {
        scale.on(self.left, self.right)
    }

    /// Lines and ticks of the vertical axis, and its name above them.
    pub fn draw_y(&self, svg: &mut Svg, y: &Scale, name: &str) {
        for (place, text) in y.ticks() {
            svg.line("grid", (self.left, place), (self.right, place));
            // The first tick of a logarithmic axis would touch that of its mirror image.
            if (4.0..7.0).contains(&(place - y.base()).abs()) {
                continue;
            }
            svg.text("tick", Anchor::End, (self.left - 6.0, place + 3.5), &text);
        }
        svg.text("axis", Anchor::Start, (2.0, 11.0), name);
    }

    /// Ticks of the horizontal axis, and its name below them.
    pub fn draw_x(&self, svg: &mut Svg, x: &Scale, name: &str) {
        for (place, text) in x.ticks() {
            svg.line("rule", (place, self.bottom), (place, self.bottom + 4.0));
            svg.text("tick", Anchor::Middle, (place, self.bottom + 16.0), &text);
        }
        self.name_x(svg, name);
    }

    /// The line and the name of the horizontal axis.
    pub fn name_x(&self, svg: &mut Svg, name: &str) {
        svg.line("rule", (self.left, self.bottom), (self.right, self.bottom));
        svg.text("axis", Anchor::End, (self.right, self.bottom + 32.0), name);
    }

    /// Says that there is nothing to see.
    pub fn draw_empty(&self, svg: &mut Svg) {
        let middle = ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0);
        svg.text("axis", Anchor::Middle, middle, "no values");
    }
}

/// The class of a series: its colour.
pub(super) fn colour(series: usize) -> String {
    format!("c{}", series % COLOURS)
}
