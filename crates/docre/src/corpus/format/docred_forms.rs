//! Forms near to DocRED's that people have: what is certain is read, the rest is named.

use serde_json::{Map, Value, json};

use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::raw::{RawDocument, RawMention};
use crate::corpus::words::shortened;

/// A document with other shapes for the same things: entities as objects with `mentions`, or each
/// as its one mention; labels as an object of lists, as Hugging Face's data sets have them.
pub(super) fn reshape(bytes: &[u8], left_out: &mut Omissions) -> Option<RawDocument> {
    let mut document: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let entities = document.get_mut("vertexSet")?.as_array_mut()?;
    let mut is_other = false;
    let mut others = Omissions::default();
    for entity in entities.iter_mut() {
        let Some(keys) = entity.as_object() else { continue };
        *entity = match keys.get("mentions") {
            Some(mentions) => {
                count_others("vertexSet", keys, &["mentions"], &mut others);
                mentions.clone()
            }
            None => json!([entity.clone()]),
        };
        is_other = true;
    }
    if let Some(lists) = document.get("labels").and_then(Value::as_object) {
        let labels = labels_of_lists(lists)?;
        count_others("labels", lists, &LISTS, &mut others);
        document.insert("labels".into(), labels);
        is_other = true;
    }
    if !is_other {
        return None;
    }
    let raw = serde_json::from_value(document.into()).ok()?;
    left_out.merge(&others);
    Some(raw)
}

/// Counts the keys of an object that aren't read.
fn count_others(of: &str, keys: &Map<String, Value>, known: &[&str], others: &mut Omissions) {
    for key in keys.keys().filter(|key| !known.contains(&key.as_str())) {
        others.add_named(Omission::OtherField, &format!("{of}.{key}"), 1);
    }
}

/// The lists of labels in Hugging Face's data sets.
const LISTS: [&str; 4] = ["head", "tail", "relation_id", "evidence"];

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

/// The most tokens of a name that is looked for.
const LONGEST_NAME: usize = 12;

/// Whether the name stands at another place of the document: places may be counted from 1, or to the
/// last token in place of behind it.
fn stands_elsewhere(mention: &RawMention, sents: &[Vec<String>]) -> bool {
    let Some(name) = &mention.name else { return false };
    let stands_in = |tokens: &Vec<String>| {
        let mut lengths = 1..=LONGEST_NAME.min(tokens.len());
        lengths.any(|length| tokens.windows(length).any(|words| is_same(&words.concat(), name)))
    };
    sents.iter().any(stands_in)
}

/// What is said of a document of another tool: what it looks like, and how it becomes one that is
/// read.
pub(in crate::corpus) fn other_tool(bytes: &[u8]) -> Option<String> {
    let keys: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    if keys.contains_key("vertexSet") {
        return None;
    }
    let Tool { name, advice, .. } = TOOLS.iter().find(|tool| (tool.is_its)(&keys))?;
    Some(format!("looks like {name}; {advice}"))
}

/// What is said of an object that has documents and is none.
pub(super) fn wrapped(bytes: &[u8]) -> Option<String> {
    let keys: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let is_document = |value: &Value| {
        let keys = ["sents", "vertexSet", "annotations", "completions", "tokens", "passages"];
        keys.iter().any(|key| value.get(key).is_some())
    };
    let has_list =
        |value: &Value| value.as_array().and_then(|list| list.first()).is_some_and(is_document);
    if let Some((key, _)) = keys.iter().find(|(_, value)| has_list(value)) {
        return Some(format!(
            "has its documents under the key \"{key}\"; write that list alone ([{{...}}, {{...}}]), or \
             a document a line"
        ));
    }
    let (key, _) = keys.iter().find(|(_, value)| is_document(value))?;
    Some(format!(
        "has documents under keys of their own (\"{key}\" first); write them as a list \
         ([{{...}}, {{...}}]), or a document a line, each with its title"
    ))
}

/// A tool whose files people have.
struct Tool {
    is_its: fn(&Map<String, Value>) -> bool,
    name: &'static str,
    advice: &'static str,
}

/// Tools by what their objects have, the first that fits.
const TOOLS: [Tool; 10] = [
    Tool {
        is_its: |keys| has(keys, &["text", "label", "annotation_id"]),
        name: "Label Studio's JSON-MIN, which has no relations",
        advice: "export JSON in place of it, which is read as it is; \
                 \"docre convert export.json train.json\" makes DocRED's form of it",
    },
    Tool {
        is_its: |keys| {
            has(keys, &["text", "entities"])
                || has(keys, &["text", "label"]) && keys["label"].is_array()
        },
        name: "doccano's JSON lines",
        advice: "doccano exports no other form of relations: write each text to NAME.txt, its \
                 entities and relations as brat's T and R lines to NAME.ann, and then \
                 \"docre convert FOLDER train.json\"",
    },
    Tool {
        is_its: |keys| has(keys, &["tokens", "entities"]),
        name: "SpERT's JSON",
        advice: IN_DOCREDS_FORM,
    },
    Tool {
        is_its: |keys| has(keys, &["sentences", "ner"]),
        name: "DyGIE's JSON lines",
        advice: IN_DOCREDS_FORM,
    },
    Tool {
        is_its: |keys| has(keys, &["token", "h", "t"]),
        name: "OpenNRE's JSON lines, of which each is one sentence with one pair",
        advice: "whole documents are read: take the data set's document form if it has one, or \
                 join the lines of a document in DocRED's form (title, sents, vertexSet, labels)",
    },
    Tool {
        is_its: |keys| has(keys, &["text", "spans"]),
        name: "Prodigy's JSON lines",
        advice: "export with \"prodigy data-to-spacy\" and save doc.to_json() of each document as \
                 a line, relations as doc._.relations; then \
                 \"docre convert docs.jsonl train.json\"",
    },
    Tool {
        is_its: |keys| has(keys, &["paragraphs"]),
        name: "spaCy's training JSON",
        advice: "\"python -m spacy convert\" makes .spacy of it: save doc.to_json() of each \
                 document in that as a line; then \"docre convert docs.jsonl train.json\"",
    },
    Tool {
        is_its: |keys| has(keys, &["data", "annotations"]),
        name: "a task of Label Studio",
        advice: IN_ITS_OWN_FILE,
    },
    Tool {
        is_its: |keys| has(keys, &["text", "tokens"]),
        name: "spaCy's JSON of a document",
        advice: IN_ITS_OWN_FILE,
    },
    Tool {
        is_its: |keys| has(keys, &["passages"]) || has(keys, &["documents"]),
        name: "BioC's JSON",
        advice: IN_ITS_OWN_FILE,
    },
];

/// Of what has the same things under other names.
const IN_DOCREDS_FORM: &str = "there is no conversion for it: write its tokens as sents (a list of sentences), each entity as \
     a list of mentions in vertexSet ([{\"sent_id\": 0, \"pos\": [START, END], \"type\": TYPE}]) and \
     each relation as {\"h\": PLACE, \"t\": PLACE, \"r\": NAME} in labels, which is DocRED's form";

/// Of what is read, but not among documents of another format.
const IN_ITS_OWN_FILE: &str = "a file has documents of one format, and this isn't read here: in a file of its own it is, and \
     \"docre convert FILE train.json\" makes DocRED's form of it";

fn has(keys: &Map<String, Value>, names: &[&str]) -> bool {
    names.iter().all(|name| keys.contains_key(*name))
}
