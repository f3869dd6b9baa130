//! Which node an entity of a document belongs to.
//!
//! Entities come one after another. One goes to the node
//!
//! 1. that has its identifier, or that a person has put it with;
//! 2. that has a name which stands for itself in both ("US", "Angela Merkel");
//! 3. else, the node in which its name is short for another ("Merkel" in one that other documents
//!    call "Angela Merkel").
//!
//! So "US" and "United States" are one because some document calls one entity by both, not because
//! the letters fit. Where several nodes have the name, the one is taken that more documents call so
//! and that stands beside the same others. Nodes never join over types or identifiers that differ,
//! nor where more documents speak of the two as two entities than as one. Candidates come from
//! names alone, so the work grows with the entities, not with their pairs.

use std::collections::BTreeSet;

use redb::ReadableTable;

use super::decisions::Decisions;
use super::member::Member;
use super::names::is_part;
use super::node::{Counts, Node, Occurrence, fit, may_be_one};
use super::store::{Stored, Tables, write};

/// The part of a name's documents and of what stands beside it that a node needs, together.
const ENOUGH: f64 = 0.5;

/// The most members of a node that are looked up in another.
const MOST_COMPARED: usize = 2000;

/// Puts entities where they belong.
pub struct Joiner<'a, 't> {
    pub tables: &'a mut Tables<'t>,
    pub decisions: &'a Decisions,
}

/// Which names of a node are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Those that stand for themselves.
    Own,
    /// Those that are short for others.
    Partial,
}

impl Role {
    fn of(self, node: &Node) -> &Counts {
        match self {
            Self::Own => &node.own,
            Self::Partial => &node.partial,
        }
    }
}

impl Joiner<'_, '_> {
    /// Puts an entity into a node, which may be new or join others, and returns it.
    pub fn place(&mut self, member: Member, entity: &Occurrence) -> Stored<u64> {
        let mut targets = self.certain(member, entity)?;
        for name in &entity.names.own {
            targets.extend(self.choose(member, entity, name, Role::Own)?);
        }
        if targets.is_empty() {
            for name in &entity.names.own {
                targets.extend(self.choose(member, entity, name, Role::Partial)?);
            }
        }
        for name in &entity.names.partial {
            if let Some(node) = self.choose(member, entity, name, Role::Own)? {
                // One that other documents call no more than this.
                let own = self.tables.node(node)?.own;
                let is_short =
                    |own: &String| entity.names.own.iter().any(|name| is_part(own, name));
                if own.keys().all(is_short) {
                    targets.push(node);
                }
            }
        }
        let node = self.unify(targets)?.unwrap_or(member.0);
        self.add(node, member, entity)
    }

    /// The nodes that need no likeness: of its identifier, and of those that a person puts it with.
    fn certain(&self, member: Member, entity: &Occurrence) -> Stored<Vec<u64>> {
        let mut nodes = Vec::new();
        if let Some(id) = &entity.id {
            nodes.extend(self.tables.ids.get(id.as_str())?.map(|node| node.value()));
        }
        for same in self.decisions.same(member.0) {
            nodes.extend(self.tables.node_of(same)?);
        }
        let mut admitted = Vec::new();
        for node in nodes {
            let known = self.tables.node(node)?;
            let fits = may_be_one(known.id.as_ref(), entity.id.as_ref());
            if fits && !self.is_apart(member.0, node)? {
                admitted.push(node);
            }
        }
        Ok(admitted)
    }

    /// The node that a name means here, if one is likely enough.
    fn choose(
        &self,
        member: Member,
        entity: &Occurrence,
        name: &str,
        role: Role,
    ) -> Stored<Option<u64>> {
        let mut called = Vec::new();
        for node in self.called(name)? {
            let known = self.tables.node(node)?;
            let documents = role.of(&known).get(name).copied().unwrap_or_default();
            if documents > 0 && fit(known.kind(), &entity.kind) {
                called.push((node, known, documents));
            }
        }
        let all: u32 = called.iter().map(|(.., documents)| documents).sum();
        let is_only = called.len() == 1;
        let mut best: Option<(f64, u64)> = None;
        for (node, known, documents) in called {
            if !self.is_admitted(member, entity, node, &known, role)? {
                continue;
            }
            let share = f64::from(documents) / f64::from(all);
            let beside = if is_only { 0.0 } else { self.beside(&entity.neighbours, &known)? };
            let score = share + beside;
            if score > ENOUGH && best.is_none_or(|(best, _)| score > best) {
                best = Some((score, node));
            }
        }
        Ok(best.map(|(_, node)| node))
    }

    /// The nodes that are called so.
    fn called(&self, name: &str) -> Stored<Vec<u64>> {
        let range = self.tables.names.range((name, 0)..=(name, u64::MAX))?;
        range.map(|entry| Ok(entry?.0.value().1)).collect()
    }

    /// Whether nothing speaks against it.
    fn is_admitted(
        &self,
        member: Member,
        entity: &Occurrence,
        node: u64,
        known: &Node,
        role: Role,
    ) -> Stored<bool> {
        if !may_be_one(known.id.as_ref(), entity.id.as_ref()) || self.is_apart(member.0, node)? {
            return Ok(false);
        }
        // Two entities of a document are one where their names are the same, and only there.
        let is_same =
            role == Role::Own && entity.names.own.iter().any(|n| known.own.contains_key(n));
        Ok(is_same || !self.has_document(node, member.document())?)
    }

    fn has_document(&self, node: u64, document: u64) -> Stored<bool> {
        let members = Member::of_document(document);
        let range = (node, *members.start())..=(node, *members.end());
        Ok(self.tables.members.range(range)?.next().is_some())
    }

    fn is_apart(&self, member: u64, node: u64) -> Stored<bool> {
        for apart in self.decisions.apart(member) {
            if self.tables.node_of(apart)? == Some(node) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How much the others beside an entity are those beside a node: the cosine of their names,
    /// rare ones weighing more.
    fn beside(&self, neighbours: &[String], node: &Node) -> Stored<f64> {
        let (mut both, mut here, mut there) = (0.0, 0.0, 0.0);
        for name in neighbours {
            let weight = self.weight(name)?;
            here += weight * weight;
            let count = node.neighbours.get(name).copied().unwrap_or_default();
            both += weight * weight * f64::from(count);
        }
        for (name, count) in &node.neighbours {
            there += (self.weight(name)? * f64::from(*count)).powi(2);
        }
        Ok(both / f64::sqrt(here * there).max(f64::MIN_POSITIVE))
    }

    /// The less documents have a name, the more it says.
    fn weight(&self, name: &str) -> Stored<f64> {
        let documents = self.tables.named.get(name)?.map_or(0, |count| count.value());
        Ok(1.0 / (1.0 + documents as f64).ln_1p())
    }

    /// Joins nodes that an entity belongs to, as far as they may be one, and returns the first's.
    fn unify(&mut self, targets: Vec<u64>) -> Stored<Option<u64>> {
        let Some(&first) = targets.first() else { return Ok(None) };
        let mut node = first;
        let others: BTreeSet<u64> = targets.into_iter().skip(1).filter(|o| *o != first).collect();
        for other in others {
            if self.may_join(node, other)? {
                node = self.join(node, other)?;
            }
        }
        Ok(Some(node))
    }

    /// Whether two nodes may be one now that one more document says so.
    fn may_join(&mut self, one: u64, other: u64) -> Stored<bool> {
        let pair = (one.min(other), one.max(other));
        let bridges = 1 + self.tables.bridges.get(pair)?.map_or(0, |count| count.value());
        self.tables.bridges.insert(pair, bridges)?;
        let (first, second) = (self.tables.node(one)?, self.tables.node(other)?);
        if !fit(first.kind(), second.kind()) || !may_be_one(first.id.as_ref(), second.id.as_ref()) {
            return Ok(false);
        }
        let (one, other) = (self.tables.members_of(one)?, self.tables.members_of(other)?);
        Ok(!self.decisions.divide(&one, &other) && bridges > common_documents(&one, &other))
    }

    /// The younger node becomes part of the older one.
    fn join(&mut self, one: u64, other: u64) -> Stored<u64> {
        let (kept, gone) = (one.min(other), one.max(other));
        let (mut node, absorbed) = (self.tables.node(kept)?, self.tables.node(gone)?);
        for member in self.tables.members_of(gone)? {
            self.tables.members.remove((gone, member))?;
            self.tables.members.insert((kept, member), ())?;
            self.tables.node_of.insert(member, kept)?;
        }
        for name in absorbed.names() {
            self.tables.names.remove((name, gone))?;
            self.tables.names.insert((name, kept), ())?;
        }
        if let Some(id) = &absorbed.id {
            self.tables.ids.insert(id.as_str(), kept)?;
        }
        self.tables.nodes.remove(gone)?;
        node.absorb(absorbed);
        write(&mut self.tables.nodes, kept, &node)?;
        Ok(kept)
    }

    /// Adds an entity to a node, or begins it.
    fn add(&mut self, node: u64, member: Member, entity: &Occurrence) -> Stored<u64> {
        let is_known = self.tables.nodes.get(node)?.is_some();
        let mut known = if is_known { self.tables.node(node)? } else { Node::default() };
        known.add(entity);
        write(&mut self.tables.nodes, node, &known)?;
        self.tables.members.insert((node, member.0), ())?;
        self.tables.node_of.insert(member.0, node)?;
        for name in entity.names.own.iter().chain(&entity.names.partial) {
            self.tables.names.insert((name.as_str(), node), ())?;
        }
        if let Some(id) = &entity.id {
            self.tables.ids.insert(id.as_str(), node)?;
        }
        Ok(node)
    }

    /// Takes a node apart: its members are in none.
    pub fn dissolve(&mut self, node: u64) -> Stored<Vec<u64>> {
        let known = self.tables.node(node)?;
        for name in known.names() {
            self.tables.names.remove((name, node))?;
        }
        if let Some(id) = &known.id {
            self.tables.ids.remove(id.as_str())?;
        }
        let members = self.tables.members_of(node)?;
        for member in &members {
            self.tables.members.remove((node, *member))?;
            self.tables.node_of.remove(*member)?;
        }
        self.tables.nodes.remove(node)?;
        Ok(members)
    }
}

/// How many documents have an entity in both nodes, members of which ascend.
fn common_documents(one: &[u64], other: &[u64]) -> u64 {
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let documents: BTreeSet<u64> =
        few.iter().take(MOST_COMPARED).map(|member| Member(*member).document()).collect();
    let many: BTreeSet<u64> = many.iter().map(|member| Member(*member).document()).collect();
    documents.intersection(&many).count() as u64
}
