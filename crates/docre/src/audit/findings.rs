//! What all models say together, ranked.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{auditor::Auditor, ratings::Rated};
use crate::{Result, document::Fact};

/// The findings of a kind that are kept: those behind them are of no use to anybody.
const KEPT: usize = 100_000;

/// What is suggested of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is missing from the labels.
    Missing,
    /// It is labelled, and wrong.
    Wrong,
}

impl Kind {
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
    /// The fact. Its score is the mean over the models that judged the document; its
    /// evidence that of the model with the highest score, or the label's.
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
pub(super) fn collect(auditors: &[Auditor], folds: usize) -> Result<Findings> {
    let highest = |a: &Finding, b: &Finding| b.score().total_cmp(&a.score()).then(a.by_place(b));
    let lowest = |a: &Finding, b: &Finding| a.score().total_cmp(&b.score()).then(a.by_place(b));
    let (mut missing, mut wrong) = (First::new(highest), First::new(lowest));
    let mut judged = 0;
    for fold in 0..folds {
        let of_fold = auditors.iter().filter(|auditor| auditor.fold == fold);
        let mut ratings = of_fold.map(Auditor::ratings).collect::<Result<Vec<_>>>()?;
        // Their lines are the fold's documents, in the same order.
        while let Some(said) = ratings.iter_mut().map(Iterator::next).collect::<Option<Vec<_>>>() {
            let said = said.into_iter().collect::<Result<Vec<_>>>()?;
            let (models, document) = (said.len(), said[0].document);
            for joint in join(said.into_iter().flat_map(|said| said.rated)) {
                judged += usize::from(joint.labelled);
                let labelled = joint.labelled;
                let finding = joint.finding(document, models);
                if labelled { wrong.push(finding) } else { missing.push(finding) }
            }
        }
    }
    let models = auditors.len() / folds;
    Ok(Findings { models, judged, missing: missing.finish(), wrong: wrong.finish() })
}

/// What the models of a document say of one fact.
struct Joint {
    /// With the highest score of a model.
    fact: Fact,
    labelled: bool,
    sum: f64,
    predicted_by: usize,
}

impl Joint {
    /// The mean over the models; one that left the fact out, as hardly worth a note, counts as 0.
    fn finding(self, document: usize, models: usize) -> Finding {
        let score = Some((self.sum / models as f64) as f32);
        Finding { document, fact: Fact { score, ..self.fact }, predicted_by: self.predicted_by }
    }
}

fn join(rated: impl Iterator<Item = Rated>) -> impl Iterator<Item = Joint> {
    let mut joint: BTreeMap<(usize, usize, String), Joint> = BTreeMap::new();
    for rated in rated {
        let (score, labelled, predicted) = (rated.score, rated.labelled, rated.predicted);
        let fact = Fact::from(rated);
        let known = joint.entry((fact.head, fact.tail, fact.relation.clone()));
        let known = known.or_insert_with(|| Joint {
            fact: fact.clone(),
            labelled,
            sum: 0.0,
            predicted_by: 0,
        });
        known.sum += f64::from(score);
        known.predicted_by += usize::from(predicted);
        if fact.score > known.fact.score {
            known.fact = fact;
        }
    }
    joint.into_values()
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
