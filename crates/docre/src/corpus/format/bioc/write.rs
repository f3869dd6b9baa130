//! Writes documents of BioC.

use serde_json::{Value, json};

use crate::corpus::identified::identifier;
use crate::corpus::spans::{Rendered, Span, without_blanks};
use crate::document::{Document, Fact};

/// A document as JSON.
pub fn write(document: &Document) -> Value {
    let rendered =
        Rendered::of_source(document).unwrap_or_else(|| Rendered::new(document, without_blanks));
    let name = |entity: usize| identifier(document.entities[entity].id.as_deref(), entity);
    let (title, rest) = match rendered.text.split_once('\n') {
        Some((title, rest)) => (title, Some(rest)),
        None => (rendered.text.as_str(), None),
    };
    let border = title.chars().count() + 1;
    let mut annotations = [Vec::new(), Vec::new()];
    for (entity, spans) in rendered.spans(document).into_iter().enumerate() {
        for Span { id, start, end, text, kind, .. } in spans {
            annotations[usize::from(start >= border)].push(json!({
                "id": id,
                "infons": {"identifier": name(entity), "type": kind},
                "text": text,
                "locations": [{"offset": start, "length": end - start}],
            }));
        }
    }
    let [of_title, of_rest] = annotations;
    let passage = |kind: &str, offset: usize, text: &str, annotations: Vec<Value>| {
        json!({"infons": {"type": kind}, "offset": offset, "text": text, "sentences": [],
            "annotations": annotations, "relations": []})
    };
    let mut passages = vec![passage("title", 0, title, of_title)];
    passages.extend(rest.map(|rest| passage("abstract", border, rest, of_rest)));
    let relation = |(number, fact): (usize, &Fact)| {
        let infons =
            json!({"entity1": name(fact.head), "entity2": name(fact.tail), "type": fact.relation});
        json!({"id": format!("R{number}"), "infons": infons, "nodes": []})
    };
    let relations: Vec<_> = document.labelled_facts().iter().enumerate().map(relation).collect();
    json!({"id": document.title, "infons": {}, "passages": passages, "annotations": [],
        "relations": relations})
}
