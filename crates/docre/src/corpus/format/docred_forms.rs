//! Forms near to DocRED's that people have: what is certain is read, the rest is named.

use serde_json::{Map, Value, json};

use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::raw::{RawDocument, RawMention};
use crate::corpus::words::shortened;

/// A document with other shapes for the same things: entities as objects with `mentions`, or each
/// as its one mention; labels as an object of lists, as Hugging Face's data sets have them.
pub(super) fn reshape(bytes: &[u8]) -> Option<RawDocument> {
    let mut document: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let entities = document.get_mut("vertexSet")?.as_array_mut()?;
    let mut is_other = false;
    for entity in entities.iter_mut().filter(|entity| entity.is_object()) {
        *entity = match entity.get("mentions") {
            Some(mentions) => mentions.clone(),
            None => json!([entity.clone()]),
        };
        is_other = true;
    }
    if let Some(lists) = document.get("labels").and_then(Value::as_object) {
        let labels = labels_of_lists(lists)?;
        document.insert("labels".into(), labels);
        is_other = true;
    }
    is_other.then(|| serde_json::from_value(document.into()).ok()).flatten()
}

fn labels_of_lists(lists: &Map<String, Value>) -> Option<Value> {
    let list = |name: &str| lists.get(name)?.as_array();
    let (heads, tails, relations) = (list("head")?, list("tail")?, list("relation_id")?);
    let evidence = list("evidence");
    let mut lengths = [tails.len(), relations.len()].into_iter().chain(evidence.map(Vec::len));
    if lengths.any(|length| length != heads.len()) {
        return None;
    }
    let label = |place: usize| {
        let evidence = evidence.map_or(json!([]), |all| all[place].clone());
        json!({"h": heads[place], "t": tails[place], "r": relations[place], "evidence": evidence})
    };
    Some((0..heads.len()).map(label).collect())
}

/// Counts names that the tokens at their places don't spell. Where they show that all places count
/// the document's tokens, these become the sentences'. A document is refused in which most names
/// stand elsewhere.
pub(super) fn check_names(raw: &mut RawDocument, left_out: &mut Omissions) -> Result<(), String> {
    let sents = &raw.sents;
    let wrong = |mention: &&RawMention| spelled(mention, &mention.pos, sents) == Some(false);
    let mentions = || raw.entities.iter().flatten();
    let elsewhere = mentions().filter(wrong).count();
    let outside = mentions().any(|mention| spelled(mention, &mention.pos, sents).is_none());
    if elsewhere == 0 && !outside {
        return Ok(());
    }
    let moved: Option<Vec<_>> = mentions().map(|mention| in_sentence(mention, sents)).collect();
    if let Some(moved) = moved {
        let places = raw.entities.iter_mut().flatten();
        let changed = places.zip(moved).map(|(mention, pos)| {
            let changed = mention.pos != pos;
            mention.pos = pos;
            usize::from(changed)
        });
        left_out.add(Omission::PlaceInDocument, changed.sum());
        return Ok(());
    }
    let contradicts = |mention: &&RawMention| wrong(mention) && stands_elsewhere(mention, sents);
    let contradicting = mentions().filter(contradicts).count();
    let all = mentions().count();
    let first =
        mentions().find(contradicts).filter(|_| contradicting > 1 && 2 * contradicting > all);
    if let Some(RawMention { name: Some(name), pos, sentence, .. }) = first {
        let tokens = &sents[*sentence][pos[0]..pos[1]];
        return Err(format!(
            "{contradicting} of its {all} mentions have names that stand elsewhere: \"{}\", but \
             sentence {sentence} has \"{}\" from token {} to {}; pos counts tokens of the sentence, \
             from 0, and its end isn't part of the mention",
            shortened(name),
            shortened(&tokens.join(" ")),
            pos[0],
            pos[1]
        ));
    }
    left_out.add(Omission::NameElsewhere, elsewhere);
    Ok(())
}

/// Whether the tokens at a place spell the mention's name; `None` where there is no such place.
fn spelled(mention: &RawMention, pos: &[usize], sents: &[Vec<String>]) -> Option<bool> {
    let &[start, end] = pos else { return None };
    let tokens =
        sents.get(mention.sentence)?.get(start..end).filter(|tokens| !tokens.is_empty())?;
    Some(mention.name.as_ref().is_none_or(|name| is_same(&tokens.concat(), name)))
}

/// Letters and digits alone count: tokenizers change quotes and blanks.
fn is_same(tokens: &str, name: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let name_plain = plain(name);
    tokens == name || (!name_plain.is_empty() && plain(tokens) == name_plain)
}

/// The mention's place in its sentence, if its place counts the document's tokens and its name
/// shows that it does.
fn in_sentence(mention: &RawMention, sents: &[Vec<String>]) -> Option<Vec<usize>> {
    mention.name.as_ref()?;
    let before: usize = sents.get(..mention.sentence)?.iter().map(Vec::len).sum();
    let pos = mention.pos.iter().map(|place| place.checked_sub(before));
    let pos: Vec<_> = pos.collect::<Option<_>>()?;
    spelled(mention, &pos, sents)?.then_some(pos)
}

/// Whether the name stands in the sentence at another place.
fn stands_elsewhere(mention: &RawMention, sents: &[Vec<String>]) -> bool {
    let (Some(name), &[start, end]) = (&mention.name, mention.pos.as_slice()) else { return false };
    let length = end.saturating_sub(start).max(1);
    sents[mention.sentence].windows(length).any(|tokens| is_same(&tokens.concat(), name))
}

/// What is said of a document of another tool.
pub(in crate::corpus) fn other_tool(bytes: &[u8]) -> Option<String> {
    let keys: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let has = |names: &[&str]| names.iter().all(|name| keys.contains_key(*name));
    if has(&["vertexSet"]) {
        return None;
    }
    let tool = if has(&["text", "label", "annotation_id"]) {
        "Label Studio's JSON-MIN, which has no relations; export JSON"
    } else if has(&["text", "entities"]) || (has(&["text", "label"]) && keys["label"].is_array()) {
        "doccano's JSON lines"
    } else if has(&["tokens", "entities"]) {
        "SpERT's JSON"
    } else if has(&["sentences", "ner"]) {
        "DyGIE's JSON lines"
    } else if has(&["token", "h", "t"]) {
        "OpenNRE's JSON lines, of which each is one sentence with one pair"
    } else if has(&["text", "spans"]) {
        "Prodigy's JSON lines"
    } else if has(&["paragraphs"]) {
        "spaCy's training JSON"
    } else if has(&["data", "annotations"]) {
        "a task of Label Studio"
    } else if has(&["text", "tokens"]) {
        "spaCy's JSON of a document"
    } else if has(&["passages"]) || has(&["documents"]) {
        "BioC's JSON"
    } else {
        return None;
    };
    Some(format!(
        "looks like {tool}; a file has documents of one format, and those that are read are DocRED's \
         (title, sents, vertexSet and labels), brat's, Label Studio's, spaCy's, HacRED's, DWIE's, \
         DialogRE's, PubTator's and BioC's"
    ))
}
