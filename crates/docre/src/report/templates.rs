//! The templates of all pages, and what they share.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::{Error, Result};

/// The templates by name; pages include styles and scripts.
const TEMPLATES: [(&str, &str); 18] = [
    ("head.html", include_str!("assets/head.html")),
    ("base.css", include_str!("assets/base.css")),
    ("facts.css", include_str!("assets/facts.css")),
    ("page.css", include_str!("assets/page.css")),
    ("report.css", include_str!("assets/report.css")),
    ("browser.css", include_str!("assets/browser.css")),
    ("review.css", include_str!("assets/review.css")),
    ("highlight.js", include_str!("assets/highlight.js")),
    ("sort.js", include_str!("assets/sort.js")),
    ("graph.js", include_str!("assets/graph.js")),
    ("browser.js", include_str!("assets/browser.js")),
    ("review.js", include_str!("assets/review.js")),
    ("network.css", include_str!("assets/network.css")),
    ("network.js", include_str!("assets/network.js")),
    ("network.html", include_str!("assets/network.html")),
    ("page.html", include_str!("assets/page.html")),
    ("report.html", include_str!("assets/report.html")),
    ("review.html", include_str!("assets/review.html")),
];

/// Fills a template.
///
/// Whatever the user's text is, the templates take it, so an error is a bug; it still goes
/// the way of all errors instead of taking a server down.
pub(super) fn render(template: &str, values: &impl Serialize) -> Result<String> {
    filled(template, values).map_err(|error| Error::file(template, format!("{error:#}")))
}

fn filled(template: &str, values: &impl Serialize) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("hue", hue);
    environment.add_filter("score", score);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    environment.get_template(template)?.render(Serde(values))
}

/// The colour of an entity, an angle: by the golden angle, so that neighbours in the
/// list are far apart however many there are. `browser.js` and
/// `review.js` have the same formula.
fn hue(entity: usize) -> u32 {
    ((entity as f64 * 137.508 + 20.0) % 360.0) as u32
}

fn score(score: f64) -> String {
    if score.is_finite() { format!("{score:.3}") } else { String::new() }
}
