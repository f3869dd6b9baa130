//! A document as a file gives it, checked on the way in.

use serde::Deserialize;

use super::losses::Losses;
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
    #[serde(default)]
    pub(super) evidence: Vec<usize>,
    pub(super) score: Option<f32>,
}

/// A document with what its file says beyond it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub document: Document,
    pub repeated_facts: usize,
    pub left_out: Losses,
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
    /// The document, if everything in it that refers to something refers to
    /// something that is there.
    pub(super) fn check(self, left_out: Losses) -> Result<Parsed, Refused> {
        let Self { title, sents, entities, labels, text } = self;
        if text.as_ref().is_some_and(|text| !text.has_tokens_of(&sents)) {
            let problem = "source_text: its tokens aren't those of the sentences".into();
            return Err(Refused { title: Some(title), problem });
        }
        match contents(&title, &sents, entities, labels) {
            Ok((entities, facts, repeated_facts)) => {
                let document = Document { entities, facts, text, ..Document::new(title, sents) };
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
        let id = mentions.iter().find_map(|mention| mention.entity_id.clone());
        let mentions = mentions.into_iter().enumerate().map(|(place, mention)| {
            check_mention(mention, sentences)
                .map_err(|problem| format!("entity {number}, mention {place}: {problem}"))
        });
        Ok(Entity { id, mentions: mentions.collect::<Result<_, _>>()? })
    };
    entities.into_iter().enumerate().map(check).collect()
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
