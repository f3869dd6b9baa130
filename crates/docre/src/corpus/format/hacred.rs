//! HacRED (Cheng et al. 2021): Chinese documents as JSON lines.
//!
//! A line has `id`, `text`, and the document twice: with characters as tokens (`sents_char`,
//! `vertex_char`, `labels_char`), which is what docre reads, and with words (`sents_word`,
//! ...), which it leaves alone. There are 26 relations; KD-DocRE's table says 27 because it
//! counts the none class, as it does for DocRED's 97.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{FormatRow, JsonWriter, Layout, Tell};
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::omissions::Omissions;
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse;
use crate::corpus::raw::{Parsed, RawDocument, RawLabel, RawMention, Refused};
use crate::corpus::words::shortened;
use crate::document::{Document, Entity, Mention};

pub(super) static ROW: FormatRow = FormatRow {
    name: "hacred",
    about: "JSON lines",
    endings: &[],
    layout: Layout::Json,
    tell: Tell { object: |keys| keys.has_any(&["sents_char", "vertex_char"]), ..Tell::NOTHING },
    read,
    create: Some(|path| JsonWriter::create(ListWriter::lines(path), write, read)),
};

#[derive(Deserialize)]
#[serde(expecting = "a document of HacRED")]
struct Raw {
    id: Value,
    sents_char: Vec<Vec<String>>,
    vertex_char: Vec<Vec<RawMention>>,
    labels_char: Option<Vec<RawLabel>>,
}

#[derive(Deserialize)]
struct Id {
    id: Value,
}

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let raw: Raw = parse(object.bytes()).map_err(|problem| {
        let title = parse::<Id>(object.bytes()).ok().and_then(|id| title(&id.id));
        Refused { title, problem }
    })?;
    let title = title(&raw.id)
        .ok_or_else(|| "id: should be a text, or a whole number of at most 19 digits".to_owned())?;
    let Raw { sents_char: sents, vertex_char: entities, labels_char: labels, .. } = raw;
    check_names(&entities, &sents).map_err(|problem| Refused::new(&title, problem))?;
    RawDocument { title, sents, entities, labels, text: None, problems: Vec::new() }
        .check(Omissions::default())
}

fn title(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) if !id.is_f64() => Some(id.to_string()),
        _ => None,
    }
}

/// Refuses a mention whose name isn't what stands at its place. Places that don't exist are
/// refused later.
fn check_names(entities: &[Vec<RawMention>], sents: &[Vec<String>]) -> Result<(), String> {
    for (entity, mentions) in entities.iter().enumerate() {
        for (number, mention) in mentions.iter().enumerate() {
            let (Some(name), &[start, end]) = (&mention.name, mention.pos.as_slice()) else {
                continue;
            };
            let tokens = sents.get(mention.sentence).and_then(|tokens| tokens.get(start..end));
            let Some(tokens) = tokens.filter(|tokens| !spells(tokens, name)) else { continue };
            return Err(format!(
                "entity {entity}, mention {number}: is \"{}\" by its name, but sentence {} has \
                 \"{}\" from token {start} to {end}",
                shortened(name),
                mention.sentence,
                shortened(&tokens.concat())
            ));
        }
    }
    Ok(())
}

/// Whether tokens spell a name: but for case and blanks, and for what a tokenizer does to
/// words in Latin letters (`##` before a piece, `[UNK]` for a rare character).
fn spells(tokens: &[String], name: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    let pieces = tokens.iter().map(|token| token.strip_prefix("##").unwrap_or(token));
    let pieces: Vec<String> = pieces.map(plain).collect();
    pieces.contains(&"[unk]".to_owned()) || pieces.concat() == plain(name)
}

/// The characters alone: the words of a document aren't known.
fn write(document: &Document) -> Value {
    let text: String = document.sentences.iter().flatten().map(String::as_str).collect();
    let mention = |mention: &Mention| {
        let tokens = &document.sentences[mention.sentence][mention.tokens.clone()];
        json!({
            "name": if spells(tokens, &mention.name) { mention.name.clone() } else { tokens.concat() },
            "sent_id": mention.sentence,
            "type": mention.kind,
            "pos": [mention.tokens.start, mention.tokens.end],
        })
    };
    let entity = |entity: &Entity| entity.mentions.iter().map(mention).collect::<Vec<_>>();
    let mut written = json!({
        "id": document.title,
        "text": text,
        "sents_char": document.sentences,
        "vertex_char": document.entities.iter().map(entity).collect::<Vec<_>>(),
    });
    if let Some(facts) = &document.facts {
        let label = |fact: &crate::document::Fact| json!({"r": fact.relation, "h": fact.head, "t": fact.tail});
        written["labels_char"] = facts.iter().map(label).collect();
    }
    written
}
