//! The two charts.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::panel::{
    Area, Chart, DrawingError, INK, Panel, QUIET, legend, line, points, remark, text,
};
use super::smooth::{sampled, smoothed, thinned};
use super::{DevPoint, TrainingCurve, axis};

const LOSS: RGBColor = RGBColor(0xb4, 0xc3, 0xdc);
const SMOOTH: RGBColor = RGBColor(0x27, 0x50, 0x9b);
const F1: RGBColor = RGBColor(0x27, 0x50, 0x9b);
const PRECISION: RGBColor = RGBColor(0xc0, 0x6a, 0x1a);
const RECALL: RGBColor = RGBColor(0x2d, 0x84, 0x5f);

/// More points than this can't be told apart at the chart's width.
const MOST: usize = 1000;

type Measure = fn(&DevPoint) -> f64;

/// Draws the training loss by step.
pub(super) fn loss(area: &Area, run: &TrainingCurve) -> Result<(), DrawingError> {
    let steps: Vec<(f64, f64)> =
        run.losses.iter().map(|&(step, y)| (step as f64, y)).filter(|p| p.1.is_finite()).collect();
    let mut chart = Panel {
        title: "Training loss",
        x: ("step", axis::spanning(steps.iter().map(|p| p.0))),
        y: ("loss", axis::of_loss(steps.iter().map(|p| p.1))),
    }
    .draw(area)?;
    if steps.is_empty() {
        return remark(area, "no steps yet");
    }
    legend(area, &[("each step", LOSS), ("smoothed", SMOOTH)])?;
    chart.draw_series(LineSeries::new(thinned(&steps, MOST), line(LOSS, 1)))?;
    let smooth = sampled(&smoothed(&steps), MOST);
    if let [point] = smooth[..] {
        chart.draw_series([Circle::new(point, points(4), SMOOTH.filled())])?;
    }
    chart.draw_series(LineSeries::new(smooth, line(SMOOTH, 2)))?;
    Ok(())
}

/// Draws precision, recall and F1 by epoch.
pub(super) fn dev(area: &Area, run: &TrainingCurve) -> Result<(), DrawingError> {
    // F1 last, so that it lies on top.
    let measures: [(&str, RGBColor, Measure); 3] = [
        ("precision", PRECISION, |point| point.precision),
        ("recall", RECALL, |point| point.recall),
        ("F1", F1, |point| point.f1),
    ];
    let lines = measures.map(|(_, color, measure)| (color, percentages(&run.dev, measure)));
    let all = || lines.iter().flat_map(|(_, points)| points);
    let mut chart = Panel {
        title: "Dev scores",
        x: ("epoch", axis::spanning(all().map(|p| p.0))),
        y: ("%", axis::of_percent(all().map(|p| p.1))),
    }
    .draw(area)?;
    if all().next().is_none() {
        return remark(area, "no evaluation yet");
    }
    legend(area, &measures.map(|(name, color, _)| (name, color)))?;
    if let Some(best) = run.best() {
        mark_best(&mut chart, best)?;
    }
    for (color, scores) in lines {
        chart.draw_series(LineSeries::new(scores.clone(), line(color, 2)))?;
        chart.draw_series(scores.into_iter().map(|p| Circle::new(p, points(3), color.filled())))?;
    }
    Ok(())
}

fn percentages(dev: &[DevPoint], measure: Measure) -> Vec<(f64, f64)> {
    let points = dev.iter().map(|point| (point.epoch, 100.0 * measure(point)));
    points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}

/// A line at the best epoch, a ring around its F1, and both in words at the bottom.
fn mark_best(chart: &mut Chart, best: &DevPoint) -> Result<(), DrawingError> {
    if !best.epoch.is_finite() {
        return Ok(());
    }
    let (xs, ys) = (chart.x_range(), chart.y_range());
    let (ends, dash) = ([(best.epoch, ys.start), (best.epoch, ys.end)], points(4) as u32);
    chart.draw_series(DashedLineSeries::new(ends, dash, dash, line(QUIET, 1)))?;
    chart.draw_series([Circle::new((best.epoch, 100.0 * best.f1), points(7), line(F1, 1))])?;
    // On the side with more room.
    let (side, gap) = match best.epoch - xs.start > xs.end - best.epoch {
        true => (HPos::Right, -8),
        false => (HPos::Left, 8),
    };
    let words = format!("best F1 {:.2} at epoch {}", 100.0 * best.f1, epoch(best.epoch));
    let style = text(14).color(&INK).pos(Pos::new(side, VPos::Bottom));
    let label = EmptyElement::at((best.epoch, ys.start))
        + Text::new(words, (points(gap), points(-8)), style);
    chart.draw_series([label])?;
    Ok(())
}

/// An epoch with at most two digits after the point.
fn epoch(epoch: f64) -> f64 {
    (100.0 * epoch).round() / 100.0
}
