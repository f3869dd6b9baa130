//! Label Studio's JSON export: tasks with a text and the annotated spans and relations.
//!
//! Spans with labels are mentions and relations between them are facts, but for those that
//! say that two spans are one entity (`Equiv`, `coref` or `coreference`). Of several
//! annotations of a task the first that wasn't cancelled counts; a task with predictions
//! alone is a document without labels.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::losses::{Loss, Losses};
use crate::corpus::objects::Object;
use crate::corpus::parse::parse;
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span, clusters, entities_of, without_blanks};
use crate::document::Document;

pub(super) static ROW: FormatRow = FormatRow {
    name: "label-studio",
    about: "its JSON export",
    layout: Layout::Json,
    tell: Tell {
        object: |keys| keys.has("data") && keys.has_any(&["annotations", "predictions"]),
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| JsonWriter::create(ListWriter::create(path), write, read)),
};

/// The relation by which docre joins the spans of an entity.
const SAME: &str = "Equiv";

/// What `data.split` says of a text that docre wrote.
const BLANKS: &str = "blanks";

#[derive(Deserialize)]
#[serde(expecting = "a task")]
struct Task {
    id: Option<Value>,
    data: Map<String, Value>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    predictions: Vec<Annotation>,
}

#[derive(Deserialize)]
#[serde(expecting = "an annotation with its result")]
struct Annotation {
    result: Vec<ResultItem>,
    #[serde(default)]
    was_cancelled: bool,
}

/// A span or a relation, by its type.
#[derive(Deserialize)]
#[serde(expecting = "a span or a relation")]
struct ResultItem {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    value: Option<SpanValue>,
    from_id: Option<String>,
    to_id: Option<String>,
    direction: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a span's value")]
struct SpanValue {
    start: Option<Value>,
    end: Option<Value>,
    text: Option<Value>,
    #[serde(default)]
    labels: Vec<String>,
}

fn read(object: &Object) -> Result<Parsed, Refused> {
    let task: Task = parse(object.bytes())?;
    let title = title(&task, object.index);
    let refuse = |problem| Refused::new(&title, problem);
    let annotated = annotated(task, &title).map_err(refuse)?;
    let (raw, left_out) = annotated.tokenize().map_err(refuse)?;
    raw.check(left_out)
}

fn title(task: &Task, index: usize) -> String {
    match (task.data.get("title"), &task.id) {
        (Some(Value::String(title)), _) => title.clone(),
        (_, Some(Value::String(id))) => format!("task {id}"),
        (_, Some(Value::Number(id))) => format!("task {id}"),
        _ => format!("document {index}"),
    }
}

fn annotated(task: Task, title: &str) -> Result<AnnotatedText, String> {
    let text = text(&task.data)?;
    let split = match task.data.get("split").and_then(Value::as_str) {
        Some(BLANKS) => Split::Blanks,
        _ => Split::Rules,
    };
    let mut left_out = Losses::default();
    let mut annotations = task.annotations.into_iter().filter(|a| !a.was_cancelled);
    let (annotation, labelled) = match annotations.next() {
        Some(annotation) => (Some(annotation), true),
        None => (task.predictions.into_iter().next(), false),
    };
    left_out.add(Loss::FurtherAnnotation, annotations.count());
    let items = annotation.map(|annotation| annotation.result).unwrap_or_default();
    let (entities, labels) = Regions::of(items, &mut left_out)?.group(&mut left_out)?;
    let labels = labelled.then_some(labels);
    Ok(AnnotatedText { title: title.into(), text, split, entities, labels, left_out })
}

/// `data.text`, or the only text that there is.
fn text(data: &Map<String, Value>) -> Result<String, String> {
    let mut texts = data.values().filter_map(Value::as_str);
    let only = texts.next().filter(|_| texts.next().is_none());
    let text = data.get("text").map_or(only, Value::as_str);
    let problem = "data: should have a text, under \"text\" or as its only text";
    text.map(str::to_owned).ok_or_else(|| problem.into())
}

/// The spans and relations of an annotation.
#[derive(Default)]
struct Regions {
    spans: Vec<Span>,
    places: HashMap<String, usize>,
    relations: Vec<ResultItem>,
}

impl Regions {
    fn of(items: Vec<ResultItem>, left_out: &mut Losses) -> Result<Self, String> {
        let mut regions = Self::default();
        for (number, item) in items.into_iter().enumerate() {
            match item.kind.as_str() {
                "labels" => regions
                    .add(item, left_out)
                    .map_err(|problem| format!("result {number}: {problem}"))?,
                "relation" => regions.relations.push(item),
                _ => left_out.add(Loss::OtherAnnotation, 1),
            }
        }
        Ok(regions)
    }

    fn add(&mut self, item: ResultItem, left_out: &mut Losses) -> Result<(), String> {
        let (Some(id), Some(value)) = (item.id, item.value) else {
            return Err("a span should have an id and a value".into());
        };
        let offset = |offset: &Option<Value>, name: &str| {
            let offset = offset.as_ref().and_then(Value::as_u64);
            let offset = offset.and_then(|offset| usize::try_from(offset).ok());
            offset.ok_or_else(|| format!("value.{name}: should be a whole number, 0 or more"))
        };
        let (start, end) = (offset(&value.start, "start")?, offset(&value.end, "end")?);
        if self.places.insert(id.clone(), self.spans.len()).is_some() {
            return Err(format!("the id \"{id}\" is given twice"));
        }
        left_out.add(Loss::FurtherType, value.labels.len().saturating_sub(1));
        let kind = value.labels.into_iter().next().unwrap_or_default();
        let text = value.text.as_ref().and_then(Value::as_str).map(str::to_owned);
        self.spans.push(Span { id, start, end, text, kind, entity_id: None });
        Ok(())
    }

    fn place(&self, id: &Option<String>) -> Result<usize, String> {
        let id = id.as_deref().unwrap_or_default();
        let place = self.places.get(id).copied();
        place.ok_or_else(|| {
            format!(
                "a relation names the region \"{id}\", which isn't there, or isn't a span of text \
                 with labels (type \"labels\")"
            )
        })
    }

    fn group(self, left_out: &mut Losses) -> Result<(Vec<Vec<Span>>, Vec<RawLabel>), String> {
        let (mut same, mut links) = (Vec::new(), Vec::new());
        for relation in &self.relations {
            let (from, to) = (self.place(&relation.from_id)?, self.place(&relation.to_id)?);
            if relation.labels.is_empty() {
                return Err(format!(
                    "the relation from \"{}\" has no label; give it one, or remove it",
                    self.spans[from].id
                ));
            }
            for label in &relation.labels {
                match relation.direction.as_deref() {
                    _ if is_same(label) => same.push((from, to)),
                    Some("left") => links.push((to, label, from)),
                    Some("bi") => links.extend([(from, label, to), (to, label, from)]),
                    _ => links.push((from, label, to)),
                }
            }
        }
        let groups = clusters(self.spans.len(), &same);
        let entity_of = entities_of(&groups, self.spans.len());
        let mut labels = Vec::new();
        for (head, label, tail) in links {
            let (head, tail) = (entity_of[head], entity_of[tail]);
            if head == tail {
                left_out.add(Loss::FactWithItself, 1);
            } else {
                labels.push(RawLabel::new(head, label, tail));
            }
        }
        let spans = |group: Vec<usize>| group.into_iter().map(|s| self.spans[s].clone()).collect();
        Ok((groups.into_iter().map(spans).collect(), labels))
    }
}

/// Whether a relation says that its spans are one entity.
fn is_same(label: &str) -> bool {
    [SAME, "coref", "coreference"].iter().any(|name| name.eq_ignore_ascii_case(label))
}

/// A task; a document without labels gets its spans as a prediction.
fn write(document: &Document) -> Value {
    let source = Rendered::of_source(document);
    let is_source = source.is_some();
    let rendered = source.unwrap_or_else(|| Rendered::new(document, without_blanks));
    let spans = rendered.spans(document);
    let regions = spans.iter().flatten().map(region);
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

fn region(span: &Span) -> Value {
    let Span { id, start, end, text, kind, .. } = span;
    let labels = if kind.is_empty() { json!([]) } else { json!([kind]) };
    let value = json!({"start": start, "end": end, "text": text, "labels": labels});
    json!({"id": id, "from_name": "label", "to_name": "text", "type": "labels", "value": value})
}

fn relation(from: &Span, label: &str, to: &Span) -> Value {
    json!({"type": "relation", "from_id": from.id, "to_id": to.id, "direction": "right", "labels": [label]})
}
