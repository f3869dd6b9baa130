//! A small writer of SVG: shapes with classes, and texts that are escaped.

use std::fmt::{Display, Write};

/// A picture in the making. Lengths are those of the picture, whose width is [`WIDTH`].
///
/// [`WIDTH`]: super::frame::WIDTH
#[derive(Debug)]
pub(in crate::report) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text stands at its place.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub fn line(&mut self, class: impl Display, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// A rectangle between two corners, with a text that is shown on hovering.
    pub fn rect(&mut self, class: impl Display, a: (f64, f64), b: (f64, f64), tip: &str) {
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        let (width, height) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"><title>{}</title></rect>",
            escaped(tip)
        ));
    }

    /// A point, with a text that is shown on hovering.
    pub fn point(&mut self, class: impl Display, (x, y): (f64, f64), radius: f64, tip: &str) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\">\
             <title>{}</title></circle>",
            escaped(tip)
        ));
    }

    /// A line through points.
    pub fn path(&mut self, class: impl Display, points: &[(f64, f64)]) {
        let mut data = String::new();
        for (place, (x, y)) in points.iter().enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            write!(data, "{letter}{x:.1} {y:.1}").expect("memory takes it");
        }
        self.push(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    pub fn text(&mut self, class: impl Display, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escaped(text)
        ));
    }

    /// The whole picture, with its name and a description for those who don't see it.
    pub fn finish(self, title: &str, description: &str) -> String {
        let Self { width, height, body } = self;
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
             aria-label=\"{title}. {description}\"><desc>{description}</desc>{body}</svg>"
        )
    }

    /// The same as a file of its own, with a style and a white ground.
    pub fn alone(self, title: &str, description: &str, style: &str) -> String {
        let Self { width, height, body } = self;
        let ground = format!("<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>");
        let body = format!("<style>{style}</style>{ground}{body}");
        let picture = Self { width, height, body }.finish(title, description);
        let size = format!("width=\"{width:.0}\" height=\"{height:.0}\"");
        picture.replacen("<svg", &format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size}"), 1)
    }

    fn push(&mut self, shape: std::fmt::Arguments) {
        self.body.write_fmt(shape).expect("memory takes it");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
