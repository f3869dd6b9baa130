//! The spans and relations of an annotation.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::write::SAME;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::default_if_null;
use crate::corpus::raw::RawLabel;
use crate::corpus::spans::{Span, clusters, entities_of};

/// A span or a relation, by its type.
#[derive(Deserialize)]
#[serde(expecting = "a span or a relation")]
pub(super) struct ResultItem {
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
    #[serde(default, deserialize_with = "default_if_null")]
    labels: Vec<String>,
}

/// The spans and relations of an annotation.
#[derive(Default)]
pub(super) struct Regions {
    /// Each with the name of the tag whose text it is of.
    pub spans: Vec<(Option<String>, Span)>,
    places: HashMap<String, usize>,
    /// Regions that are no spans of the text.
    others: HashSet<String>,
    relations: Vec<ResultItem>,
    pub problems: Vec<String>,
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
    /// Sorts what an annotation has.
    pub fn of(items: Vec<ResultItem>, left_out: &mut Omissions) -> Result<Self, String> {
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
            let offset = offset.as_ref().and_then(whole_number);
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
            let others = value.labels.iter().filter(|label| **label != span.kind);
            left_out.add(Omission::FurtherType, others.count());
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
    pub fn keep_of(&mut self, name: Option<&str>, left_out: &mut Omissions) {
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

    /// The mentions of each entity, and the facts between entities.
    pub fn group(
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

/// A number, which data frames may have given a fraction of 0.
fn whole_number(value: &Value) -> Option<u64> {
    let of_fraction = || {
        let number = value.as_f64()?;
        // Behind this not every whole number has a form with a fraction.
        let is_whole = number.fract() == 0.0 && (0.0..=9e15).contains(&number);
        is_whole.then_some(number as u64)
    };
    value.as_u64().or_else(of_fraction)
}

/// Whether a relation says that its spans are one entity.
fn is_same(label: &str) -> bool {
    [SAME, "coref", "coreference"].iter().any(|name| name.eq_ignore_ascii_case(label))
}
