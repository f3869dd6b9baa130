//! How good findings are, against better labels of the same documents.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{AuditData, Finding, Findings, corrections::is_same};
use crate::{
    Error, Result,
    corpus::Input,
    document::{Document, Entity, Fact, FactScope},
    eval::{
        Truth,
        ranking::{RankingScores, ranking},
    },
};

/// The numbers of first findings whose precision is taken.
const FIRSTS: [usize; 3] = [100, 500, 1000];

/// How good the findings of an audit are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankingQuality {
    /// Of the missing facts: right is what the gold labels have.
    pub missing: KindQuality,
    /// Of the wrong facts: right is what the gold labels don't have.
    pub wrong: KindQuality,
}

/// How good the findings of one kind are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindQuality {
    /// The ranking's scores.
    #[serde(flatten)]
    pub scores: RankingScores,
    /// The precision of a ranking by chance; `None` where there was nothing to find.
    pub chance: Option<f64>,
}

/// The audited documents beside their gold labels.
#[derive(Debug)]
pub struct Gold {
    path: PathBuf,
    truth: Truth,
    /// The place in the truth of each audited document.
    places: Vec<usize>,
    /// The gold facts that aren't labelled.
    missing: usize,
    /// The labelled facts that aren't gold.
    wrong: usize,
    /// The labelled facts.
    labels: usize,
    /// The triples of two entities and a relation of the gold labels.
    triples: usize,
}

impl Gold {
    /// Reads the gold labels of the documents of `data`; refuses those of other documents.
    pub fn read(data: impl Into<AuditData>, gold: &Path) -> Result<Self> {
        let data = data.into();
        let truth =
            Truth::read_within(gold, &Input::Documents, FactScope::default(), data.reading())?;
        let relations = truth.facts().map(|(_, fact)| fact.relation.as_str());
        let relations = relations.collect::<HashSet<_>>().len();
        let (mut missing, mut wrong, mut labels, mut pairs) = (0, 0, 0, 0);
        let mut places = Vec::new();
        for (index, document) in data.documents()?.enumerate() {
            let document = document?;
            let place = place(&truth, gold, &document).map_err(|problem| {
                let (path, title) = (data.path().to_path_buf(), document.title.clone());
                Error::Document { path, index, title, problem }
            })?;
            let of_gold = truth.documents()[place].labelled_facts();
            let facts = document.labelled_facts();
            wrong += facts.iter().filter(|fact| !has(of_gold, fact)).count();
            missing += of_gold.iter().filter(|fact| !has(facts, fact)).count();
            labels += facts.len();
            pairs += document.pair_count();
            places.push(place);
        }
        let path = gold.to_path_buf();
        Ok(Self { path, truth, places, missing, wrong, labels, triples: pairs * relations })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the gold labels have the fact of a finding.
    pub fn has(&self, finding: &Finding) -> bool {
        let Fact { head, relation, tail, .. } = &finding.fact;
        self.truth.fact(self.places[finding.document], *head, relation, *tail).is_some()
    }

    /// Measures findings.
    pub fn measure(&self, findings: &Findings) -> RankingQuality {
        let share =
            |part: usize, whole: usize| (part > 0).then(|| part as f64 / whole.max(1) as f64);
        let missing: Vec<bool> = findings.missing.iter().map(|one| self.has(one)).collect();
        let wrong: Vec<bool> = findings.wrong.iter().map(|one| !self.has(one)).collect();
        RankingQuality {
            missing: KindQuality {
                scores: ranking(&missing, self.missing, &FIRSTS),
                chance: share(self.missing, self.triples.saturating_sub(self.labels)),
            },
            wrong: KindQuality {
                scores: ranking(&wrong, self.wrong, &FIRSTS),
                chance: share(self.wrong, self.labels),
            },
        }
    }
}

/// Whether facts, of which there are a few dozen, have one.
fn has(facts: &[Fact], wanted: &Fact) -> bool {
    facts.iter().any(|fact| is_same(fact, wanted))
}

/// The place of a document among the gold ones, or how it differs from them.
fn place(truth: &Truth, gold: &Path, document: &Document) -> Result<usize, String> {
    let gold = gold.display();
    let place = truth.index(&document.title);
    let place = place.ok_or_else(|| format!("title: {gold} has no document of it"))?;
    let (own, others) = (&document.entities, &truth.documents()[place].entities);
    if own.len() != others.len() {
        let (own, others) = (own.len(), others.len());
        return Err(format!("vertexSet: {own} entities here, but {others} in {gold}"));
    }
    let mentions = |entity: &Entity| -> Vec<_> {
        let mentions = entity.mentions.iter();
        mentions.map(|mention| (mention.sentence, mention.tokens.clone())).collect()
    };
    match own.iter().zip(others).position(|(own, other)| mentions(own) != mentions(other)) {
        None => Ok(place),
        Some(entity) => {
            Err(format!("entity {entity}: has other mentions than in {gold}, so is another one"))
        }
    }
}
