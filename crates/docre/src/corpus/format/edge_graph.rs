//! The `.data` files of edge-oriented graphs (Christopoulou et al. 2019), in which CDR and GDA are
//! read by the field's code: a document a line, in columns.
//!
//! Behind the identifier and the sentences (between `|`, with tokens between blanks) stand 17
//! columns for each pair: the relation (`1:CID:2`; `NR` for none, `not_include`), the order in the
//! text, whether it crosses sentences, two nearest mentions, and both entities with identifier,
//! names, type, and the first tokens, last tokens and sentences of their mentions. Tokens are
//! counted in the document. The head is the entity that the relation's name says, which is the
//! chemical and the gene; public code takes the one that stands first in the text.

use std::collections::HashMap;

use super::docred_forms::check_names;
use super::{Cut, FormatRow, Layout, Tell};
use crate::corpus::objects::Object;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::{Units, utf8};
use crate::corpus::raw::{Parsed, RawDocument, RawLabel, RawMention, Refused};
use crate::corpus::words::counted;

pub(super) static ROW: FormatRow = FormatRow {
    name: "eog",
    about: "the .data files of CDR and GDA",
    endings: &[],
    layout: Layout::Text { cut: |_| Some(Cut::Units(Units::LINES)) },
    tell: Tell { beginning: is_row, ..Tell::NOTHING },
    read,
    create: None,
};

/// The columns of a pair.
const PAIR: usize = 17;

/// Those of its entities: six each.
const ENTITIES: [usize; 2] = [5, 11];

/// What stands for no relation.
const NONE: &str = "NR";

fn is_row(text: &[u8]) -> bool {
    let mut columns = text.split(|&byte| byte == b'\t').skip(2);
    let relation = columns.next().and_then(|column| std::str::from_utf8(column).ok());
    let order = columns.next();
    relation.is_some_and(|found| found == "not_include" || relation_of(found).is_some())
        && order.is_some_and(|order| matches!(order, b"L2R" | b"R2L"))
}

/// The relation of `1:CID:2`, and whether its head is the first entity.
fn relation_of(written: &str) -> Option<(&str, bool)> {
    let (first, rest) = written.split_once(':')?;
    let (relation, second) = rest.rsplit_once(':')?;
    match (first, second) {
        ("1", "2") => Some((relation, true)),
        ("2", "1") => Some((relation, false)),
        _ => None,
    }
}

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let line = utf8(object.untrimmed())?.trim_end_matches(['\n', '\r']);
    let columns: Vec<&str> = line.split('\t').collect();
    let [title, sentences, pairs @ ..] = &columns[..] else {
        return Err(Refused::from("should be an identifier, a tab and sentences".to_owned()));
    };
    let refuse = |problem| Refused::new(*title, problem);
    let sents: Vec<Vec<String>> = sentences.split('|').map(tokens).collect();
    let mut found = Row::new(&sents);
    if pairs.len() % PAIR != 0 {
        let problem = format!(
            "has {} behind its text, which should be {PAIR} for each pair",
            counted(pairs.len(), "column")
        );
        return Err(refuse(problem));
    }
    for (number, pair) in pairs.chunks(PAIR).enumerate() {
        found.add(pair).map_err(|problem| refuse(format!("pair {number}: {problem}")))?;
    }
    let Row { entities, labels, mut left_out, .. } = found;
    let (title, labels, text, problems) = ((*title).to_owned(), Some(labels), None, Vec::new());
    let mut raw = RawDocument { title, sents, entities, labels, text, problems };
    if let Err(problem) = check_names(&mut raw, &mut left_out) {
        return Err(Refused::new(raw.title, problem));
    }
    raw.check(left_out)
}

fn tokens(sentence: &str) -> Vec<String> {
    sentence.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

/// What the pairs of a row say.
struct Row<'a> {
    /// The first token of each sentence in the document.
    starts: Vec<usize>,
    /// The entities by identifier, and the columns that told their mentions.
    places: HashMap<&'a str, (usize, &'a [&'a str])>,
    entities: Vec<Vec<RawMention>>,
    labels: Vec<RawLabel>,
    left_out: Omissions,
}

impl<'a> Row<'a> {
    fn new(sents: &[Vec<String>]) -> Self {
        let mut start = 0;
        let starts = sents.iter().map(|tokens| {
            start += tokens.len();
            start - tokens.len()
        });
        let (entities, labels) = (Vec::new(), Vec::new());
        let (starts, places) = (starts.collect(), HashMap::new());
        Self { starts, places, entities, labels, left_out: Omissions::default() }
    }

    fn add(&mut self, pair: &'a [&'a str]) -> Result<(), String> {
        let [first, second] = ENTITIES.map(|column| self.entity(&pair[column..column + 6]));
        let (first, second) = (first?, second?);
        if pair[0] == "not_include" {
            self.left_out.add_named(Omission::OtherAnnotation, "not_include", 1);
            return Ok(());
        }
        let Some((relation, is_first_head)) = relation_of(pair[0]) else {
            return Err(format!("\"{}\" should be a relation such as 1:CID:2", pair[0]));
        };
        if relation == NONE {
            self.left_out.add(Omission::UnrelatedPair, 1);
            return Ok(());
        }
        let (head, tail) = if is_first_head { (first, second) } else { (second, first) };
        self.labels.push(RawLabel::new(head, relation, tail));
        Ok(())
    }

    /// The number of an entity, which is told anew for each of its pairs.
    fn entity(&mut self, columns: &'a [&'a str]) -> Result<usize, String> {
        let id = columns[0];
        match self.places.get(id) {
            Some(&(place, told)) if told == columns => return Ok(place),
            Some(_) => {
                return Err(format!("entity {id} has other mentions than in an earlier pair"));
            }
            None => {}
        }
        let &[_, names, kind, starts, ends, sentences] = columns else {
            return Err("has too few columns".into());
        };
        let [starts, ends, sentences] = [starts, ends, sentences].map(numbers);
        let (starts, ends, sentences) = (starts?, ends?, sentences?);
        let names: Vec<&str> = names.split('|').collect();
        let lengths = [ends.len(), sentences.len(), names.len()];
        if lengths.iter().any(|&length| length != starts.len()) {
            return Err(format!("entity {id} has more names, places or sentences than others"));
        }
        let mut mentions = Vec::new();
        for (number, name) in names.into_iter().enumerate() {
            let sentence = sentences[number];
            let place = |token: usize| token.checked_sub(*self.starts.get(sentence)?);
            let (Some(start), Some(end)) = (place(starts[number]), place(ends[number])) else {
                return Err(format!(
                    "entity {id}: token {} isn't in sentence {sentence}",
                    starts[number]
                ));
            };
            mentions.push(RawMention {
                name: Some(name.to_owned()),
                pos: vec![start, end],
                sentence,
                kind: Some(kind.to_owned()),
                entity_id: (!matches!(id, "-" | "-1")).then(|| id.to_owned()),
            });
        }
        self.places.insert(id, (self.entities.len(), columns));
        self.entities.push(mentions);
        Ok(self.entities.len() - 1)
    }
}

fn numbers(column: &str) -> Result<Vec<usize>, String> {
    let number = |part: &str| part.parse().map_err(|_| format!("\"{part}\" should be a number"));
    column.split(':').map(number).collect()
}
