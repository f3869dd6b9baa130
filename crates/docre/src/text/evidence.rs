//! Which sentences the labels of an example name as their evidence.

use crate::document::Fact;

/// A sentence that a label names as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceLabel {
    /// The head entity.
    pub head: usize,
    /// The tail entity.
    pub tail: usize,
    /// The relation's column.
    pub column: usize,
    /// The place of the sentence.
    pub sentence: usize,
}

impl EvidenceLabel {
    /// Those of facts whose relations have a column, sorted, each once.
    pub(super) fn of(facts: &[Fact], column: impl Fn(&str) -> Option<usize>) -> Vec<Self> {
        let of_fact = |fact: &Fact| {
            let (head, tail) = (fact.head, fact.tail);
            let column = column(&fact.relation).filter(|_| head != tail);
            let named = column.into_iter().flat_map(|column| {
                fact.evidence.iter().map(move |&sentence| Self { head, tail, column, sentence })
            });
            named.collect::<Vec<_>>()
        };
        let mut labels: Vec<Self> = facts.iter().flat_map(of_fact).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// The same of the other direction.
    pub(super) fn turned(self) -> Self {
        Self { head: self.tail, tail: self.head, ..self }
    }
}
