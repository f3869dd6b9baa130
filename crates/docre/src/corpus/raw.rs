//! A document as a file gives it, checked on the way in.

use std::collections::HashSet;

use serde::Deserialize;

use super::omissions::{Omission, Omissions};
use super::parse::default_if_null;
use super::words::counted;
use crate::document::{Document, Entity, Fact, Mention, RelationSet, SourceText};

/// A document as the file gives it: right types, references not yet checked.
#[derive(Deserialize)]
#[serde(expecting = "a document")]
pub(super) struct RawDocument {
    pub(super) title: String,
    pub(super) sents: Vec<Vec<String>>,
    #[serde(rename = "vertexSet")]
    pub(super) entities: Vec<Vec<RawMention>>,
    pub(super) labels: Option<Vec<RawLabel>>,
    /// The text as it was written, which docre alone puts into such files.
    #[serde(rename = "source_text")]
    pub(super) text: Option<SourceText>,
    /// What was found wrong and left out before.
    #[serde(skip)]
    pub(super) problems: Vec<String>,
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
    /// What a knowledge base calls the entity.
    pub(super) entity_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a label")]
pub(super) struct RawLabel {
    pub(super) h: usize,
    pub(super) t: usize,
    pub(super) r: String,
    #[serde(default, deserialize_with = "default_if_null")]
    pub(super) evidence: Vec<usize>,
    pub(super) score: Option<f32>,
}

/// A document with what its file says beyond it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub document: Document,
    pub repeated_facts: usize,
    pub left_out: Omissions,
    /// What is wrong with it. A strict reading refuses the document; else the items that are
    /// wrong are left out already.
    pub problems: Vec<String>,
}

/// What is wrong with a document, and its title where that could be read.
#[derive(Debug)]
pub(super) struct Refused {
    pub title: Option<String>,
    pub problem: String,
}

impl Refused {
    pub fn new(title: impl Into<String>, problem: String) -> Self {
        Self { title: Some(title.into()), problem }
    }
}

impl From<String> for Refused {
    fn from(problem: String) -> Self {
        Self { title: None, problem }
    }
}

impl RawDocument {
    /// The document, with everything in it that refers to something that is there. The rest is
    /// left out and named in [`Parsed::problems`].
    pub(super) fn check(self, mut left_out: Omissions) -> Result<Parsed, Refused> {
        let Self { title, sents, entities, labels, text, mut problems } = self;
        if let Some(problem) = whole(&title, &sents, text.as_ref()) {
            // What was left out before may be the reason.
            let problem = problems.into_iter().next().unwrap_or(problem);
            return Err(Refused::new(title, problem));
        }
        let (entities, numbers) = check_entities(entities, &sents, &mut problems);
        let mut repeated_facts = 0;
        let facts = labels.map(|labels| {
            let labels = check_labels(labels, &numbers, sents.len(), &mut problems, &mut left_out);
            let labelled = labels.len();
            let facts = each_once(labels);
            repeated_facts = labelled - facts.len();
            facts
        });
        let document = Document { entities, facts, text, ..Document::new(title, sents) };
        Ok(Parsed { document, repeated_facts, left_out, problems })
    }
}

/// What is wrong with a document as a whole.
fn whole(title: &str, sentences: &[Vec<String>], text: Option<&SourceText>) -> Option<String> {
    if title.trim().is_empty() {
        return Some("title: is empty, but results name a document by its title".into());
    }
    if sentences.is_empty() {
        let is_empty = "sents: there is no sentence";
        return Some(if text.is_some() { "the text is empty" } else { is_empty }.into());
    }
    let is_others = text.is_some_and(|text| !text.has_tokens_of(sentences));
    is_others.then(|| "source_text: its tokens aren't those of the sentences".into())
}

impl RawLabel {
    /// A fact without evidence and score.
    pub(super) fn new(h: usize, r: impl Into<String>, t: usize) -> Self {
        Self { h, t, r: r.into(), evidence: Vec::new(), score: None }
    }
}

/// The entities that have a mention, and for each that the file has its number among them.
fn check_entities(
    entities: Vec<Vec<RawMention>>,
    sentences: &[Vec<String>],
    problems: &mut Vec<String>,
) -> (Vec<Entity>, Vec<Option<usize>>) {
    let (mut checked, mut numbers) = (Vec::new(), Vec::new());
    // Where mentions were left out before, it was said of them.
    let was_said = !problems.is_empty();
    for (number, mentions) in entities.into_iter().enumerate() {
        if mentions.is_empty() && !was_said {
            problems.push(format!("entity {number}: has no mention"));
        }
        let id = mentions.iter().find_map(|mention| mention.entity_id.clone());
        let mut kept = Vec::new();
        for (place, mention) in mentions.into_iter().enumerate() {
            match check_mention(mention, sentences) {
                Ok(mention) => kept.push(mention),
                Err(problem) => {
                    problems.push(format!("entity {number}, mention {place}: {problem}"));
                }
            }
        }
        numbers.push((!kept.is_empty()).then_some(checked.len()));
        if !kept.is_empty() {
            checked.push(Entity { id, mentions: kept });
        }
    }
    (checked, numbers)
}

fn check_mention(mention: RawMention, sentences: &[Vec<String>]) -> Result<Mention, String> {
    let RawMention { name, pos, sentence, kind, .. } = mention;
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

/// The labels that are right, with the numbers of entities that are there.
fn check_labels(
    labels: Vec<RawLabel>,
    numbers: &[Option<usize>],
    sentences: usize,
    problems: &mut Vec<String>,
    left_out: &mut Omissions,
) -> Vec<RawLabel> {
    let mut checked = Vec::with_capacity(labels.len());
    for (number, label) in labels.into_iter().enumerate() {
        if let Err(problem) = check_label(&label, numbers.len(), sentences) {
            problems.push(format!("label {number}: {problem}"));
        } else if label.h == label.t {
            left_out.add(Omission::FactWithItself, 1);
        } else if let (Some(h), Some(t)) = (numbers[label.h], numbers[label.t]) {
            checked.push(RawLabel { h, t, ..label });
        } else {
            left_out.add(Omission::FactOfUnmentionedEntity, 1);
        }
    }
    checked
}

/// The facts, each once, as DocRED has a few twice: in the place of the first, with the evidence
/// of all.
fn each_once(labels: Vec<RawLabel>) -> Vec<Fact> {
    let firsts = firsts(&labels);
    let mut places = vec![0; labels.len()];
    let mut facts: Vec<Fact> = Vec::with_capacity(labels.len());
    for (number, mut label) in labels.into_iter().enumerate() {
        let mut known = HashSet::new();
        label.evidence.retain(|sentence| known.insert(*sentence));
        if firsts[number] == number {
            places[number] = facts.len();
            facts.push(label.into());
            continue;
        }
        let evidence = &mut facts[places[firsts[number]]].evidence;
        let further: Vec<_> =
            label.evidence.into_iter().filter(|s| !evidence.contains(s)).collect();
        if !further.is_empty() {
            evidence.extend(further);
            evidence.sort_unstable();
        }
    }
    facts
}

/// For each label the first one that gives the same fact.
fn firsts(labels: &[RawLabel]) -> Vec<usize> {
    let fact = |place: usize| (labels[place].h, labels[place].t, labels[place].r.as_str());
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&place| fact(place)); // stable, so the first of equal ones stays first
    let mut firsts: Vec<usize> = (0..labels.len()).collect();
    for two in order.windows(2) {
        if fact(two[0]) == fact(two[1]) {
            firsts[two[1]] = firsts[two[0]];
        }
    }
    firsts
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
