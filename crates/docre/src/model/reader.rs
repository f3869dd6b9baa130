//! From a model's scores to facts.

use std::ops::Range;

use docre_kernels::{Precision, on_pool};

use super::{Model, long::Limits};
use crate::{
    Result,
    decision::{Calibration, Chosen, Decision, EvidenceRule},
    document::{Fact, FactScope, RelationSet},
    relation::EntityAttention,
    text::{EncodedBatch, Example, WholeRow},
};

/// Reads a model's scores.
pub(crate) struct FactReader<'a> {
    /// The encoder's longest input.
    pub longest_input: usize,
    /// How relations are chosen.
    pub decision: Decision,
    /// Which sentences they rest on.
    pub evidence: EvidenceRule,
    /// How sure they are.
    pub calibration: Calibration,
    /// The relations of the columns.
    pub relations: &'a RelationSet,
    /// Which facts count.
    pub scope: &'a FactScope,
    /// The precision of matrix products.
    pub precision: Precision,
}

/// The scores of an ordered pair, or of a text as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairRow<'a> {
    /// The head entity, a place in its document.
    pub head: usize,
    /// The tail entity.
    pub tail: usize,
    /// `[classes]`, column 0 the threshold (none) class.
    pub scores: &'a [f32],
    /// `None` for a whole, which rests on no sentence more than on others.
    attention: Option<&'a EntityAttention>,
    /// The place of the document's first entity in the batch.
    first_entity: usize,
    sentences: &'a [Range<usize>],
}

impl PairRow<'_> {
    /// How its localized context's attention is shared out among the document's sentences,
    /// `[sentences]`; empty for a whole.
    pub fn sentence_shares(&self) -> Vec<f32> {
        let pair = [self.head, self.tail].map(|entity| self.first_entity + entity);
        let shares = |attention: &EntityAttention| attention.of_sentences(pair, self.sentences);
        self.attention.map(shares).unwrap_or_default()
    }
}

impl FactReader<'_> {
    /// Scores the examples and shows each pair with the place of its example, h-major.
    pub fn each_pair(
        &self,
        model: &Model,
        examples: &[&Example],
        mut each: impl FnMut(usize, PairRow),
    ) -> Result<()> {
        self.each_pair_within(model, examples, Limits::default(), &mut each)
    }

    /// The same, holding no more at a time than the limits say. Documents beyond them go through
    /// the model one at a time and in parts, which may change the last bits of their scores.
    fn each_pair_within(
        &self,
        model: &Model,
        examples: &[&Example],
        limits: Limits,
        mut each: &mut dyn FnMut(usize, PairRow),
    ) -> Result<()> {
        let batch = EncodedBatch::new(examples, self.longest_input)?;
        if batch.rows == 0 {
            return Ok(()); // nothing to score, so nothing to encode
        }
        if batch.is_of_wholes() {
            self.each_whole(model, examples, &batch, &mut each);
            return Ok(());
        }
        if !limits.hold(&batch, self.relations.classes()) {
            if let [example] = examples {
                self.each_of_long(model, example, &batch, limits, each);
                return Ok(());
            }
            drop(batch);
            for (place, example) in examples.iter().enumerate() {
                let mut each = |_, row: PairRow| each(place, row);
                self.each_pair_within(model, &[*example], limits, &mut each)?;
            }
            return Ok(());
        }
        let (logits, attention) =
            on_pool(&model.encoder.device(), || model.score_and_attend(&batch, self.precision));
        let logits = logits.into_data();
        let logits = logits.as_slice::<f32>().expect("scores are f32");
        let classes = self.relations.classes();
        for (place, document) in batch.documents.iter().enumerate() {
            let first_entity = document.entities.start;
            for row in document.ordered_pairs.clone() {
                let pair = batch.ordered_pairs[row];
                let row = PairRow {
                    head: pair.head - first_entity,
                    tail: pair.tail - first_entity,
                    scores: &logits[row * classes..][..classes],
                    attention: Some(&attention),
                    first_entity,
                    sentences: &examples[place].sentences,
                };
                each(place, row);
            }
        }
        Ok(())
    }

    /// Scores a long document, and shows each pair as soon as its part is scored.
    fn each_of_long(
        &self,
        model: &Model,
        example: &Example,
        batch: &EncodedBatch,
        limits: Limits,
        each: &mut dyn FnMut(usize, PairRow),
    ) {
        let device = model.encoder.device();
        let precision = self.precision;
        let document = on_pool(&device, || model.long_document(batch, precision, limits));
        let mut pairs = batch.ordered_pairs.iter();
        model.score_long(document, batch, precision, limits, |attention, scores| {
            let scores = scores.into_data();
            let scores = scores.as_slice::<f32>().expect("scores are f32");
            for (scores, pair) in scores.chunks(self.relations.classes()).zip(&mut pairs) {
                let row = PairRow {
                    head: pair.head,
                    tail: pair.tail,
                    scores,
                    attention: Some(attention),
                    first_entity: 0,
                    sentences: &example.sentences,
                };
                each(0, row);
            }
        });
    }

    /// Scores wholes, and shows the row of each.
    fn each_whole(
        &self,
        model: &Model,
        examples: &[&Example],
        batch: &EncodedBatch,
        mut each: impl FnMut(usize, PairRow),
    ) {
        let logits = on_pool(&model.encoder.device(), || model.forward(batch, self.precision));
        let logits = logits.into_data();
        let logits = logits.as_slice::<f32>().expect("scores are f32");
        let rows = logits.chunks(self.relations.classes());
        for (place, (example, scores)) in examples.iter().zip(rows).enumerate() {
            let WholeRow { head, tail, .. } = *example.whole().expect("the batch is of wholes");
            let row =
                PairRow { head, tail, scores, attention: None, first_entity: 0, sentences: &[] };
            each(place, row);
        }
    }

    /// The facts that a model finds in each example, by pair (h-major) and relation.
    pub fn facts(&self, model: &Model, examples: &[&Example]) -> Result<Vec<Vec<Fact>>> {
        let mut facts = vec![Vec::new(); examples.len()];
        self.each_pair(model, examples, |place, pair| facts[place].extend(self.facts_of(&pair)))?;
        Ok(facts.into_iter().map(|facts| self.scope.once(facts)).collect())
    }

    /// The facts of a pair.
    pub fn facts_of(&self, pair: &PairRow) -> Vec<Fact> {
        let chosen = self.decision.choose(pair.scores);
        if chosen.is_empty() {
            return Vec::new(); // as of most pairs, whose sentences needn't be looked at
        }
        let shares = pair.sentence_shares();
        let fact = |chosen| self.fact(pair.head, pair.tail, chosen, &shares);
        chosen.into_iter().map(fact).collect()
    }

    /// A chosen relation as a fact. `shares` are those of the pair's sentences.
    pub fn fact(&self, head: usize, tail: usize, chosen: Chosen, shares: &[f32]) -> Fact {
        Fact {
            head,
            relation: self.relations.relation(chosen.column).expect("a column").id.clone(),
            tail,
            evidence: self.evidence.choose(shares),
            score: Some(self.calibration.score(chosen.margin)),
        }
    }
}
