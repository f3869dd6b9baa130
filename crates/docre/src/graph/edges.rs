//! The facts of all documents in the order of their edges, sorted on the disk.

use std::collections::HashMap;

use redb::backends::FileBackend;
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::member::Member;
use super::store::{CACHE, Stored, Tables, read};
use super::{StoredDocument, node::Node};
use crate::output::graph::{GraphEdge, NodeName, Support};
use crate::output::{NamedEntity, RelationName};

/// What is said, by head, relation, tail, document and the fact's place there.
const SAID: TableDefinition<Key, &[u8]> = TableDefinition::new("said");

type Key = (u64, &'static str, u64, u64, u32);

/// How many names of nodes are held; they are forgotten when there are more.
const NAMES_HELD: usize = 100_000;

/// A fact of a document.
#[derive(Serialize, Deserialize)]
struct Said {
    relation: String,
    support: Support,
}

/// All facts between nodes.
pub struct Edges {
    database: Database,
    /// Facts between two entities that are one node.
    pub within: usize,
}

impl Edges {
    /// Sorts the facts of all documents; `file` is for what the memory doesn't hold.
    pub fn sort(tables: &Tables, file: std::fs::File) -> Stored<Self> {
        let backend = FileBackend::new(file)?;
        let database = Database::builder().set_cache_size(CACHE).create_with_backend(backend)?;
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::None)?;
        let mut within = 0;
        {
            let mut said = transaction.open_table(SAID)?;
            for entry in tables.documents.iter()? {
                let number = entry?.0.value();
                let document: StoredDocument = read(&tables.documents, number)?;
                for (place, fact) in document.facts.iter().enumerate() {
                    let [head, tail] =
                        [fact.head, fact.tail].map(|entity| Member::new(number, entity).0);
                    let node = |member| tables.node_of(member).map(|node| node.expect("placed"));
                    let (from, to) = (node(head)?, node(tail)?);
                    if from == to {
                        within += 1;
                        continue;
                    }
                    let support = Support {
                        document: document.name.clone(),
                        score: fact.score,
                        head: first_span(tables, head)?,
                        tail: first_span(tables, tail)?,
                        evidence: fact.evidence.clone(),
                    };
                    let value = Said { relation: fact.relation.name.clone(), support };
                    let json = serde_json::to_vec(&value).expect("it has a JSON form");
                    let key = (from, fact.relation.id.as_str(), to, number, place as u32);
                    said.insert(key, json.as_slice())?;
                }
            }
        }
        transaction.commit()?;
        Ok(Self { database, within })
    }

    /// Heads and tails of all edges, each edge once.
    pub fn ends(&self, mut each: impl FnMut(u64, u64)) -> Stored<()> {
        let table = self.database.begin_read()?.open_table(SAID)?;
        let mut last: Option<(u64, String, u64)> = None;
        for entry in table.range::<(u64, &str, u64, u64, u32)>(..)? {
            let (key, _) = entry?;
            let (head, relation, tail, ..) = key.value();
            if last.as_ref().is_none_or(|(h, r, t)| (*h, r.as_str(), *t) != (head, relation, tail))
            {
                each(head, tail);
                last = Some((head, relation.to_owned(), tail));
            }
        }
        Ok(())
    }

    /// Gives each edge between nodes that are wanted, by head, relation and tail.
    pub fn each<E: From<redb::Error>>(
        &self,
        tables: &Tables,
        is_wanted: impl Fn(u64, u64) -> bool,
        mut give: impl FnMut(GraphEdge) -> Result<(), E>,
    ) -> Result<(), E> {
        let stored = |error: redb::Error| E::from(error);
        let table = self.table().map_err(stored)?;
        let mut names = Names::default();
        let mut open: Option<((u64, u64), GraphEdge)> = None;
        let all = table.range::<(u64, &str, u64, u64, u32)>(..);
        for entry in all.map_err(|error| stored(error.into()))? {
            let (key, value) = entry.map_err(|error| stored(error.into()))?;
            let (head, relation, tail, ..) = key.value();
            if !is_wanted(head, tail) {
                continue;
            }
            let said: Said = serde_json::from_slice(value.value())
                .map_err(|error| stored(redb::Error::Corrupted(error.to_string())))?;
            match &mut open {
                Some((ends, edge)) if *ends == (head, tail) && edge.relation.id == relation => {
                    edge.supports.push(said.support);
                }
                _ => {
                    if let Some((_, edge)) = open.take() {
                        give(scored(edge))?;
                    }
                    let relation = RelationName { id: relation.to_owned(), name: said.relation };
                    let [from, to] = [head, tail].map(|node| names.of(tables, node));
                    let edge = GraphEdge {
                        head: from.map_err(stored)?,
                        relation,
                        tail: to.map_err(stored)?,
                        score: None,
                        supports: vec![said.support],
                    };
                    open = Some(((head, tail), edge));
                }
            }
        }
        open.map_or(Ok(()), |(_, edge)| give(scored(edge)))
    }

    fn table(&self) -> Stored<redb::ReadOnlyTable<Key, &'static [u8]>> {
        Ok(self.database.begin_read()?.open_table(SAID)?)
    }
}

/// The characters of an entity's first mention.
fn first_span(tables: &Tables, member: u64) -> Stored<Option<[usize; 2]>> {
    let entity: NamedEntity = read(&tables.entities, member)?;
    Ok(entity.mentions.first().and_then(|mention| mention.span))
}

/// An edge with the score of all its supports.
fn scored(edge: GraphEdge) -> GraphEdge {
    let score = noisy_or(edge.supports.iter().filter_map(|support| support.score));
    GraphEdge { score, ..edge }
}

/// How sure a fact is that several documents say: each is taken for a witness of its own, who is
/// wrong with the probability that its score leaves, `1 - (1 - a) (1 - b) ...` (the noisy-or of
/// Pearl 1988). `None` where there is no score.
fn noisy_or(scores: impl Iterator<Item = f32>) -> Option<f32> {
    let wrong = scores.map(|score| 1.0 - f64::from(score)).reduce(|all, next| all * next);
    wrong.map(|wrong| (1.0 - wrong) as f32)
}

/// The names of nodes that were looked up.
#[derive(Default)]
struct Names(HashMap<u64, NodeName>);

impl Names {
    fn of(&mut self, tables: &Tables, node: u64) -> Stored<NodeName> {
        if let Some(name) = self.0.get(&node) {
            return Ok(name.clone());
        }
        if self.0.len() >= NAMES_HELD {
            self.0.clear();
        }
        let name = name_of(node, &tables.node(node)?);
        self.0.insert(node, name.clone());
        Ok(name)
    }
}

/// How a node is named.
pub fn name_of(key: u64, node: &Node) -> NodeName {
    NodeName {
        key: Member(key).to_string(),
        name: node.name().to_owned(),
        kind: node.kind().to_owned(),
        id: node.id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::noisy_or;

    #[test]
    fn two_witnesses_are_surer_than_one() {
        assert_eq!(noisy_or([0.5, 0.5].into_iter()), Some(0.75));
        assert_eq!(noisy_or([0.875].into_iter()), Some(0.875));
        assert_eq!(noisy_or([].into_iter()), None);
    }
}
