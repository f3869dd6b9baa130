//! What all models say together, ranked.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use serde::{Deserialize, Serialize};

use super::{auditor::Auditor, further::FurtherTails, ratings::Rated};
use crate::{Result, document::Fact};

/// The findings of a kind that are kept: those behind them are of no use to anybody.
const KEPT: usize = 100_000;

/// What is suggested of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// It is missing from the labels.
    Missing,
    /// It is labelled, and wrong.
    Wrong,
}

impl FindingKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

/// A fact that is probably missing, or a labelled one that is probably wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The place of its document in the audited file.
    pub document: usize,
    /// The fact. Its score is the mean over the models that judged the document; where it isn't
    /// labelled, but its head has a better tail of the relation, that times the share of heads
    /// that have several. Its evidence is the label's, or where that names none, that of the
    /// model with the highest score.
    pub fact: Fact,
    /// How many of the models would predict it.
    pub predicted_by: usize,
}

/// What an audit found, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The models that judged each document.
    pub models: usize,
    /// The labelled facts that were judged. Not among them are those whose relation no
    /// document of the other folds is labelled with.
    pub judged: usize,
    /// Facts that aren't labelled, the highest score first; the first 100,000.
    pub missing: Vec<Finding>,
    /// Labelled facts, the lowest score first; the first 100,000.
    pub wrong: Vec<Finding>,
}

impl Finding {
    fn score(&self) -> f32 {
        self.fact.score.unwrap_or_default()
    }

    /// The order of findings with equal scores.
    fn by_place(&self, other: &Self) -> Ordering {
        let key = |finding: &Self| (finding.document, finding.fact.head, finding.fact.tail);
        key(self).cmp(&key(other)).then_with(|| self.fact.relation.cmp(&other.fact.relation))
    }
}

/// Ranks what the models of all folds say.
pub(super) fn collect(
    auditors: &[Auditor],
    folds: usize,
    further: &FurtherTails,
) -> Result<Findings> {
    let highest = |a: &Finding, b: &Finding| b.score().total_cmp(&a.score()).then(a.by_place(b));
    let lowest = |a: &Finding, b: &Finding| a.score().total_cmp(&b.score()).then(a.by_place(b));
    let (mut missing, mut wrong) = (First::new(highest), First::new(lowest));
    let (models, mut judged) = (auditors.len() / folds, 0);
    for fold in 0..folds {
        let of_fold = auditors.iter().filter(|auditor| auditor.fold == fold);
        let mut ratings = of_fold.map(Auditor::ratings).collect::<Result<Vec<_>>>()?;
        // Their lines are the fold's documents, in the same order.
        while let Some(said) = ratings.iter_mut().map(Iterator::next).collect::<Option<Vec<_>>>() {
            let said = said.into_iter().collect::<Result<Vec<_>>>()?;
            let document = said[0].document;
            let rated = said.into_iter().flat_map(|said| said.rated);
            for joint in with_further(join(rated, models), further) {
                let Joint { fact, score, labelled, predicted_by } = joint;
                let fact = Fact { score: Some(score as f32), ..fact };
                let finding = Finding { document, fact, predicted_by };
                judged += usize::from(labelled);
                if labelled { wrong.push(finding) } else { missing.push(finding) }
            }
        }
    }
    Ok(Findings { models, judged, missing: missing.finish(), wrong: wrong.finish() })
}

/// What the models of a document say of one fact.
struct Joint {
    /// With the highest score of a model.
    fact: Fact,
    labelled: bool,
    /// The mean over the models; one that left the fact out, as hardly worth a note, counts as 0.
    score: f64,
    predicted_by: usize,
}

/// The facts of a document, each once.
fn join(rated: impl Iterator<Item = Rated>, models: usize) -> Vec<Joint> {
    let mut joint: BTreeMap<(usize, usize, String), Joint> = BTreeMap::new();
    for rated in rated {
        let (score, labelled, predicted) = (rated.score, rated.labelled, rated.predicted);
        let fact = Fact::from(rated);
        let known = joint.entry((fact.head, fact.tail, fact.relation.clone()));
        let known = known.or_insert_with(|| Joint {
            fact: fact.clone(),
            labelled,
            score: 0.0,
            predicted_by: 0,
        });
        known.score += f64::from(score) / models as f64;
        known.predicted_by += usize::from(predicted);
        if fact.score > known.fact.score {
            known.fact = fact;
        }
    }
    joint.into_values().collect()
}

/// Lowers the score of a fact that isn't labelled where its head has another tail that is, or
/// that has a higher score, by how seldom heads have a further tail of the relation.
fn with_further(mut joints: Vec<Joint>, further: &FurtherTails) -> Vec<Joint> {
    let mut best: HashMap<(usize, String), f64> = HashMap::new();
    for Joint { fact, score, labelled, .. } in &joints {
        let score = if *labelled { f64::INFINITY } else { *score };
        let best = best.entry((fact.head, fact.relation.clone())).or_default();
        *best = best.max(score);
    }
    for Joint { fact, score, .. } in joints.iter_mut().filter(|joint| !joint.labelled) {
        if best[&(fact.head, fact.relation.clone())] > *score {
            *score *= further.share(&fact.relation);
        }
    }
    joints
}

/// The first findings of an order, whatever their number.
struct First<F> {
    order: F,
    kept: Vec<Finding>,
}

impl<F: Fn(&Finding, &Finding) -> Ordering> First<F> {
    fn new(order: F) -> Self {
        Self { order, kept: Vec::new() }
    }

    fn push(&mut self, finding: Finding) {
        self.kept.push(finding);
        if self.kept.len() == 2 * KEPT {
            self.kept.select_nth_unstable_by(KEPT, &self.order);
            self.kept.truncate(KEPT);
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        self.kept.sort_unstable_by(&self.order);
        self.kept.truncate(KEPT);
        self.kept
    }
}
