//! A model's scores on labelled documents: the threshold they would have, and the metrics.

use std::collections::HashSet;

use super::evaluate::{each_pair, predictions};
use crate::{
    Result,
    corpus::Prediction,
    decision::{Chosen, Decision, DecisionSettings, tune},
    document::{Fact, RelationSet},
    eval::{NoneClassRankingError, Scores, SeenFacts, Truth, score},
    model::{FactReader, Model},
    text::Example,
};

/// Labelled documents as a model reads them.
pub(super) struct Labelled<'a> {
    /// The examples, in the truth's order.
    pub examples: &'a [Example],
    /// The labelled documents.
    pub truth: &'a Truth,
    /// The facts of the training file, for Ign F1.
    pub seen: Option<&'a SeenFacts>,
}

/// What a model scores, and the decision it was scored with.
pub(super) struct Scored {
    pub scores: Scores,
    /// With the tuned threshold, if one was to be tuned.
    pub decision: DecisionSettings,
    /// What it predicts with it.
    pub predictions: Vec<Prediction>,
}

/// A relation that is predicted for a pair, or might be.
struct Candidate {
    document: usize,
    head: usize,
    tail: usize,
    chosen: Chosen,
}

impl Labelled<'_> {
    /// Scores a model. An untuned decision is tuned on these very documents; `each` is called
    /// with the number of documents done.
    pub fn score(
        &self,
        model: &Model,
        reader: &FactReader,
        decision: &DecisionSettings,
        each: impl FnMut(usize),
    ) -> Result<Scored> {
        let holding = Holding::new(self.truth, reader.relations);
        // Only there is column 0 the threshold that the error is measured against.
        let with_threshold_class = matches!(decision, DecisionSettings::ThresholdClass { .. });
        let (mut candidates, mut error) = (Vec::new(), NoneClassRankingError::default());
        each_pair(model, reader, self.examples, each, |document, pair| {
            let (head, tail) = (pair.head, pair.tail);
            if with_threshold_class {
                error.add(pair.scores, |column| holding.has(document, head, tail, column));
            }
            let chosen = reader.decision.choose(pair.scores).into_iter();
            candidates.extend(chosen.map(|chosen| Candidate { document, head, tail, chosen }));
        })?;
        let decision = tuned(decision, &candidates, &holding);
        let facts = self.facts(reader, &decision, candidates);
        let predictions = predictions(self.examples, facts);
        let mut scores = score(self.truth, &predictions, self.seen);
        scores.ncre = with_threshold_class.then(|| error.mean());
        Ok(Scored { scores, decision, predictions })
    }

    /// The candidates that the decision takes, by document.
    fn facts(
        &self,
        reader: &FactReader,
        decision: &DecisionSettings,
        candidates: Vec<Candidate>,
    ) -> Vec<Vec<Fact>> {
        let decision = decision.build();
        let mut facts = vec![Vec::new(); self.examples.len()];
        for Candidate { document, head, tail, chosen } in candidates {
            if passes(&decision, &chosen) {
                facts[document].push(reader.fact(head, tail, chosen));
            }
        }
        facts
    }
}

/// Whether a candidate lies above its threshold; rules that aren't tuned chose it already.
fn passes(decision: &Decision, chosen: &Chosen) -> bool {
    match decision {
        Decision::GlobalProbability { threshold } => chosen.score > *threshold,
        Decision::PerLabelProbability { thresholds } => {
            chosen.score > thresholds[chosen.column - 1]
        }
        Decision::ThresholdClass { .. } | Decision::ZeroThreshold { .. } => true,
    }
}

/// The decision with a threshold that fits the labels best, where it has none.
fn tuned(
    decision: &DecisionSettings,
    candidates: &[Candidate],
    holding: &Holding,
) -> DecisionSettings {
    if !decision.is_untuned() {
        return decision.clone();
    }
    let candidates: Vec<tune::Candidate> = candidates
        .iter()
        .map(|Candidate { document, head, tail, chosen }| tune::Candidate {
            column: chosen.column,
            score: chosen.score,
            correct: holding.has(*document, *head, *tail, chosen.column),
        })
        .collect();
    match decision {
        DecisionSettings::PerLabelProbability { .. } => {
            let thresholds = Some(tune::per_label(&candidates, &holding.of_relations));
            DecisionSettings::PerLabelProbability { thresholds }
        }
        _ => {
            let threshold = Some(tune::global(&candidates, holding.count));
            DecisionSettings::GlobalProbability { threshold }
        }
    }
}

/// Which relations hold.
struct Holding {
    /// Document, head, tail and column of each fact whose relation has a column.
    facts: HashSet<(usize, usize, usize, usize)>,
    /// All facts, those of unknown relations among them.
    count: usize,
    /// The facts of each relation, `[relations]`, entry 0 for column 1.
    of_relations: Vec<usize>,
}

impl Holding {
    fn new(truth: &Truth, relations: &RelationSet) -> Self {
        let mut holding = Self {
            facts: HashSet::new(),
            count: 0,
            of_relations: vec![0; relations.classes() - 1],
        };
        for (document, fact) in truth.facts() {
            holding.count += 1;
            if let Some(column) = relations.column(&fact.relation) {
                holding.facts.insert((document, fact.head, fact.tail, column));
                holding.of_relations[column - 1] += 1;
            }
        }
        holding
    }

    fn has(&self, document: usize, head: usize, tail: usize, column: usize) -> bool {
        self.facts.contains(&(document, head, tail, column))
    }
}
