//! Label Studio's JSON export: tasks with a text and the annotated spans and relations.
//!
//! Spans with labels are mentions and relations between them are facts, but for those that
//! say that two spans are one entity (`Equiv`, `coref` or `coreference`). Of several
//! annotations of a task the one that is marked as true counts, else the first that wasn't
//! cancelled; a task with predictions alone is a document without labels. Offsets count UTF-16
//! units, as JavaScript does.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::offsets::{Offsets, Unit};
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span, clusters, entities_of, without_blanks};
use crate::document::Document;

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
    /// What annotations were called before Label Studio 1.0.
    #[serde(default)]
    completions: Vec<Annotation>,
    /// Whole, or only their ids, as some exports have them.
    #[serde(default)]
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
    to_name: Option<String>,
    direction: Option<String>,
    labels: Option<Vec<String>>,
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
    let predicted = task.predictions.into_iter().find_map(|prediction| match prediction {
        Prediction::Whole(annotation) => Some(annotation),
        Prediction::Id(_) => None,
    });
    let items = annotation.or(predicted).map(|annotation| annotation.result).unwrap_or_default();
    let mut regions = Regions::of(items, &mut left_out)?;
    let (text, name) =
        TaskText { data: &data, spans: &regions.spans, key: options.text_key.as_deref() }
            .choose()?;
    regions.keep_of(name.as_deref(), &mut left_out);
    let mut problems = std::mem::take(&mut regions.problems);
    let (entities, labels) = regions.group(options, &mut left_out, &mut problems);
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

/// What tells the text of a task: its data, and the spans with the names of the tags that they
/// are of.
struct TaskText<'a> {
    data: &'a Map<String, Value>,
    spans: &'a [(Option<String>, Span)],
    key: Option<&'a str>,
}

/// The key under which most tasks have their text.
const TEXT: &str = "text";

impl TaskText<'_> {
    /// The text, and of which tag spans have to be where there are several.
    fn choose(&self) -> Result<(String, Option<String>), String> {
        let (key, name) = self.key_and_name()?;
        let text = self.data.get(&key).and_then(Value::as_str);
        let text = text.ok_or_else(|| format!("data.{key}: should be a text"))?;
        let said = |(_, span): &(_, Span)| span.text.clone();
        if is_address(text) && !self.spans.iter().filter_map(said).any(|said| text.contains(&said))
        {
            return Err(format!(
                "data.{key}: is the address of a text (\"{text}\") and not the text; put the text \
                 itself into the task"
            ));
        }
        Ok((text.to_owned(), name))
    }

    fn key_and_name(&self) -> Result<(String, Option<String>), String> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.spans.iter().filter_map(|(name, _)| name.as_deref()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let is_text = |key: &&str| self.data.get(*key).is_some_and(Value::is_string);
        if let Some(key) = self.key {
            let name = names.iter().find(|name| **name == key);
            return match (name, names.len()) {
                (None, 2..) => Err(self.undecided(&names)),
                (name, _) => Ok((key.to_owned(), name.map(|name| (*name).to_owned()))),
            };
        }
        match names[..] {
            [] => Ok((self.only_text()?, None)),
            [name] if is_text(&name) => Ok((name.to_owned(), None)),
            [_] => Ok((self.only_text()?, None)),
            _ => {
                let count = |name: &&str| {
                    self.spans.iter().filter(|(found, _)| found.as_deref() == Some(*name)).count()
                };
                let known = names.iter().copied().filter(is_text);
                let best = known.max_by_key(|name| (*name == TEXT, count(name)));
                let best = best.ok_or_else(|| self.undecided(&names))?;
                Ok((best.to_owned(), Some(best.to_owned())))
            }
        }
    }

    /// `data.text`, or the only text that there is, or the only one that has what spans say.
    fn only_text(&self) -> Result<String, String> {
        if let Some(text) = self.data.get(TEXT) {
            let problem = || "data: should have a text, under \"text\" or as its only text".into();
            return text.as_str().map(|_| TEXT.to_owned()).ok_or_else(problem);
        }
        let texts: Vec<_> =
            self.data.iter().filter_map(|(key, value)| Some((key, value.as_str()?))).collect();
        if let [(key, _)] = texts[..] {
            return Ok(key.clone());
        }
        let fits = |text: &str| self.spans.iter().all(|(_, span)| has(text, span));
        let mut fitting = texts.iter().filter(|(_, text)| !self.spans.is_empty() && fits(text));
        match (fitting.next(), fitting.next()) {
            (Some((key, _)), None) => Ok((*key).clone()),
            _ if texts.is_empty() => {
                Err("data: should have a text, under \"text\" or as its only text".into())
            }
            _ => {
                let keys: Vec<_> = texts.iter().map(|(key, _)| key.as_str()).collect();
                Err(format!(
                    "data: should have a text, under \"text\" or as its only text; it has several \
                     ({}), so say which one is the text (its key)",
                    keys.join(", ")
                ))
            }
        }
    }

    fn undecided(&self, names: &[&str]) -> String {
        let keys: Vec<_> = self.data.keys().map(String::as_str).collect();
        format!(
            "the spans are of several texts (to_name: {}), and none of these names is the key of \
             the text in data ({}); give the tag the name of its key",
            names.join(", "),
            keys.join(", ")
        )
    }
}

/// Whether a span says its text and has it there.
fn has(text: &str, span: &Span) -> bool {
    let candidates = Offsets::candidates(text, Unit::Utf16, false);
    span.text.is_some() && candidates.iter().any(|offsets| offsets.place(span, text).is_ok())
}

/// Whether a text is a path or an URL, under which Label Studio finds the text.
fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    !text.contains(char::is_whitespace) && (has_scheme || text.starts_with("/data/"))
}

/// The spans and relations of an annotation.
#[derive(Default)]
struct Regions {
    /// Each with the name of the tag whose text it is of.
    spans: Vec<(Option<String>, Span)>,
    places: HashMap<String, usize>,
    /// Regions that are no spans of the text.
    others: HashSet<String>,
    relations: Vec<ResultItem>,
    problems: Vec<String>,
    /// Whether a span has no id of its own, by which relations could name it.
    has_unnamed: bool,
}

/// Spans of what isn't plain text.
const OF_OTHER_MEDIA: [(&str, &str); 4] = [
    ("hypertextlabels", "HTML"),
    ("paragraphlabels", "a dialogue"),
    ("timeserieslabels", "a time series"),
    ("timelinelabels", "a video"),
];

impl Regions {
    fn of(items: Vec<ResultItem>, left_out: &mut Omissions) -> Result<Self, String> {
        let mut regions = Self::default();
        for (number, item) in items.into_iter().enumerate() {
            match item.kind.as_str() {
                "labels" => {
                    if let Err(problem) = regions.add(item, left_out) {
                        regions.problems.push(format!("result {number}: {problem}"));
                    }
                }
                "relation" => regions.relations.push(item),
                kind => {
                    if let Some((_, media)) = OF_OTHER_MEDIA.iter().find(|(name, _)| *name == kind)
                    {
                        return Err(format!(
                            "result {number}: is a span of {media} (type \"{kind}\"), but only spans \
                             of plain text (type \"labels\") are read; label the text itself"
                        ));
                    }
                    left_out.add_named(Omission::OtherAnnotation, kind, 1);
                    regions.others.extend(item.id);
                }
            }
        }
        Ok(regions)
    }

    fn add(&mut self, item: ResultItem, left_out: &mut Omissions) -> Result<(), String> {
        let (Some(id), Some(value)) = (item.id, item.value) else {
            self.has_unnamed = true;
            return Err("a span should have an id and a value".into());
        };
        self.others.insert(id.clone()); // until it is known to be right
        let offset = |offset: &Option<Value>, name: &str| {
            let offset = offset.as_ref().and_then(Value::as_u64);
            let offset = offset.and_then(|offset| usize::try_from(offset).ok());
            offset.ok_or_else(|| {
                format!(
                    "value.{name}: should be a whole number, 0 or more (a span of HTML has a path; \
                     only spans of plain text are read)"
                )
            })
        };
        let (start, end) = (offset(&value.start, "start")?, offset(&value.end, "end")?);
        if let Some(&place) = self.places.get(&id) {
            // Labels of two tags for one region come as two results.
            let (name, span) = &self.spans[place];
            if (span.start, span.end) != (start, end) || *name != item.to_name {
                self.has_unnamed = true;
                return Err(format!("the id \"{id}\" is given twice"));
            }
            left_out.add(Omission::FurtherType, value.labels.len());
            return Ok(());
        }
        self.others.remove(&id);
        self.places.insert(id.clone(), self.spans.len());
        left_out.add(Omission::FurtherType, value.labels.len().saturating_sub(1));
        let kind = value.labels.into_iter().next().unwrap_or_default();
        let text = value.text.as_ref().and_then(Value::as_str).map(str::to_owned);
        self.spans.push((item.to_name, Span { id, start, end, text, kind, entity_id: None }));
        Ok(())
    }

    /// Leaves out the spans of other texts than that of this tag.
    fn keep_of(&mut self, name: Option<&str>, left_out: &mut Omissions) {
        let Some(name) = name else { return };
        let is_other = |(found, _): &mut (Option<String>, Span)| {
            found.as_deref().is_some_and(|found| found != name)
        };
        for (found, span) in self.spans.extract_if(.., is_other) {
            left_out.add_named(Omission::SpanOfOtherText, &found.unwrap_or_default(), 1);
            self.others.insert(span.id);
        }
        self.places = self.spans.iter().map(|(_, span)| span.id.clone()).zip(0..).collect();
    }

    /// The place of a span; none for what is left out.
    fn place(&self, id: &Option<String>) -> Result<Option<usize>, String> {
        let id = id.as_deref().unwrap_or_default();
        match self.places.get(id) {
            Some(&place) => Ok(Some(place)),
            None if self.has_unnamed || self.others.contains(id) => Ok(None),
            None => Err(format!("a relation names the region \"{id}\", which isn't there")),
        }
    }

    fn group(
        self,
        options: &ReadOptions,
        left_out: &mut Omissions,
        problems: &mut Vec<String>,
    ) -> (Vec<Vec<Span>>, Vec<RawLabel>) {
        let (mut same, mut links) = (Vec::new(), Vec::new());
        for relation in &self.relations {
            let (from, to) = match (self.place(&relation.from_id), self.place(&relation.to_id)) {
                (Ok(Some(from)), Ok(Some(to))) => (from, to),
                (Err(problem), _) | (_, Err(problem)) => {
                    problems.push(problem);
                    continue;
                }
                _ => {
                    left_out.add(Omission::FactOfOtherSpan, 1);
                    continue;
                }
            };
            let labels = relation.labels.as_deref().unwrap_or_default();
            left_out.add(Omission::FactWithoutRelation, usize::from(labels.is_empty()));
            for label in labels {
                match relation.direction.as_deref() {
                    _ if is_same(label) || options.joins(label) => same.push((from, to)),
                    Some("left") => links.push((to, label, from)),
                    Some("bi") => links.extend([(from, label, to), (to, label, from)]),
                    _ => links.push((from, label, to)),
                }
            }
        }
        let groups = clusters(self.spans.len(), &same);
        let entity_of = entities_of(&groups, self.spans.len());
        let label = |(head, label, tail): (usize, &String, usize)| {
            RawLabel::new(entity_of[head], label, entity_of[tail])
        };
        let labels = links.into_iter().map(label).collect();
        let spans =
            |group: Vec<usize>| group.into_iter().map(|s| self.spans[s].1.clone()).collect();
        (groups.into_iter().map(spans).collect(), labels)
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
