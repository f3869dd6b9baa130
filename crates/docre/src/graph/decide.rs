//! Joins are made and undone as a person decides.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableMultimapTable, ReadableTable};

use super::decisions::{Decision, Decisions, Verdict};
use super::joiner::Joiner;
use super::member::Member;
use super::names::normal;
use super::node::Occurrence;
use super::store::{Stored, Tables, read};
use super::{Graph, decisions};
use crate::output::NamedEntity;
use crate::{Error, Result};

/// A member, and its identifier.
type Identified = (u64, Option<String>);

impl Graph {
    /// Takes these decisions for all that were made: new ones are made, and those that are missing
    /// are taken back. The nodes that one speaks of are taken apart and their entities are placed
    /// anew. Returns how many decisions changed.
    pub fn decide(&self, made: &[Decision]) -> Result<usize> {
        let pairs = self.pairs(made)?;
        self.store.change(|tables| {
            let before = decisions(tables)?;
            let after = Decisions::new(pairs);
            let is_new = |pair: &&(u64, u64)| before.pairs.get(*pair) != after.pairs.get(*pair);
            let all: BTreeSet<(u64, u64)> =
                before.pairs.keys().chain(after.pairs.keys()).copied().collect();
            let changed: Vec<(u64, u64)> = all.iter().filter(is_new).copied().collect();
            for pair in &changed {
                match after.pairs.get(pair) {
                    Some(same) => tables.decisions.insert(*pair, same)?,
                    None => tables.decisions.remove(*pair)?,
                };
            }
            place_anew(tables, &after, &changed)?;
            Ok(changed.len())
        })
    }

    /// The members that decisions speak of.
    fn pairs(&self, made: &[Decision]) -> Result<BTreeMap<(u64, u64), bool>> {
        self.store.look(|tables| {
            let mut pairs = BTreeMap::new();
            for decision in made {
                let one = self.member(tables, &decision.document, &decision.entity)?;
                let other = self.member(tables, &decision.other_document, &decision.other_entity)?;
                let same = decision.decision == Verdict::Same;
                let pair = (one.0.min(other.0), one.0.max(other.0));
                let problem = if one.0 == other.0 {
                    "are the same entity of the same document"
                } else if pairs.insert(pair, same).is_some_and(|before| before != same) {
                    "are both \"same\" and \"apart\""
                } else if same && one.1.is_some() && other.1.is_some() && one.1 != other.1 {
                    "have identifiers that differ, so they can't be the same"
                } else {
                    continue;
                };
                let Decision { document, entity, other_document, other_entity, .. } = decision;
                return Err(self.wrong(format!(
                    "\"{entity}\" of \"{document}\" and \"{other_entity}\" of \"{other_document}\" {problem}"
                )));
            }
            Ok(pairs)
        })
    }

    /// The entity of a document that has a name, and its identifier.
    fn member(&self, tables: &Tables, title: &str, name: &str) -> Result<Identified> {
        let found = candidates(tables, title, name).map_err(|error| self.store.error(error))?;
        match found {
            None => Err(self.wrong(format!("no document of the graph has the title \"{title}\""))),
            Some(found) => match found.as_slice() {
                [one] => Ok(one.clone()),
                [] => Err(self.wrong(format!("no entity of \"{title}\" is called \"{name}\""))),
                several => Err(self.wrong(format!(
                    "{} entities of \"{title}\" are called \"{name}\"; name one by a name that the others lack",
                    several.len()
                ))),
            },
        }
    }

    fn wrong(&self, problem: String) -> Error {
        Error::file(&self.path, format!("the decisions don't fit the graph: {problem}"))
    }
}

/// The entities of documents of a title that have a name; `None` where there is no such document.
fn candidates(tables: &Tables, title: &str, name: &str) -> Stored<Option<Vec<Identified>>> {
    let documents: Vec<u64> =
        tables.titles.get(title)?.map(|number| Ok(number?.value())).collect::<Stored<_>>()?;
    let mut found = Vec::new();
    for document in &documents {
        for (member, entity) in entities(tables, *document)? {
            if entity.mentions.iter().any(|mention| normal(&mention.text) == normal(name)) {
                found.push((member, entity.id));
            }
        }
    }
    Ok((!documents.is_empty()).then_some(found))
}

/// The entities of a document.
fn entities(tables: &Tables, document: u64) -> Stored<Vec<(u64, NamedEntity)>> {
    let range = tables.entities.range(Member::of_document(document))?;
    let members: Vec<u64> = range.map(|entry| Ok(entry?.0.value())).collect::<Stored<_>>()?;
    members.into_iter().map(|member| Ok((member, read(&tables.entities, member)?))).collect()
}

/// Takes the nodes of decisions apart, and places their members one after another.
fn place_anew(tables: &mut Tables, decisions: &Decisions, changed: &[(u64, u64)]) -> Stored<()> {
    let mut nodes = BTreeSet::new();
    for member in changed.iter().flat_map(|(one, other)| [one, other]) {
        nodes.extend(tables.node_of(*member)?);
    }
    let mut members = BTreeSet::new();
    for node in nodes {
        members.extend(Joiner { tables, decisions }.dissolve(node)?);
    }
    for member in members.into_iter().map(Member) {
        let known = entities(tables, member.document())?;
        let place = known.iter().position(|(other, _)| *other == member.0).expect("it is there");
        let entities: Vec<NamedEntity> = known.into_iter().map(|(_, entity)| entity).collect();
        let occurrence = Occurrence::of_document(&entities).swap_remove(place);
        Joiner { tables, decisions }.place(member, &occurrence)?;
    }
    Ok(())
}
