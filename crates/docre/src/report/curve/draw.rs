//! The two panels.

use super::smooth::{sampled, smoothed, thinned};
use super::{DevPoint, TrainingCurve};
use crate::report::chart::{Anchor, Scale, Svg};

/// The size of each panel, in the picture's own points.
pub(super) const PANEL: (f64, f64) = (520.0, 400.0);

/// The borders of the plot inside of its panel.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 496.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 344.0;

/// More points than this can't be told apart at the panel's width.
const MOST: usize = 1000;

type Measure = fn(&DevPoint) -> f64;

/// A panel with its axes, `shift` to the right.
struct Panel<'a> {
    svg: &'a mut Svg,
    shift: f64,
    x: Scale,
    y: Scale,
}

/// What a panel and its axes are called.
struct Names {
    title: &'static str,
    x: &'static str,
    y: &'static str,
}

impl<'a> Panel<'a> {
    fn draw(svg: &'a mut Svg, shift: f64, names: Names, x: Scale, y: Scale) -> Self {
        let (x, y) = (x.on(LEFT + shift, RIGHT + shift), y.on(BOTTOM, TOP));
        svg.text("title", Anchor::Start, (LEFT + shift, 30.0), names.title);
        for (place, text) in y.ticks() {
            svg.line("grid", (LEFT + shift, place), (RIGHT + shift, place));
            svg.text("tick", Anchor::End, (LEFT + shift - 8.0, place + 5.0), &text);
        }
        for (place, text) in x.ticks() {
            svg.line("axis", (place, BOTTOM), (place, BOTTOM + 5.0));
            svg.text("tick", Anchor::Middle, (place, BOTTOM + 20.0), &text);
        }
        svg.line("axis", (LEFT + shift, BOTTOM), (RIGHT + shift, BOTTOM));
        svg.text("name", Anchor::End, (RIGHT + shift, BOTTOM + 40.0), names.x);
        svg.text("name", Anchor::End, (LEFT + shift - 8.0, TOP - 14.0), names.y);
        Self { svg, shift, x, y }
    }

    /// The legend, in a row under the title.
    fn legend(&mut self, series: &[(&str, &str)]) {
        let mut x = LEFT + self.shift;
        for (name, class) in series {
            self.svg.line(class, (x, 49.0), (x + 16.0, 49.0));
            self.svg.text("tick", Anchor::Start, (x + 22.0, 54.0), name);
            // A letter is about 7 points wide; nobody knows the reader's font.
            x += 22.0 + 7.0 * name.len() as f64 + 20.0;
        }
    }

    /// Says in the middle that there is nothing to see.
    fn remark(&mut self, words: &str) {
        let middle = (self.shift + (LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
        self.svg.text("tick", Anchor::Middle, middle, words);
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.place(x), self.y.place(y))
    }

    fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let places: Vec<_> = points.iter().map(|&point| self.place(point)).collect();
        self.svg.path(class, &places);
    }

    fn point(&mut self, class: &str, point: (f64, f64), radius: f64, tip: &str) {
        let place = self.place(point);
        self.svg.point(class, place, radius, tip);
    }
}

/// Draws the training loss by step.
pub(super) fn loss(svg: &mut Svg, run: &TrainingCurve) {
    let steps: Vec<(f64, f64)> =
        run.losses.iter().map(|&(step, y)| (step as f64, y)).filter(|p| p.1.is_finite()).collect();
    let names = Names { title: "Training loss", x: "step", y: "loss" };
    let x = Scale::exact(steps.iter().map(|p| p.0));
    let mut panel = Panel::draw(svg, 0.0, names, x, Scale::round(steps.iter().map(|p| p.1), true));
    if steps.is_empty() {
        return panel.remark("no steps yet");
    }
    panel.legend(&[("each step", "line faint"), ("smoothed", "line blue")]);
    panel.path("line faint", &thinned(&steps, MOST));
    let smooth = sampled(&smoothed(&steps), MOST);
    if let [point] = smooth[..] {
        panel.point("blue", point, 4.0, "");
    }
    panel.path("line blue", &smooth);
}

/// Draws precision, recall and F1 by epoch.
pub(super) fn dev(svg: &mut Svg, run: &TrainingCurve) {
    // F1 last, so that it lies on top.
    let measures: [(&str, &str, Measure); 3] = [
        ("precision", "orange", |point| point.precision),
        ("recall", "green", |point| point.recall),
        ("F1", "blue", |point| point.f1),
    ];
    let lines =
        measures.map(|(name, class, measure)| (name, class, percentages(&run.dev, measure)));
    let all = || lines.iter().flat_map(|(_, _, points)| points);
    let names = Names { title: "Dev scores", x: "epoch", y: "%" };
    let x = Scale::exact(all().map(|p| p.0));
    let mut panel = Panel::draw(svg, PANEL.0, names, x, Scale::round(all().map(|p| p.1), false));
    if all().next().is_none() {
        return panel.remark("no evaluation yet");
    }
    panel.legend(&[("precision", "line orange"), ("recall", "line green"), ("F1", "line blue")]);
    if let Some(best) = run.best() {
        mark_best(&mut panel, best);
    }
    for (name, class, scores) in &lines {
        panel.path(&format!("line {class}"), scores);
        for &(x, y) in scores {
            panel.point(class, (x, y), 3.0, &format!("{name} {y:.2} at epoch {}", epoch(x)));
        }
    }
}

fn percentages(dev: &[DevPoint], measure: Measure) -> Vec<(f64, f64)> {
    let points = dev.iter().map(|point| (point.epoch, 100.0 * measure(point)));
    points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}

/// A line at the best epoch, a ring around its F1, and both in words at the bottom.
fn mark_best(panel: &mut Panel, best: &DevPoint) {
    if !best.epoch.is_finite() {
        return;
    }
    let (x, _) = panel.place((best.epoch, 0.0));
    panel.svg.line("dashed", (x, TOP), (x, BOTTOM));
    panel.point("ring", (best.epoch, 100.0 * best.f1), 7.0, "");
    // On the side with more room.
    let left = panel.shift + LEFT;
    let (side, gap) = match x - left > (RIGHT - LEFT) / 2.0 {
        true => (Anchor::End, -8.0),
        false => (Anchor::Start, 8.0),
    };
    let words = format!("best F1 {:.2} at epoch {}", 100.0 * best.f1, epoch(best.epoch));
    panel.svg.text("mark", side, (x + gap, BOTTOM - 8.0), &words);
}

/// An epoch with at most two digits after the point.
fn epoch(epoch: f64) -> f64 {
    (100.0 * epoch).round() / 100.0
}
