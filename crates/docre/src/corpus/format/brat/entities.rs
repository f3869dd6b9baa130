//! Mentions joined into entities, and the facts between these.

use std::collections::{BTreeMap, HashMap};

use super::annotations::{Annotations, Normalization, Parted, Relation};
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::Omission;
use crate::corpus::raw::RawLabel;
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Span, clusters, entities_of, gaps_of_parts};

impl Annotations {
    /// Joins mentions whose types name one chain. One at the place of another mention gives it its
    /// chain and goes.
    pub(super) fn join_chains(&mut self) {
        let (chained, mut mentions): (Vec<Span>, Vec<Span>) =
            std::mem::take(&mut self.mentions).into_iter().partition(|m| is_chain(&m.kind));
        let mut others: HashMap<(usize, usize), String> = HashMap::new();
        for Span { start, end, id, .. } in &mentions {
            others.entry((*start, *end)).or_insert_with(|| id.clone());
        }
        let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut renamed = HashMap::new();
        for mut mention in chained {
            let chain = chains.entry(std::mem::take(&mut mention.kind)).or_default();
            match others.get(&(mention.start, mention.end)) {
                Some(other) => {
                    chain.push(other.clone());
                    renamed.insert(mention.id, other.clone());
                }
                None => {
                    chain.push(mention.id.clone());
                    mentions.push(mention);
                }
            }
        }
        let related = self.relations.iter_mut().flat_map(|r| [&mut r.head, &mut r.tail]);
        let joined = self.equivalent.iter_mut().flat_map(|(_, ids)| ids);
        for id in related.chain(joined) {
            if let Some(other) = renamed.get(id) {
                id.clone_from(other);
            }
        }
        self.mentions = mentions;
        self.equivalent.extend(chains.into_values().map(|ids| (0, ids)));
    }

    /// Gives mentions what a knowledge base calls them.
    fn name_entities(&mut self) {
        let places: HashMap<String, usize> =
            self.mentions.iter().map(|mention| mention.id.clone()).zip(0..).collect();
        for Normalization { mention, id } in std::mem::take(&mut self.normalizations) {
            match places.get(&mention).map(|&place| &mut self.mentions[place].entity_id) {
                Some(entity_id @ None) => *entity_id = Some(id),
                _ => self.left_out.add(Omission::Attribute, 1),
            }
        }
    }

    /// The text with its mentions by entity, and the facts between these.
    pub(super) fn of_text(
        mut self,
        title: &str,
        text: String,
        marked: bool,
        split: Split,
    ) -> AnnotatedText {
        self.check_parts(&text, marked);
        self.name_entities();
        let triggers = std::mem::take(&mut self.triggers);
        self.mentions.retain(|mention| !triggers.contains(&mention.id));
        let places: HashMap<&str, usize> =
            self.mentions.iter().map(|mention| mention.id.as_str()).zip(0..).collect();
        let mut problems = std::mem::take(&mut self.problems);
        let mut place = |line: usize, id: &str| {
            let place = places.get(id).copied();
            if place.is_none() && !triggers.contains(id) {
                problems.push(format!("line {line}: there is no mention {id}"));
            }
            place
        };
        let mut pairs = Vec::new();
        for (line, ids) in &self.equivalent {
            let members: Vec<_> = ids.iter().filter_map(|id| place(*line, id)).collect();
            pairs.extend(members.windows(2).map(|two| (two[0], two[1])));
        }
        let groups = clusters(self.mentions.len(), &pairs);
        let entity_of = entities_of(&groups, self.mentions.len());
        let mut labels = Vec::new();
        for Relation { line, kind, head, tail } in &self.relations {
            let of_event = triggers.contains(head) || triggers.contains(tail);
            self.left_out.add(Omission::Event, usize::from(of_event));
            if let (Some(head), Some(tail)) = (place(*line, head), place(*line, tail)) {
                labels.push(RawLabel::new(entity_of[head], kind, entity_of[tail]));
            }
        }
        let spans =
            |group: Vec<usize>| group.into_iter().map(|m| self.mentions[m].clone()).collect();
        let entities = groups.into_iter().map(spans).collect();
        let (title, left_out, labels) = (title.to_owned(), self.left_out, Some(labels));
        let unit = Unit::Characters;
        AnnotatedText { title, text, split, unit, marked, entities, labels, left_out, problems }
    }

    /// Counts the gaps of mentions with several parts, and leaves out those that aren't their
    /// parts.
    fn check_parts(&mut self, text: &str, marked: bool) {
        for Parted { id, parts, text: said } in std::mem::take(&mut self.parted) {
            match gaps_of_parts(text, marked, &id, &parts, &said) {
                Ok(gaps) => self.left_out.add(Omission::Gap, gaps),
                Err(problem) => {
                    self.problems.push(problem);
                    self.triggers.insert(id.clone()); // so that no relation misses it
                }
            }
        }
    }
}

/// Whether a type names a chain: `Alice-1`.
fn is_chain(kind: &str) -> bool {
    let number = kind.rsplit_once('-').map(|(_, number)| number);
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}
