//! Reads the lines of a document in marked text.

use std::collections::HashMap;

use super::marked::{BLANKS, FACT, MARKED, PLACE, SETTING, UNLABELLED, escape, trimmed, unescaped};
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::Omissions;
use crate::corpus::raw::RawLabel;
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Span};

/// What the lines behind a title say.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    /// The characters of the text.
    length: usize,
    /// The mentions that aren't closed yet.
    open: Vec<Open>,
    mentions: Vec<Mention>,
    /// Mentions by their characters, which come behind the others.
    placed: Vec<Mention>,
    facts: Vec<Fact>,
    unlabelled: bool,
    blanks: bool,
    problems: Vec<String>,
}

struct Open {
    line: usize,
    /// Its place among the mentions, which stand in the order in which they begin.
    place: usize,
}

#[derive(Default)]
struct Mention {
    line: usize,
    start: usize,
    end: usize,
    kind: String,
    key: Key,
}

/// `KEY#NUMBER=ID`
#[derive(Default)]
struct Key {
    key: String,
    number: Option<usize>,
    id: Option<String>,
}

struct Fact {
    line: usize,
    head: String,
    relation: String,
    tail: String,
    evidence: Vec<usize>,
    score: Option<f32>,
}

impl Page {
    /// Reads lines with their numbers.
    pub fn read<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut page = Self::default();
        let mut text = Vec::new();
        for (number, line) in lines {
            let read = if let Some(fact) = line.strip_prefix(FACT) {
                page.read_fact(number, fact)
            } else if let Some(place) = line.strip_prefix(PLACE) {
                page.read_place(number, place)
            } else if let Some(setting) = line.strip_prefix(SETTING) {
                page.read_setting(setting.trim())
            } else {
                text.push((number, line));
                Ok(())
            };
            page.note(number, read);
        }
        page.read_text(&text);
        page.mentions.append(&mut page.placed);
        page
    }

    fn note(&mut self, line: usize, read: Result<(), String>) {
        if let Err(problem) = read {
            self.problems.push(format!("line {line}: {problem}"));
        }
    }

    /// The lines of the text, without blank ones around it.
    fn read_text(&mut self, lines: &[(usize, &str)]) {
        let is_blank = |(_, line): &(usize, &str)| line.trim().is_empty();
        let start = lines.iter().take_while(|line| is_blank(line)).count();
        let blank = lines.iter().rev().take_while(|line| is_blank(line)).count();
        let lines = lines.get(start..lines.len().saturating_sub(blank)).unwrap_or_default();
        for (place, &(number, line)) in lines.iter().enumerate() {
            if place > 0 {
                self.push('\n');
            }
            let read = self.read_line(number, line);
            self.note(number, read);
        }
        for Open { line, place } in std::mem::take(&mut self.open) {
            let problem = "a mention begins with [ and isn't closed; write [words|TYPE|1], or \\[ \
                           for a bracket of the text";
            self.note(line, Err(problem.into()));
            self.mentions[place].end = self.length;
        }
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        self.length += 1;
    }

    fn read_line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let behind = &rest[c.len_utf8()..];
            rest = match c {
                '\\' => {
                    let (c, behind) = escape(rest)?;
                    self.push(c);
                    behind
                }
                '[' => {
                    let place = self.mentions.len();
                    self.open.push(Open { line: number, place });
                    let (line, start) = (number, self.length);
                    self.mentions.push(Mention { line, start, ..Mention::default() });
                    behind
                }
                '|' if !self.open.is_empty() => self.close(behind)?,
                ']' if self.open.is_empty() => {
                    return Err("] closes nothing; write \\] for a bracket of the text".into());
                }
                ']' => {
                    return Err("a mention has no type; write [words|TYPE|1], or \\[ and \\] for \
                                brackets of the text"
                        .into());
                }
                _ => {
                    self.push(c);
                    behind
                }
            };
        }
        Ok(())
    }

    /// Reads the type and key of the mention that was begun last, and gives what is behind.
    fn close<'a>(&mut self, rest: &'a str) -> Result<&'a str, String> {
        let [written, behind] =
            split(rest, ']').ok_or("a mention's type or key isn't closed by ]")?;
        let fields = fields(written);
        let (kind, key) = match fields[..] {
            [kind] => (kind, Key::default()),
            [kind, key] => (kind, Key::read(key)?),
            _ => return Err("a mention is [words|TYPE|KEY], with no more than two |".into()),
        };
        let kind = unescaped(kind)?;
        if let Some(Open { place, .. }) = self.open.pop() {
            let (length, mention) = (self.length, &mut self.mentions[place]);
            (mention.end, mention.kind, mention.key) = (length, kind, key);
        }
        Ok(behind)
    }

    /// `KEY | TYPE | START END`
    fn read_place(&mut self, line: usize, written: &str) -> Result<(), String> {
        let problem = "a mention by its characters is \"@ KEY | TYPE | START END\"";
        let [key, kind, place] = fields(written)[..] else { return Err(problem.into()) };
        let place: Vec<_> = place.split_whitespace().map(str::parse).collect();
        let [Ok(start), Ok(end)] = place[..] else { return Err(problem.into()) };
        let (kind, key) = (unescaped(kind)?, Key::read(key)?);
        self.placed.push(Mention { line, start, end, kind, key });
        Ok(())
    }

    /// `HEAD | RELATION | TAIL | EVIDENCE | SCORE`
    fn read_fact(&mut self, line: usize, written: &str) -> Result<(), String> {
        let fields = fields(written);
        let ([head, relation, tail], rest) = match &fields[..] {
            [head, relation, tail, rest @ ..] if rest.len() <= 2 => ([head, relation, tail], rest),
            _ => return Err("a fact is \"= HEAD | RELATION | TAIL\"".into()),
        };
        let sentence = |written: &str| {
            let number = written.parse::<usize>();
            number.map_err(|_| format!("\"{written}\" should be the number of a sentence, from 0"))
        };
        let evidence = rest.first().copied().unwrap_or_default().split_whitespace().map(sentence);
        let score = rest.get(1).map(|written| {
            let score = written.parse::<f32>().ok().filter(|score| (0.0..=1.0).contains(score));
            score.ok_or_else(|| format!("\"{written}\" should be a score from 0 to 1"))
        });
        let (head, relation, tail) = (unescaped(head)?, unescaped(relation)?, unescaped(tail)?);
        let (evidence, score) = (evidence.collect::<Result<_, _>>()?, score.transpose()?);
        self.facts.push(Fact { line, head, relation, tail, evidence, score });
        Ok(())
    }

    fn read_setting(&mut self, setting: &str) -> Result<(), String> {
        match setting {
            UNLABELLED => self.unlabelled = true,
            BLANKS => self.blanks = true,
            MARKED => {}
            _ => {
                return Err(format!(
                    "\"{setting}\" is no setting; there are {UNLABELLED} and {BLANKS}; write \\% \
                     where the text has a line that begins so"
                ));
            }
        }
        Ok(())
    }

    pub fn into_text(mut self, title: &str) -> AnnotatedText {
        let places = self.places();
        let count = places.iter().map(|place| place + 1).max().unwrap_or(0);
        let mut entities: Vec<Vec<(usize, Span)>> = (0..count).map(|_| Vec::new()).collect();
        let mut numbers = HashMap::new();
        for (Mention { line, start, end, kind, key }, place) in
            self.mentions.into_iter().zip(places)
        {
            let entity = &mut entities[place];
            let (id, text) = (format!("of line {line}"), None);
            let span = Span { id, start, end, text, kind, entity_id: key.id };
            entity.push((key.number.unwrap_or(entity.len() + 1), span));
            numbers.insert(key.key, place);
        }
        let mut labels = Vec::new();
        for Fact { line, head, relation, tail, evidence, score } in self.facts {
            match [&head, &tail].map(|key| numbers.get(key).filter(|_| !key.is_empty())) {
                [Some(&h), Some(&t)] => {
                    labels.push(RawLabel { h, t, r: relation, evidence, score })
                }
                [head_place, _] => {
                    let missing = if head_place.is_none() { head } else { tail };
                    let problem = format!("line {line}: no mention has the key \"{missing}\"");
                    self.problems.push(problem);
                }
            }
        }
        let in_order = |mut mentions: Vec<(usize, Span)>| {
            mentions.sort_by_key(|(number, _)| *number);
            mentions.into_iter().map(|(_, span)| span).collect()
        };
        AnnotatedText {
            title: title.to_owned(),
            text: self.text,
            split: if self.blanks { Split::Blanks } else { Split::Rules },
            unit: Unit::Characters,
            marked: false,
            entities: entities.into_iter().map(in_order).collect(),
            labels: (!self.unlabelled).then_some(labels),
            left_out: Omissions::default(),
            problems: self.problems,
        }
    }

    /// For each mention the number of its entity: those with numbers as keys come in the order of
    /// these, the others behind them as they are met.
    fn places(&self) -> Vec<usize> {
        let mut groups: HashMap<&str, usize> = HashMap::new();
        let mut orders: Vec<(Option<usize>, usize)> = Vec::new();
        let mut of_mentions = Vec::with_capacity(self.mentions.len());
        for mention in &self.mentions {
            let next = orders.len();
            let key = mention.key.key.as_str();
            let group = if key.is_empty() { next } else { *groups.entry(key).or_insert(next) };
            if group == next {
                orders.push((key.parse().ok(), next));
            }
            of_mentions.push(group);
        }
        orders.sort_by_key(|&(number, met)| (number.is_none(), number, met));
        let mut places = vec![0; orders.len()];
        orders.iter().enumerate().for_each(|(place, &(_, group))| places[group] = place);
        of_mentions.into_iter().map(|group| places[group]).collect()
    }
}

impl Key {
    fn read(written: &str) -> Result<Self, String> {
        let [rest, id] = split(written, '=').map_or([written, ""], |parts| parts);
        let [key, number] = split(rest, '#').map_or([rest, ""], |parts| parts);
        let parsed = number.parse::<usize>().ok();
        if !number.is_empty() && parsed.is_none() {
            return Err(format!("\"{number}\" should be the number of a mention, from 1"));
        }
        let id = unescaped(trimmed(id))?;
        let key = unescaped(trimmed(key))?;
        Ok(Self { key, number: parsed, id: (!id.is_empty()).then_some(id) })
    }
}

/// The parts of a text before and behind the first character like this without a backslash.
fn split(text: &str, wanted: char) -> Option<[&str; 2]> {
    let mut is_escaped = false;
    for (place, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == wanted => return Some([&text[..place], &text[place + c.len_utf8()..]]),
            _ => {}
        }
    }
    None
}

/// The fields of a line, without the blanks around them.
fn fields(mut text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    while let Some([field, rest]) = split(text, '|') {
        fields.push(trimmed(field));
        text = rest;
    }
    fields.push(trimmed(text));
    fields
}
