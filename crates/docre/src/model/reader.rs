//! From a model's scores to facts.

use docre_kernels::Precision;

use super::Model;
use crate::{
    Result,
    decision::{Chosen, Decision},
    document::{Fact, RelationSet},
    text::{EncodedBatch, Example},
};

/// Reads a model's scores.
pub(crate) struct FactReader<'a> {
    /// The encoder's longest input.
    pub longest_input: usize,
    /// How relations are chosen.
    pub decision: Decision,
    /// The relations of the columns.
    pub relations: &'a RelationSet,
    /// The precision of matrix products.
    pub precision: Precision,
}

/// The scores of an ordered pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairRow<'a> {
    /// The head entity, a place in its document.
    pub head: usize,
    /// The tail entity.
    pub tail: usize,
    /// `[classes]`, column 0 the threshold (none) class.
    pub scores: &'a [f32],
}

impl FactReader<'_> {
    /// Scores the examples and shows each pair with the place of its example, h-major.
    pub fn each_pair(
        &self,
        model: &Model,
        examples: &[&Example],
        mut each: impl FnMut(usize, PairRow),
    ) -> Result<()> {
        let batch = EncodedBatch::new(examples, self.longest_input)?;
        if batch.ordered_pairs.is_empty() {
            return Ok(()); // nothing to score, so nothing to encode
        }
        let logits = model.forward(&batch, self.precision).into_data();
        let logits = logits.as_slice::<f32>().expect("scores are f32");
        let classes = self.relations.classes();
        for (place, document) in batch.documents.iter().enumerate() {
            let first = document.entities.start;
            for row in document.ordered_pairs.clone() {
                let pair = batch.ordered_pairs[row];
                let scores = &logits[row * classes..][..classes];
                each(place, PairRow { head: pair.head - first, tail: pair.tail - first, scores });
            }
        }
        Ok(())
    }

    /// The facts that a model finds in each example, by pair (h-major) and relation.
    pub fn facts(&self, model: &Model, examples: &[&Example]) -> Result<Vec<Vec<Fact>>> {
        let mut facts = vec![Vec::new(); examples.len()];
        self.each_pair(model, examples, |place, pair| {
            let chosen = self.decision.choose(pair.scores).into_iter();
            facts[place].extend(chosen.map(|chosen| self.fact(pair.head, pair.tail, chosen)));
        })?;
        Ok(facts)
    }

    /// A chosen relation as a fact.
    pub fn fact(&self, head: usize, tail: usize, chosen: Chosen) -> Fact {
        let relation = self.relations.relation(chosen.column).expect("a column").id.clone();
        Fact { head, relation, tail, evidence: Vec::new(), score: Some(chosen.score) }
    }
}
