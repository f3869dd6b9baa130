//! What a relation of BioC relates.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::raw::{Node, Relation, plain};
use crate::corpus::omissions::{Omission, Omissions};

/// What a relation relates.
pub struct Ends {
    pub relation: String,
    pub ends: [End; 2],
}

/// One thing that a relation relates.
pub enum End {
    Identifier(String),
    Annotation(String),
}

/// The infons of a relation that name what it relates.
const PAIRS: [[&str; 2]; 2] = [["entity1", "entity2"], ["role1", "role2"]];

/// What a relation relates, and its name; what can't be a fact is counted.
pub fn ends(relation: Relation, left_out: &mut Omissions) -> Option<Ends> {
    let Relation { mut infons, nodes } = relation;
    let name = infons.shift_remove("type").or_else(|| infons.shift_remove("relation"));
    if let Some(mark) = infons.shift_remove("novel") {
        left_out.add_named(Omission::Novelty, &plain(&mark), 1);
    }
    let Some(relation) = name.map(|name| plain(&name)).filter(|name| !name.trim().is_empty())
    else {
        left_out.add(Omission::FactWithoutRelation, 1);
        return None;
    };
    let ends = ends_of(&mut infons, nodes);
    for name in infons.keys() {
        left_out.add_named(Omission::OtherField, name, 1);
    }
    if ends.is_none() {
        left_out.add_named(Omission::OtherAnnotation, &relation, 1);
    }
    ends.map(|ends| Ends { relation, ends })
}

fn ends_of(infons: &mut Map<String, Value>, nodes: Vec<Node>) -> Option<[End; 2]> {
    let identifier = |value: &Value| match value {
        Value::Object(named) => named.get("identifier").map(plain),
        value => Some(plain(value)),
    };
    for pair in PAIRS {
        if pair.iter().all(|key| infons.contains_key(*key)) {
            let [head, tail] =
                pair.map(|key| infons.shift_remove(key).and_then(|v| identifier(&v)));
            return Some([End::Identifier(head?), End::Identifier(tail?)]);
        }
    }
    if nodes.len() == 2 {
        let mut nodes: VecDeque<_> = nodes.into();
        let mut next = || nodes.pop_front().map(|node| End::Annotation(plain(&node.refid)));
        return Some([next()?, next()?]);
    }
    if nodes.is_empty() && infons.len() == 2 {
        let ends: Vec<_> = std::mem::take(infons).into_iter().map(|(_, v)| plain(&v)).collect();
        let [head, tail] = <[String; 2]>::try_from(ends).ok()?;
        return Some([End::Identifier(head), End::Identifier(tail)]);
    }
    None
}
