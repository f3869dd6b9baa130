//! Label Studio's JSON export: tasks with a text and the annotated spans and relations.
//!
//! Spans with labels are mentions and relations between them are facts, but for those that
//! say that two spans are one entity (`Equiv`, `coref` or `coreference`). Of several
//! annotations of a task the one that is marked as true counts, else the first that wasn't
//! cancelled; a task with predictions alone is a document without labels. Offsets count UTF-16
//! units, as JavaScript does.

mod regions;
mod task_text;
mod write;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::{default_if_null, parse};
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::AnnotatedText;
use regions::{Regions, ResultItem};
use task_text::TaskText;
use write::{BLANKS, write};

pub(super) static ROW: FormatRow = FormatRow {
    name: "label-studio",
    about: "its JSON export",
    endings: &[],
    layout: Layout::Json,
    tell: Tell {
        object: |keys| {
            keys.has("data") && keys.has_any(&["annotations", "completions", "predictions"])
        },
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| JsonWriter::create(ListWriter::create(path), write, read)),
};

#[derive(Deserialize)]
#[serde(expecting = "a task")]
struct Task {
    id: Option<Value>,
    data: Map<String, Value>,
    #[serde(default, deserialize_with = "default_if_null")]
    annotations: Vec<Annotation>,
    /// What annotations were called before Label Studio 1.0.
    #[serde(default, deserialize_with = "default_if_null")]
    completions: Vec<Annotation>,
    /// Whole, or only their ids, as some exports have them.
    #[serde(default, deserialize_with = "default_if_null")]
    predictions: Vec<Prediction>,
    drafts: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a prediction with its result, or its id")]
enum Prediction {
    Whole(Annotation),
    Id(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(expecting = "an annotation with its result")]
struct Annotation {
    result: Vec<ResultItem>,
    #[serde(default)]
    was_cancelled: Option<bool>,
    #[serde(default)]
    ground_truth: Option<bool>,
}

fn read(object: &Object, options: &ReadOptions) -> Result<Parsed, Refused> {
    let task: Task = parse(object.bytes())?;
    let title = title(&task, object.index);
    let refuse = |problem| Refused::new(&title, problem);
    let annotated = annotated(task, &title, options).map_err(refuse)?;
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

fn annotated(task: Task, title: &str, options: &ReadOptions) -> Result<AnnotatedText, String> {
    let split = match task.data.get("split").and_then(Value::as_str) {
        Some(BLANKS) => Split::Blanks,
        _ => Split::Rules,
    };
    let mut left_out = Omissions::default();
    let data = task.data;
    let drafts = task.drafts.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
    left_out.add_named(Omission::OtherAnnotation, "draft", drafts);
    let annotations = task.annotations.into_iter().chain(task.completions).collect();
    let annotation = chosen(annotations, &mut left_out);
    let labelled = annotation.is_some();
    let whole = |prediction| match prediction {
        Prediction::Whole(annotation) => Some(annotation),
        Prediction::Id(_) => None,
    };
    let mut predictions = task.predictions.into_iter().filter_map(whole);
    let read = annotation.or_else(|| predictions.next());
    left_out.add_named(Omission::OtherAnnotation, "prediction", predictions.count());
    let items = read.map(|annotation| annotation.result).unwrap_or_default();
    let mut regions = Regions::of(items, &mut left_out)?;
    let (text, name) =
        TaskText { data: &data, spans: &regions.spans, key: options.text_key.as_deref() }
            .choose()?;
    regions.keep_of(name.as_deref(), &mut left_out);
    let mut problems = std::mem::take(&mut regions.problems);
    let (entities, labels) = regions.group(options, &mut left_out, &mut problems);
    if !labelled {
        // What a machine says is no label.
        left_out.add_named(Omission::OtherAnnotation, "relation of a prediction", labels.len());
    }
    let labels = labelled.then_some(labels);
    let (title, unit, marked) = (title.to_owned(), Unit::Utf16, false);
    Ok(AnnotatedText { title, text, split, unit, marked, entities, labels, left_out, problems })
}

/// The annotation that counts: the one that is marked as true, else the first. Those that were
/// skipped don't.
fn chosen(annotations: Vec<Annotation>, left_out: &mut Omissions) -> Option<Annotation> {
    let all = annotations.len();
    let is_skipped = |annotation: &Annotation| annotation.was_cancelled == Some(true);
    let mut kept: Vec<_> = annotations.into_iter().filter(|one| !is_skipped(one)).collect();
    left_out.add(Omission::SkippedAnnotation, all - kept.len());
    left_out.add(Omission::FurtherAnnotation, kept.len().saturating_sub(1));
    let is_true = |annotation: &Annotation| annotation.ground_truth == Some(true);
    let place = kept.iter().position(is_true).unwrap_or(0);
    (!kept.is_empty()).then(|| kept.swap_remove(place))
}
