//! Writes tasks of Label Studio.

use serde_json::{Value, json};

use crate::corpus::spans::{Rendered, Span, without_blanks};
use crate::document::Document;

/// The relation by which docre joins the spans of an entity.
pub(super) const SAME: &str = "Equiv";

/// What `data.split` says of a text that docre wrote.
pub(super) const BLANKS: &str = "blanks";

/// A task; a document without labels gets its spans as a prediction.
pub(super) fn write(document: &Document) -> Value {
    let source = Rendered::of_source(document);
    let is_source = source.is_some();
    let rendered = source.unwrap_or_else(|| Rendered::new(document, without_blanks));
    let spans = rendered.spans(document);
    let units = Utf16::of(&rendered.text);
    let regions = spans.iter().flatten().map(|span| region(span, &units));
    let joined = spans
        .iter()
        .flat_map(|spans| spans.iter().skip(1).map(|span| relation(&spans[0], SAME, span)));
    let facts = document.labelled_facts().iter();
    let facts =
        facts.map(|fact| relation(&spans[fact.head][0], &fact.relation, &spans[fact.tail][0]));
    let result: Vec<Value> = regions.chain(joined).chain(facts).collect();
    let mut data = json!({"title": document.title, "text": rendered.text});
    if !is_source {
        data["split"] = BLANKS.into();
    }
    let result = json!([{"result": result}]);
    match document.facts {
        Some(_) => json!({"data": data, "annotations": result, "predictions": []}),
        None => json!({"data": data, "annotations": [], "predictions": result}),
    }
}

/// The UTF-16 units, which Label Studio counts, in front of each character.
struct Utf16(Vec<usize>);

impl Utf16 {
    fn of(text: &str) -> Self {
        let add = |sum: &mut usize, c: char| {
            *sum += c.len_utf16();
            Some(*sum)
        };
        Self([0].into_iter().chain(text.chars().scan(0, add)).collect())
    }
}

fn region(span: &Span, units: &Utf16) -> Value {
    let Span { id, text, kind, .. } = span;
    let (start, end) = (units.0[span.start], units.0[span.end]);
    let labels = if kind.is_empty() { json!([]) } else { json!([kind]) };
    let value = json!({"start": start, "end": end, "text": text, "labels": labels});
    json!({"id": id, "from_name": "label", "to_name": "text", "type": "labels", "value": value})
}

fn relation(from: &Span, label: &str, to: &Span) -> Value {
    json!({"type": "relation", "from_id": from.id, "to_id": to.id, "direction": "right", "labels": [label]})
}
