//! Whether what has one tail of a relation has another.

use std::collections::{HashMap, HashSet};

use crate::document::Fact;

/// How often heads that have a tail of a relation have several, in labelled documents: most have
/// one country, but several of those who took part.
#[derive(Debug, Clone, Default)]
pub(super) struct FurtherTails(HashMap<String, Heads>);

#[derive(Debug, Clone, Copy, Default)]
struct Heads {
    all: usize,
    with_several: usize,
}

impl FurtherTails {
    /// Adds the labels of a document.
    pub fn add(&mut self, facts: &[Fact]) {
        let mut tails: HashMap<(usize, &str), HashSet<usize>> = HashMap::new();
        for fact in facts {
            tails.entry((fact.head, &fact.relation)).or_default().insert(fact.tail);
        }
        for ((_, relation), tails) in tails {
            let heads = self.0.entry(relation.to_owned()).or_default();
            heads.all += 1;
            heads.with_several += usize::from(tails.len() > 1);
        }
    }

    /// The share of heads that have several tails, by Laplace's rule of succession: a half for
    /// a relation that isn't labelled.
    pub fn share(&self, relation: &str) -> f64 {
        let heads = self.0.get(relation).copied().unwrap_or_default();
        (heads.with_several + 1) as f64 / (heads.all + 2) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_with_several_tails_are_counted() {
        let fact = |head, relation: &str, tail| Fact {
            head,
            relation: relation.into(),
            tail,
            evidence: vec![],
            score: None,
        };
        let mut further = FurtherTails::default();
        further.add(&[fact(0, "P17", 1), fact(0, "P527", 1), fact(0, "P527", 2)]);
        further.add(&[fact(0, "P17", 2), fact(1, "P17", 2), fact(0, "P527", 2)]);
        assert_eq!(further.share("P17"), 1.0 / 5.0); // three heads with one tail
        assert_eq!(further.share("P527"), 2.0 / 4.0);
        assert_eq!(further.share("P6"), 0.5);
    }
}
