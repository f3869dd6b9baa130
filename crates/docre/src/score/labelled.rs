//! A model's scores on labelled documents: what is fitted to them, and the metrics.

use std::collections::{HashMap, HashSet};

use super::each_pair;
use crate::{
    Result,
    corpus::Prediction,
    decision::{Calibration, Chosen, Decision, DecisionSettings, EvidenceRule, tune},
    document::RelationSet,
    eval::{
        Scores, SeenFacts, Truth, average_precision::mean_average_precision,
        ncre::NoneClassRankingError, score,
    },
    model::{FactReader, Model, PairRow},
    text::Example,
};

/// Labelled documents as a model reads them.
pub(crate) struct Labelled<'a> {
    /// The examples, in the truth's order.
    pub examples: &'a [Example],
    /// The labelled documents.
    pub truth: &'a Truth,
    /// The facts of the training file, for Ign F1.
    pub seen: Option<&'a SeenFacts>,
}

/// Whether what isn't part of a trained model's weights is fitted to the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// As for the dev file of a run: evidence, calibration, and an untuned decision.
    ToDocuments,
    /// The model's own are taken as they are.
    Nothing,
}

/// What a model scores, and with what.
pub(crate) struct Scored {
    pub scores: Scores,
    /// What is predicted, document by document.
    pub predictions: Vec<Prediction>,
    /// The margin of each prediction, and whether it is right.
    pub margins: Vec<(f32, bool)>,
    /// With the tuned threshold, if one was to be tuned.
    pub decision: DecisionSettings,
    pub evidence: EvidenceRule,
    pub calibration: Calibration,
}

/// Is shown every pair, and whether the relation of a column holds.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(&PairRow, &dyn Fn(usize) -> bool);

/// A pair that has a candidate or a label.
struct ReadPair {
    document: usize,
    head: usize,
    tail: usize,
    /// Of its attention, `[sentences]`.
    shares: Vec<f32>,
}

/// A relation that is predicted for a pair, or might be.
struct Candidate {
    /// The place of its pair.
    pair: usize,
    chosen: Chosen,
    correct: bool,
}

/// What a pass over the documents leaves.
#[derive(Default)]
struct Readings {
    pairs: Vec<ReadPair>,
    candidates: Vec<Candidate>,
    error: NoneClassRankingError,
    ranked: Ranked,
    /// The candidates of symmetric relations by document, the pair's entities in order, and
    /// column.
    symmetric: HashMap<(usize, [usize; 2], usize), usize>,
}

/// The margins of all labels of whole texts, which few enough are to be kept, and whether they
/// hold, `[texts, relations]`.
#[derive(Default)]
struct Ranked {
    margins: Vec<f32>,
    hold: Vec<bool>,
}

impl Labelled<'_> {
    /// Scores a model. `each` is called with the number of documents done.
    pub fn score(
        &self,
        model: &Model,
        reader: &FactReader,
        decision: &DecisionSettings,
        fit: Fit,
        each: impl FnMut(usize),
    ) -> Result<Scored> {
        self.score_and_watch(model, reader, decision, fit, each, &mut |_, _| {})
    }

    /// [`Labelled::score`], and shows each pair with whether the relation of a column holds.
    pub fn score_and_watch(
        &self,
        model: &Model,
        reader: &FactReader,
        decision: &DecisionSettings,
        fit: Fit,
        each: impl FnMut(usize),
        watch: Watch,
    ) -> Result<Scored> {
        let holding = Holding::new(self.truth, reader.relations);
        // Only there is column 0 the threshold that the error is measured against.
        let with_threshold_class = decision.has_threshold_class();
        let mut readings = Readings::default();
        each_pair(model, reader, self.examples, each, |document, pair| {
            let holds = |column| holding.has(document, pair.head, pair.tail, column);
            watch(&pair, &holds);
            if with_threshold_class {
                readings.error.add(pair.scores, holds);
            }
            if self.examples[document].whole().is_some() {
                readings.ranked.add(&reader.decision.rate(pair.scores), holds);
            }
            readings.add(document, &pair, reader, &holding);
        })?;
        let decision = readings.tuned(decision, &holding);
        readings.keep_admitted(&decision.build());
        let margins = readings.margins();
        let (evidence, calibration) = match fit {
            Fit::Nothing => (reader.evidence, reader.calibration),
            Fit::ToDocuments => (readings.evidence(self.truth), Calibration::fit(&margins)),
        };
        let rules = FactReader {
            longest_input: reader.longest_input,
            decision: decision.build(),
            evidence,
            calibration,
            relations: reader.relations,
            scope: reader.scope,
            precision: reader.precision,
        };
        let predictions = self.predictions(&rules, &readings);
        let mut scores = score(self.truth, &predictions, self.seen);
        scores.ncre = with_threshold_class.then(|| readings.error.mean());
        scores.map = readings.ranked.map(reader.relations);
        Ok(Scored { scores, predictions, margins, decision, evidence, calibration })
    }

    /// The candidates as facts, in the order of documents.
    fn predictions(&self, rules: &FactReader, readings: &Readings) -> Vec<Prediction> {
        let mut facts = vec![Vec::new(); self.examples.len()];
        for Candidate { pair, chosen, .. } in &readings.candidates {
            let ReadPair { document, head, tail, shares } = &readings.pairs[*pair];
            facts[*document].push(rules.fact(*head, *tail, *chosen, shares));
        }
        let titled = self.examples.iter().zip(facts);
        titled
            .flat_map(|(example, facts)| {
                facts.into_iter().map(|fact| Prediction::new(example.title.clone(), fact))
            })
            .collect()
    }
}

impl Readings {
    fn add(&mut self, document: usize, pair: &PairRow, reader: &FactReader, holding: &Holding) {
        let (head, tail) = (pair.head, pair.tail);
        let chosen = reader.decision.choose(pair.scores);
        if chosen.is_empty() && !holding.is_labelled(document, head, tail) {
            return;
        }
        let place = self.pairs.len();
        self.pairs.push(ReadPair { document, head, tail, shares: pair.sentence_shares() });
        for chosen in chosen {
            if self.is_of_other_direction(document, pair, chosen, reader) {
                continue;
            }
            let correct = holding.has(document, head, tail, chosen.column);
            self.candidates.push(Candidate { pair: place, chosen, correct });
        }
    }

    /// Whether the other direction of a symmetric relation is a candidate already; that has the
    /// higher score of the two then.
    fn is_of_other_direction(
        &mut self,
        document: usize,
        pair: &PairRow,
        chosen: Chosen,
        reader: &FactReader,
    ) -> bool {
        let relation = reader.relations.relation(chosen.column).expect("a column");
        if !reader.scope.is_symmetric(&relation.id) {
            return false;
        }
        let ends = [pair.head.min(pair.tail), pair.head.max(pair.tail)];
        let key = (document, ends, chosen.column);
        let Some(&place) = self.symmetric.get(&key) else {
            self.symmetric.insert(key, self.candidates.len());
            return false;
        };
        let other = &mut self.candidates[place].chosen;
        if chosen.margin > other.margin {
            *other = chosen;
        }
        true
    }

    /// The decision with a threshold that fits the labels best, where it has none.
    fn tuned(&self, decision: &DecisionSettings, holding: &Holding) -> DecisionSettings {
        if !decision.is_untuned() {
            return decision.clone();
        }
        let candidate = |candidate: &Candidate| tune::Candidate {
            column: candidate.chosen.column,
            score: candidate.chosen.probability(),
            correct: candidate.correct,
        };
        let candidates: Vec<tune::Candidate> = self.candidates.iter().map(candidate).collect();
        decision.tuned(&candidates, holding.fact_count, &holding.of_relations)
    }

    /// Drops what the tuned decision doesn't take.
    fn keep_admitted(&mut self, decision: &Decision) {
        self.candidates.retain(|Candidate { chosen, .. }| {
            decision.admits(chosen.column, chosen.probability())
        });
    }

    /// The rule that fits the labelled evidence best.
    fn evidence(&self, truth: &Truth) -> EvidenceRule {
        let key = |pair: &ReadPair| (pair.document, pair.head, pair.tail);
        let shares: HashMap<_, _> = self.pairs.iter().map(|p| (key(p), &p.shares[..])).collect();
        let facts = truth.facts().filter(|(_, fact)| !fact.evidence.is_empty());
        let facts: Vec<_> = facts
            .filter_map(|(document, fact)| {
                let of_pair = |head, tail| shares.get(&(document, head, tail));
                let turned = || match truth.scope().is_symmetric(&fact.relation) {
                    true => of_pair(fact.tail, fact.head),
                    false => None,
                };
                let shares = of_pair(fact.head, fact.tail).or_else(turned)?;
                Some((*shares, &fact.evidence[..]))
            })
            .collect();
        EvidenceRule::tune(&facts)
    }

    fn margins(&self) -> Vec<(f32, bool)> {
        self.candidates.iter().map(|c| (c.chosen.margin, c.correct)).collect()
    }
}

impl Ranked {
    fn add(&mut self, rated: &[Chosen], holds: impl Fn(usize) -> bool) {
        self.margins.extend(rated.iter().map(|rated| rated.margin));
        self.hold.extend(rated.iter().map(|rated| holds(rated.column)));
    }

    /// Macro mAP; `None` without whole texts.
    fn map(&self, relations: &RelationSet) -> Option<f64> {
        let measure = || mean_average_precision(&self.margins, &self.hold, relations.classes() - 1);
        (!self.hold.is_empty()).then(|| measure().macro_map)
    }
}

/// Which relations hold.
struct Holding {
    /// Document, head, tail and column of each fact whose relation has a column.
    facts: HashSet<(usize, usize, usize, usize)>,
    /// The pairs that have one, whatever its relation: document, head and tail.
    pairs: HashSet<(usize, usize, usize)>,
    /// All facts, each once, those of unknown relations among them.
    fact_count: usize,
    /// The facts of each relation, `[relations]`, entry 0 for column 1.
    of_relations: Vec<usize>,
}

impl Holding {
    fn new(truth: &Truth, relations: &RelationSet) -> Self {
        let mut holding = Self {
            facts: HashSet::new(),
            pairs: HashSet::new(),
            fact_count: truth.fact_count(),
            of_relations: vec![0; relations.classes() - 1],
        };
        for (document, fact) in truth.facts() {
            let column = relations.column(&fact.relation);
            let turns = truth.scope().is_symmetric(&fact.relation);
            let turned = turns.then_some((fact.tail, fact.head));
            for (head, tail) in [(fact.head, fact.tail)].into_iter().chain(turned) {
                holding.pairs.insert((document, head, tail));
                holding.facts.extend(column.map(|column| (document, head, tail, column)));
            }
            if let Some(column) = column {
                holding.of_relations[column - 1] += 1;
            }
        }
        holding
    }

    fn has(&self, document: usize, head: usize, tail: usize, column: usize) -> bool {
        self.facts.contains(&(document, head, tail, column))
    }
    fn is_labelled(&self, document: usize, head: usize, tail: usize) -> bool {
        self.pairs.contains(&(document, head, tail))
    }
}
