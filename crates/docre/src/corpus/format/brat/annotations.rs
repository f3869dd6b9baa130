//! The lines of an annotation file.

use std::collections::HashSet;

use super::names::{EQUIV, NO_BASE, name_of};
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::spans::Span;

/// The lines of an annotation file.
#[derive(Default)]
pub(super) struct Annotations {
    pub(super) mentions: Vec<Span>,
    /// The mentions' ids.
    ids: HashSet<String>,
    pub(super) parted: Vec<Parted>,
    pub(super) relations: Vec<Relation>,
    /// Mentions of which each list is one entity.
    pub(super) equivalent: Vec<(usize, Vec<String>)>,
    pub(super) normalizations: Vec<Normalization>,
    /// Mentions that are triggers of events.
    pub(super) triggers: HashSet<String>,
    pub(super) left_out: Omissions,
    pub(super) problems: Vec<String>,
}

/// A mention with gaps, by characters from and to.
pub(super) struct Parted {
    pub(super) id: String,
    pub(super) parts: Vec<(usize, usize)>,
    pub(super) text: String,
}

/// What a knowledge base calls the entity of a mention.
pub(super) struct Normalization {
    pub(super) mention: String,
    pub(super) id: String,
}

impl Normalization {
    /// `Reference T1 Wikidata:Q42\tDouglas Adams`
    fn parse(rest: &str) -> Option<Self> {
        let words: Vec<&str> = rest.split('\t').next()?.split_whitespace().collect();
        let ["Reference", mention, id] = words[..] else { return None };
        let id = id.strip_prefix(NO_BASE).unwrap_or(id);
        // So it is written that a knowledge base doesn't have the entity.
        if id == "NIL" || id.ends_with(":NIL") {
            return None;
        }
        Some(Self { mention: mention.into(), id: id.into() })
    }
}

pub(super) struct Relation {
    pub(super) line: usize,
    pub(super) kind: String,
    pub(super) head: String,
    pub(super) tail: String,
}

impl Annotations {
    pub(super) fn parse(text: &str, options: &ReadOptions) -> Self {
        let mut found = Self::default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = number + 1;
            if let Err(problem) = found.read_line(number, line, options) {
                found.problems.push(format!("line {number}: {problem}"));
            }
        }
        found
    }

    fn read_line(
        &mut self,
        number: usize,
        line: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let parts = line.split_once('\t').filter(|(id, _)| !id.contains(' '));
        let (id, rest) = parts.ok_or("should be an id, a tab and an annotation")?;
        match id.chars().next() {
            Some('T') => self.read_mention(id, rest),
            Some('R') => self.read_relation(number, rest, options),
            Some('*') => self.read_equivalence(number, rest, options),
            Some('E') => {
                let trigger = rest.split_whitespace().next().and_then(|word| word.split_once(':'));
                self.triggers.extend(trigger.map(|(_, trigger)| trigger.to_owned()));
                self.left_out.add(Omission::Event, 1);
                Ok(())
            }
            Some('N') => {
                match Normalization::parse(rest) {
                    Some(normalization) => self.normalizations.push(normalization),
                    None => self.left_out.add(Omission::Attribute, 1),
                }
                Ok(())
            }
            Some('A' | 'M' | '#') => {
                self.left_out.add(Omission::Attribute, 1);
                Ok(())
            }
            _ => Err(format!("\"{id}\" is no kind of annotation (T, R, E, A, M, N, # and *)")),
        }
    }

    /// `T1\tOrganization 0 4\tSony`, or with parts: `T2\tPlace 0 5;16 23\tNorth America`.
    fn read_mention(&mut self, id: &str, rest: &str) -> Result<(), String> {
        let problem = || format!("{id} should be \"TYPE START END\", a tab and the text");
        let (place, text) = rest.split_once('\t').ok_or_else(problem)?;
        let (kind, offsets) = place.split_once(' ').ok_or_else(problem)?;
        let part = |part: &str| {
            let (start, end) = part.trim().split_once(' ')?;
            Some((start.parse::<usize>().ok()?, end.trim().parse::<usize>().ok()?))
        };
        let parts: Option<Vec<_>> = offsets.split(';').map(part).collect();
        let parts = parts.ok_or_else(problem)?;
        let start = parts.iter().map(|part| part.0).min().ok_or_else(problem)?;
        let end = parts.iter().map(|part| part.1).max().ok_or_else(problem)?;
        // The text of parts has no gaps, so it can't be held against the whole.
        let whole = (parts.len() == 1).then(|| text.to_owned());
        if !self.ids.insert(id.to_owned()) {
            return Err(format!("{id} is given twice"));
        }
        if whole.is_none() {
            self.parted.push(Parted { id: id.into(), parts, text: text.into() });
        }
        let (id, kind) = (id.to_owned(), name_of(kind));
        self.mentions.push(Span { id, start, end, text: whole, kind, entity_id: None });
        Ok(())
    }

    /// `R1\tbased_in Arg1:T3 Arg2:T4`
    fn read_relation(
        &mut self,
        line: usize,
        rest: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let mut words = rest.split_whitespace();
        let kind = words.next().map(str::to_owned);
        let mut arguments: Vec<_> = words.filter_map(|word| word.rsplit_once(':')).collect();
        if let [("Arg2", _), ("Arg1", _)] = arguments[..] {
            arguments.reverse();
        }
        let arguments: Vec<_> = arguments.into_iter().map(|(_, id)| id.to_owned()).collect();
        let (Some(kind), Ok([head, tail])) = (kind, <[String; 2]>::try_from(arguments)) else {
            return Err("a relation should be \"TYPE Arg1:T1 Arg2:T2\"".into());
        };
        if head.starts_with('E') || tail.starts_with('E') {
            self.left_out.add(Omission::Event, 1);
        } else if kind == EQUIV || options.joins(&kind) {
            self.equivalent.push((line, vec![head, tail]));
        } else {
            let kind = name_of(&kind);
            self.relations.push(Relation { line, kind, head, tail });
        }
        Ok(())
    }

    /// `*\tEquiv T1 T2 T3`; other such relations have no direction and aren't facts.
    fn read_equivalence(
        &mut self,
        line: usize,
        rest: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let mut words = rest.split_whitespace().map(str::to_owned);
        let kind = words.next().unwrap_or_default();
        if kind == EQUIV || options.joins(&kind) {
            self.equivalent.push((line, words.collect()));
        } else {
            self.left_out.add_named(Omission::OtherAnnotation, &kind, 1);
        }
        Ok(())
    }
}
