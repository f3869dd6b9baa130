//! DocRED's form of a document: as it stands in the file, checked on the way in.

use serde::{Deserialize, Serialize};

use super::format::{Parsed, Refused};
use super::losses::Losses;
use super::objects::Object;
use super::parse::parse;
use super::words::counted;
use crate::document::{Document, Entity, Fact, Mention, RelationSet};

/// A document as the file gives it: right types, references not yet checked.
#[derive(Deserialize)]
#[serde(expecting = "a document")]
pub(super) struct RawDocument {
    pub(super) title: String,
    pub(super) sents: Vec<Vec<String>>,
    #[serde(rename = "vertexSet")]
    pub(super) entities: Vec<Vec<RawMention>>,
    pub(super) labels: Option<Vec<RawLabel>>,
}

/// The title alone, to name a document that has something else wrong.
#[derive(Deserialize)]
struct Title {
    title: String,
}

#[derive(Deserialize)]
#[serde(expecting = "a mention")]
pub(super) struct RawMention {
    pub(super) name: Option<String>,
    /// Start and end, checked later: a list of another length gets a better message there.
    pub(super) pos: Vec<usize>,
    #[serde(rename = "sent_id")]
    pub(super) sentence: usize,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a label")]
pub(super) struct RawLabel {
    pub(super) h: usize,
    pub(super) t: usize,
    pub(super) r: String,
    #[serde(default)]
    pub(super) evidence: Vec<usize>,
    pub(super) score: Option<f32>,
}

/// Reads a document as DocRED has it.
pub(super) fn read(object: &Object) -> Result<Parsed, Refused> {
    let bytes = object.bytes();
    let raw = parse::<RawDocument>(bytes).map_err(|problem| {
        let title = parse::<Title>(bytes).ok().map(|title| title.title);
        Refused { title, problem }
    })?;
    raw.check(Losses::default())
}

impl RawDocument {
    /// The document, if everything in it that refers to something refers to
    /// something that is there.
    pub(super) fn check(self, left_out: Losses) -> Result<Parsed, Refused> {
        let Self { title, sents, entities, labels } = self;
        match contents(&title, &sents, entities, labels) {
            Ok((entities, facts, repeated_facts)) => {
                let document =
                    Document { title, sentences: sents, entities, facts, labelled_pairs: None };
                Ok(Parsed { document, repeated_facts, left_out })
            }
            Err(problem) => Err(Refused { title: Some(title), problem }),
        }
    }
}

impl RawLabel {
    /// A fact without evidence and score.
    pub(super) fn new(h: usize, r: impl Into<String>, t: usize) -> Self {
        Self { h, t, r: r.into(), evidence: Vec::new(), score: None }
    }
}

type Contents = (Vec<Entity>, Option<Vec<Fact>>, usize);

fn contents(
    title: &str,
    sentences: &[Vec<String>],
    entities: Vec<Vec<RawMention>>,
    labels: Option<Vec<RawLabel>>,
) -> Result<Contents, String> {
    if title.trim().is_empty() {
        return Err("title: is empty, but results name a document by its title".into());
    }
    if sentences.is_empty() {
        return Err("sents: there is no sentence".into());
    }
    let entities = check_entities(entities, sentences)?;
    let Some(labels) = labels else { return Ok((entities, None, 0)) };
    let labelled = labels.len();
    let facts = check_labels(labels, entities.len(), sentences.len())?;
    let repeated = labelled - facts.len();
    Ok((entities, Some(facts), repeated))
}

fn check_entities(
    entities: Vec<Vec<RawMention>>,
    sentences: &[Vec<String>],
) -> Result<Vec<Entity>, String> {
    let check = |(number, mentions): (usize, Vec<RawMention>)| {
        if mentions.is_empty() {
            return Err(format!("entity {number}: has no mention"));
        }
        let mentions = mentions.into_iter().enumerate().map(|(place, mention)| {
            check_mention(mention, sentences)
                .map_err(|problem| format!("entity {number}, mention {place}: {problem}"))
        });
        Ok(Entity { mentions: mentions.collect::<Result<_, _>>()? })
    };
    entities.into_iter().enumerate().map(check).collect()
}

fn check_mention(mention: RawMention, sentences: &[Vec<String>]) -> Result<Mention, String> {
    let RawMention { name, pos, sentence, kind } = mention;
    let tokens =
        sentences.get(sentence).ok_or_else(|| missing_sentence(sentence, sentences.len()))?;
    let &[start, end] = pos.as_slice() else {
        let numbers = counted(pos.len(), "number");
        return Err(format!("pos: should be start and end, but has {numbers}"));
    };
    if start >= end {
        return Err(format!("starts at token {start} and ends before token {end}, so it is empty"));
    }
    let Some(text) = tokens.get(start..end) else {
        let tokens = counted(tokens.len(), "token");
        return Err(format!("ends before token {end}, but sentence {sentence} has {tokens}"));
    };
    let name = name.unwrap_or_else(|| text.join(" "));
    Ok(Mention { name, sentence, tokens: start..end, kind: kind.unwrap_or_default() })
}

/// The facts, without those that were given before: DocRED has a few twice.
fn check_labels(
    labels: Vec<RawLabel>,
    entities: usize,
    sentences: usize,
) -> Result<Vec<Fact>, String> {
    for (number, label) in labels.iter().enumerate() {
        check_label(label, entities, sentences)
            .map_err(|problem| format!("label {number}: {problem}"))?;
    }
    let repeats = repeats(&labels);
    let new = labels.into_iter().zip(repeats).filter(|(_, repeats)| !repeats);
    Ok(new.map(|(label, _)| label.into()).collect())
}

/// For each label whether an earlier one gives the same fact.
fn repeats(labels: &[RawLabel]) -> Vec<bool> {
    let fact = |place: usize| (labels[place].h, labels[place].t, labels[place].r.as_str());
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&place| fact(place)); // stable, so the first of equal ones stays first
    let mut repeats = vec![false; labels.len()];
    for two in order.windows(2) {
        repeats[two[1]] = fact(two[0]) == fact(two[1]);
    }
    repeats
}

fn check_label(label: &RawLabel, entities: usize, sentences: usize) -> Result<(), String> {
    for (role, entity) in [("head", label.h), ("tail", label.t)] {
        if entity >= entities {
            let entities = counted(entities, "entity");
            return Err(format!(
                "{role} entity {entity} does not exist (the document has {entities})"
            ));
        }
    }
    if label.h == label.t {
        return Err(format!("relates entity {} to itself", label.h));
    }
    if label.r.trim().is_empty() {
        return Err("r: the relation is empty".into());
    }
    if label.r == RelationSet::NONE_ID {
        return Err(format!("r: \"{}\" stands for no relation; leave the label out", label.r));
    }
    match label.evidence.iter().find(|&&sentence| sentence >= sentences) {
        Some(&sentence) => Err(format!("evidence: {}", missing_sentence(sentence, sentences))),
        None => Ok(()),
    }
}

fn missing_sentence(sentence: usize, sentences: usize) -> String {
    let sentences = counted(sentences, "sentence");
    format!("sentence {sentence} does not exist (the document has {sentences})")
}

impl From<RawLabel> for Fact {
    fn from(label: RawLabel) -> Self {
        let RawLabel { h, t, r, evidence, score } = label;
        Self { head: h, relation: r, tail: t, evidence, score }
    }
}

/// A document in the form that is written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    title: &'a str,
    #[serde(rename = "vertexSet")]
    entities: Vec<Vec<WrittenMention<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<WrittenLabel<'a>>>,
    sents: &'a [Vec<String>],
}

#[derive(Serialize)]
struct WrittenMention<'a> {
    name: &'a str,
    sent_id: usize,
    pos: [usize; 2],
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct WrittenLabel<'a> {
    r: &'a str,
    h: usize,
    t: usize,
    evidence: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

impl<'a> From<&'a Document> for Written<'a> {
    fn from(document: &'a Document) -> Self {
        let entity = |entity: &'a Entity| entity.mentions.iter().map(Into::into).collect();
        Self {
            title: &document.title,
            entities: document.entities.iter().map(entity).collect(),
            labels: document.facts.as_ref().map(|facts| facts.iter().map(Into::into).collect()),
            sents: &document.sentences,
        }
    }
}

impl<'a> From<&'a Mention> for WrittenMention<'a> {
    fn from(mention: &'a Mention) -> Self {
        let pos = [mention.tokens.start, mention.tokens.end];
        Self { name: &mention.name, sent_id: mention.sentence, pos, kind: &mention.kind }
    }
}

impl<'a> From<&'a Fact> for WrittenLabel<'a> {
    fn from(fact: &'a Fact) -> Self {
        let Fact { head, relation, tail, evidence, score } = fact;
        Self { r: relation, h: *head, t: *tail, evidence, score: *score }
    }
}
