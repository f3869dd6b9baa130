//! Which pairs of entities count, and which relations hold in both directions.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Document, Entity, Fact};

/// Pairs of entity types, those of head and tail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypePairs(BTreeSet<(String, String)>);

impl TypePairs {
    /// Whether an entity of the one type as the head and one of the other as the tail are a pair.
    pub fn has(&self, head: &str, tail: &str) -> bool {
        // Types are few, and to look one up in the set would need them as owned strings.
        self.0.iter().any(|(of_head, of_tail)| of_head == head && of_tail == tail)
    }

    /// The pairs, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(head, tail)| (head.as_str(), tail.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: Into<String>> FromIterator<(S, S)> for TypePairs {
    fn from_iter<I: IntoIterator<Item = (S, S)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(head, tail)| (head.into(), tail.into())).collect())
    }
}

impl fmt::Display for TypePairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (head, tail)) in self.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{head} to {tail}")?;
        }
        Ok(())
    }
}

/// Which facts a data set speaks of: the pairs of entities that count, and the relations that
/// hold in both directions as soon as they are given in one.
///
/// ```
/// use docre::document::{FactScope, TypePairs};
///
/// let pairs: TypePairs = [("Chemical", "Disease")].into_iter().collect();
/// let scope = FactScope { pairs: Some(pairs), ..FactScope::default() };
/// assert!(scope.has_types("Chemical", "Disease") && !scope.has_types("Disease", "Chemical"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "which facts count (pairs and symmetric)")]
pub struct FactScope {
    /// The types of head and tail of the pairs that count; all pairs do where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<TypePairs>,
    /// The relations that hold in both directions. A fact of theirs is one fact, in whichever
    /// direction it is given.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub symmetric: BTreeSet<String>,
}

impl FactScope {
    /// Whether all pairs count, and every relation has a direction.
    pub fn is_all(&self) -> bool {
        self.pairs.is_none() && self.symmetric.is_empty()
    }

    /// Whether a relation holds in both directions.
    pub fn is_symmetric(&self, relation: &str) -> bool {
        self.symmetric.contains(relation)
    }

    /// Whether a pair counts whose entities have these types.
    pub fn has_types(&self, head: &str, tail: &str) -> bool {
        self.pairs.as_ref().is_none_or(|pairs| pairs.has(head, tail))
    }

    /// Whether a fact counts: its pair does, or the pair turned round where the relation holds in
    /// both directions.
    pub fn has_fact(&self, entities: &[Entity], fact: &Fact) -> bool {
        self.has_relation_of(entities, fact.head, &fact.relation, fact.tail)
    }

    /// [`FactScope::has_fact`] of a fact's parts.
    pub fn has_relation_of(
        &self,
        entities: &[Entity],
        head: usize,
        relation: &str,
        tail: usize,
    ) -> bool {
        let Some(pairs) = &self.pairs else { return true };
        let kind = |entity: usize| entities.get(entity).map_or("", Entity::kind);
        let (head, tail) = (kind(head), kind(tail));
        pairs.has(head, tail) || self.is_symmetric(relation) && pairs.has(tail, head)
    }

    /// Head and tail of each pair of a document that counts, ascending; `None` where all do.
    pub fn pairs_of(&self, document: &Document) -> Option<Vec<(usize, usize)>> {
        let pairs = self.pairs.as_ref()?;
        let kinds: Vec<&str> = document.entities.iter().map(Entity::kind).collect();
        let mut found = Vec::new();
        for (head, of_head) in kinds.iter().enumerate() {
            let tails = kinds.iter().enumerate().filter(|(tail, _)| *tail != head);
            let tails = tails.filter(|(_, of_tail)| pairs.has(of_head, of_tail));
            found.extend(tails.map(|(tail, _)| (head, tail)));
        }
        Some(found)
    }

    /// The facts of a document, those of symmetric relations once: in the direction that comes
    /// first, with the higher of the two scores.
    pub fn once(&self, facts: Vec<Fact>) -> Vec<Fact> {
        if self.symmetric.is_empty() {
            return facts;
        }
        let mut kept: Vec<Fact> = Vec::with_capacity(facts.len());
        let mut known = HashMap::new();
        for fact in facts {
            if !self.is_symmetric(&fact.relation) {
                kept.push(fact);
                continue;
            }
            let ends = [fact.head.min(fact.tail), fact.head.max(fact.tail)];
            match known.get(&(ends, fact.relation.clone())) {
                Some(&place) => {
                    let earlier: &mut Fact = &mut kept[place];
                    if fact.score > earlier.score {
                        earlier.score = fact.score;
                    }
                }
                None => {
                    known.insert((ends, fact.relation.clone()), kept.len());
                    kept.push(fact);
                }
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symmetric_fact_is_said_once_with_the_higher_score() {
        let scope = FactScope { symmetric: ["S".to_owned()].into(), ..FactScope::default() };
        let fact = |head, relation: &str, tail, score| Fact {
            score: Some(score),
            ..Fact::new(head, relation, tail)
        };
        let facts = vec![fact(0, "S", 1, 0.5), fact(0, "D", 1, 0.5), fact(1, "S", 0, 0.75)];
        let kept = scope.once([facts, vec![fact(1, "D", 0, 0.5)]].concat());
        assert_eq!(kept, [fact(0, "S", 1, 0.75), fact(0, "D", 1, 0.5), fact(1, "D", 0, 0.5)]);
    }
}
