//! The columns of CoNLL-2012: a token a line, chains of coreference in the last column. Only read.
//!
//! `#begin document (NAME); part 000` and `#end document` hold a document, blank lines end
//! sentences. The fourth column has the token. Chains are entities without types; no facts.

use std::collections::{BTreeSet, HashMap};

use super::{Cut, FormatRow, Layout, Tell};
use crate::corpus::objects::Object;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::{Units, numbered_lines, utf8};
use crate::corpus::raw::{Parsed, RawDocument, RawMention, Refused};

pub(super) static ROW: FormatRow = FormatRow {
    name: "conll",
    about: "CoNLL-2012's columns with coreference",
    endings: &[],
    layout: Layout::Text { cut: |_| Some(Cut::Units(DOCUMENTS)) },
    tell: Tell { beginning: |text| text.trim_ascii_start().starts_with(BEGIN), ..Tell::NOTHING },
    read,
    create: None,
};

const BEGIN: &[u8] = b"#begin document";
const END: &[u8] = b"#end document";

const DOCUMENTS: Units = Units {
    delimiter: b'\n',
    begins: |line| line.starts_with(BEGIN),
    ends: |text| text.trim_ascii_end().ends_with(END),
    closed: Some(""),
};

/// The column of the token.
const WORD: usize = 3;

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let text = utf8(object.bytes())?;
    let title = title(text.lines().next().unwrap_or_default());
    let mut table = Table::default();
    for (number, line) in numbered_lines(text, object.first_line()) {
        if let Err(problem) = table.read_line(number, line) {
            table.problems.push(format!("line {number}: {problem}"));
        }
    }
    let (raw, left_out) = table.into_document(title);
    raw.check(left_out)
}

/// `#begin document (NAME); part 001`; the first part has the name alone.
fn title(line: &str) -> String {
    let rest = line.trim_start_matches("#begin document").trim();
    let (name, part) = rest.rsplit_once("; part ").unwrap_or((rest, "0"));
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name);
    match part.trim().trim_start_matches('0') {
        "" => name.to_owned(),
        part => format!("{name} part {part}"),
    }
}

/// The sentences and chains that were read.
#[derive(Default)]
struct Table {
    sents: Vec<Vec<String>>,
    /// Whether the last sentence goes on.
    in_sentence: bool,
    chains: HashMap<String, usize>,
    entities: Vec<Vec<RawMention>>,
    /// The mentions of the sentence that aren't closed yet: chain and place in it.
    open: Vec<(String, usize)>,
    /// Columns that say something else.
    others: BTreeSet<usize>,
    problems: Vec<String>,
}

impl Table {
    fn read_line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            self.end_sentence(number);
            return Ok(());
        }
        let columns: Vec<&str> = match line.contains('\t') {
            true => line.split('\t').map(str::trim).collect(),
            false => line.split_whitespace().collect(),
        };
        if columns.len() < WORD + 2 {
            return Err(
                "should have the token in its fourth column and coreference in its last".into()
            );
        }
        if !self.in_sentence {
            self.sents.push(Vec::new());
            self.in_sentence = true;
        }
        let sentence = self.sents.len() - 1;
        let token = self.sents[sentence].len();
        self.sents[sentence].push(columns[WORD].to_owned());
        let last = columns.len() - 1;
        let says = |&place: &usize| !matches!(columns[place], "-" | "_" | "*" | "");
        self.others.extend((WORD + 1..last).filter(says));
        for part in columns[last].split('|').filter(|part| !matches!(*part, "-" | "_" | "")) {
            self.read_part(part, sentence, token)?;
        }
        Ok(())
    }

    /// `(12`, `12)` or `(12)`
    fn read_part(&mut self, part: &str, sentence: usize, token: usize) -> Result<(), String> {
        let chain = part.trim_start_matches('(').trim_end_matches(')');
        if chain.is_empty() || chain == part {
            return Err(format!("\"{part}\" should be (12, 12) or (12)"));
        }
        if part.starts_with('(') {
            let next = self.entities.len();
            let entity = *self.chains.entry(chain.to_owned()).or_insert(next);
            if entity == next {
                self.entities.push(Vec::new());
            }
            let mentions = &mut self.entities[entity];
            self.open.push((chain.to_owned(), mentions.len()));
            let pos = vec![token, token];
            mentions.push(RawMention { name: None, pos, sentence, kind: None, entity_id: None });
        }
        if part.ends_with(')') {
            let found = self.open.iter().rposition(|(open, _)| open == chain);
            let found = found.ok_or_else(|| format!("\"{part}\" closes what isn't open"))?;
            let (chain, mention) = self.open.remove(found);
            self.entities[self.chains[&chain]][mention].pos[1] = token + 1;
        }
        Ok(())
    }

    fn end_sentence(&mut self, number: usize) {
        self.in_sentence = false;
        for (chain, mention) in std::mem::take(&mut self.open) {
            self.problems
                .push(format!("line {number}: chain {chain} is open where its sentence ends"));
            let mention = &mut self.entities[self.chains[&chain]][mention];
            mention.pos = Vec::new(); // so that it is left out
        }
    }

    fn into_document(mut self, title: String) -> (RawDocument, Omissions) {
        let mut left_out = Omissions::default();
        for column in self.others {
            left_out.add_named(Omission::OtherField, &format!("column {}", column + 1), 1);
        }
        for mentions in &mut self.entities {
            mentions.retain(|mention| !mention.pos.is_empty());
        }
        let Self { sents, entities, problems, .. } = self;
        (RawDocument { title, sents, entities, labels: None, text: None, problems }, left_out)
    }
}
