//! Between which types of entities relations hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Document, Entity, Fact, TypePairs};

/// For each relation the types of heads and tails that it was seen between.
///
/// ```
/// use docre::document::{Document, Entity, Fact, Mention, RelationTypes};
///
/// let entity = |kind: &str| Entity::new([Mention::new("", 0, 0..1).of_kind(kind)]);
/// let document = Document {
///     entities: vec![entity("PER"), entity("LOC")],
///     facts: Some(vec![Fact::new(0, "birthplace", 1)]),
///     ..Document::default()
/// };
/// let types = RelationTypes::of([&document]);
/// assert!(types.has(&document.entities, &Fact::new(0, "birthplace", 1)));
/// assert!(!types.has(&document.entities, &Fact::new(1, "birthplace", 0)));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelationTypes(BTreeMap<String, TypePairs>);

impl RelationTypes {
    /// Those of labelled documents.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        let mut types = BTreeMap::<String, Vec<(String, String)>>::new();
        for document in documents {
            let kind = |entity: usize| document.entities[entity].kind().to_owned();
            for fact in document.labelled_facts() {
                let pair = (kind(fact.head), kind(fact.tail));
                types.entry(fact.relation.clone()).or_default().push(pair);
            }
        }
        let pairs = |(relation, pairs): (String, Vec<_>)| (relation, pairs.into_iter().collect());
        Self(types.into_iter().map(pairs).collect())
    }

    /// Whether a fact's relation was seen between the types of its entities. A relation that was
    /// never seen may hold between any.
    pub fn has(&self, entities: &[Entity], fact: &Fact) -> bool {
        let kind = |entity: usize| entities.get(entity).map_or("", Entity::kind);
        let pairs = self.0.get(&fact.relation);
        pairs.is_none_or(|pairs| pairs.has(kind(fact.head), kind(fact.tail)))
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
