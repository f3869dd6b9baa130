//! The course of a training run as a picture: loss by step, dev scores by epoch.

mod axis;
mod draw;
mod panel;
mod smooth;

use plotters::prelude::*;

use crate::{Error, Result};

/// The size at which the picture is meant to be seen.
const SIZE: (u32, u32) = (1040, 400);

/// The backend draws on whole points only, so it gets a finer grid: points a pixel.
const FINE: u32 = 4;

/// What a training run recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingCurve {
    /// The training loss by step, in step order.
    pub losses: Vec<(usize, f64)>,
    /// The evaluations on the dev set, in order.
    pub dev: Vec<DevPoint>,
}

/// One evaluation on the dev set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DevPoint {
    /// The step after which it took place.
    pub step: usize,
    /// The same in epochs.
    pub epoch: f64,
    /// Precision, in 0 to 1.
    pub precision: f64,
    /// Recall, in 0 to 1.
    pub recall: f64,
    /// F1, in 0 to 1.
    pub f1: f64,
}

impl TrainingCurve {
    /// The evaluation with the highest F1, the first of several; `None` before the
    /// first evaluation.
    pub fn best(&self) -> Option<&DevPoint> {
        let finite = self.dev.iter().filter(|point| point.f1.is_finite());
        finite.reduce(|best, point| if point.f1 > best.f1 { point } else { best })
    }
}

/// Draws a run as SVG: training loss by step, as it is and smoothed, beside dev
/// precision, recall and F1 by epoch with the best epoch marked.
///
/// Values that aren't finite are left out. The picture has a white ground in every
/// theme and names generic fonts only.
///
/// ```
/// use docre::report::{TrainingCurve, training_curve_svg};
///
/// let run = TrainingCurve { losses: vec![(1, 0.9), (2, 0.7)], dev: vec![] };
/// let svg = training_curve_svg(&run).unwrap();
/// assert!(svg.starts_with("<svg") && svg.contains("Training loss"));
/// ```
pub fn training_curve_svg(points: &TrainingCurve) -> Result<String> {
    let mut svg = String::new();
    draw(points, &mut svg).map_err(|error| Error::file("curve.svg", error.to_string()))?;
    Ok(at_size(&svg))
}

fn draw(points: &TrainingCurve, svg: &mut String) -> Result<(), panel::DrawingError> {
    let grid = (SIZE.0 * FINE, SIZE.1 * FINE);
    let area = SVGBackend::with_string(svg, grid).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(grid.0 / 2);
    draw::loss(&left, points)?;
    draw::dev(&right, points)?;
    area.present()
}

/// The picture at the size at which it is meant to be seen, not that of its grid.
fn at_size(svg: &str) -> String {
    let size = |(width, height)| format!("width=\"{width}\" height=\"{height}\"");
    svg.replacen(&size((SIZE.0 * FINE, SIZE.1 * FINE)), &size(SIZE), 1)
}
