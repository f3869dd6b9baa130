//! One chart with title, axes and legend.

use std::ops::Range;

use plotters::chart::ChartContext;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::FINE;

/// What can go wrong while drawing into a string.
pub(super) type DrawingError = DrawingAreaErrorKind<std::io::Error>;

/// A place to draw on.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A chart with axes.
pub(super) type Chart<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x25, 0x2b);
pub(super) const QUIET: RGBColor = RGBColor(0x6a, 0x70, 0x79);
const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe0);

/// The words and ranges of a chart.
pub(super) struct Panel {
    pub title: &'static str,
    pub x: (&'static str, Range<f64>),
    pub y: (&'static str, Range<f64>),
}

impl Panel {
    /// Draws title, axes and grid.
    pub fn draw<'a>(self, area: &Area<'a>) -> Result<Chart<'a>, DrawingError> {
        area.draw(&Text::new(self.title, at(72, 14), text(19).color(&INK)))?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(points(64))
            .margin_left(points(14))
            .margin_right(points(24))
            .margin_bottom(points(10))
            .x_label_area_size(points(46))
            .y_label_area_size(points(54))
            .build_cartesian_2d(self.x.1, self.y.1)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().light_line_style(TRANSPARENT).bold_line_style(line(FAINT, 1));
        mesh.axis_style(line(QUIET, 1)).set_all_tick_mark_size(points(5)).x_labels(7).y_labels(6);
        mesh.x_label_formatter(&|x| number(*x)).y_label_formatter(&|y| number(*y));
        mesh.label_style(text(14).color(&QUIET)).axis_desc_style(text(15).color(&INK));
        mesh.x_desc(self.x.0).y_desc(self.y.0).draw()?;
        Ok(chart)
    }
}

/// Draws the legend in a row under the title.
pub(super) fn legend(area: &Area, names: &[(&str, RGBColor)]) -> Result<(), DrawingError> {
    let mut x = 72;
    for (name, color) in names {
        area.draw(&PathElement::new([at(x, 49), at(x + 16, 49)], line(*color, 3)))?;
        area.draw(&Text::new(name.to_string(), at(x + 22, 42), text(15).color(&INK)))?;
        // A letter is about 7 pixels wide; nobody knows the reader's font.
        x += 22 + 7 * name.len() as i32 + 20;
    }
    Ok(())
}

/// Writes a remark in the middle of a chart that has nothing to show.
pub(super) fn remark(area: &Area, words: &'static str) -> Result<(), DrawingError> {
    let (width, height) = area.dim_in_pixel();
    let style = text(15).color(&QUIET).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(words, (width as i32 / 2 + points(20), height as i32 / 2), style))
}

/// Pixels in points of the grid.
pub(super) fn points(pixels: i32) -> i32 {
    pixels * FINE as i32
}

/// A place in pixels, in points of the grid.
fn at(x: i32, y: i32) -> (i32, i32) {
    (points(x), points(y))
}

/// A line of a width in pixels.
pub(super) fn line(color: RGBColor, pixels: u32) -> ShapeStyle {
    color.stroke_width(pixels * FINE)
}

/// Text of a size in pixels.
pub(super) fn text(size: u32) -> TextStyle<'static> {
    // The backend divides by 1.24.
    TextStyle::from(("sans-serif", 1.24 * f64::from(points(size as i32))))
}

/// A number with no more digits than it needs.
fn number(value: f64) -> String {
    let rounded = format!("{value:.4}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}
