//! Findings applied to the documents: a corrected data file.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{AuditData, Finding, FindingKind, Findings};
use crate::{
    Error, Result,
    corpus::DocumentWriter,
    document::{Document, Fact},
    inputs,
};

/// What changes in the labels of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corrections {
    /// By the place of their document.
    of: BTreeMap<usize, Change>,
}

/// What changes in the labels of a document.
#[derive(Debug, Clone, Default, PartialEq)]
struct Change {
    add: Vec<Fact>,
    remove: Vec<Fact>,
}

/// What a person says of a suggestion, as the page of an audit gives it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The document's title.
    pub title: String,
    /// The head entity.
    #[serde(rename = "h")]
    pub head: usize,
    /// The tail entity.
    #[serde(rename = "t")]
    pub tail: usize,
    /// The relation's identifier.
    #[serde(rename = "r")]
    pub relation: String,
    /// The sentences that support the fact.
    #[serde(default)]
    pub evidence: Vec<usize>,
    /// What was suggested of the fact.
    pub kind: FindingKind,
    /// Whether the suggestion is right: the missing fact holds, the wrong one doesn't.
    pub accept: bool,
}

impl Verdict {
    /// Reads a file of decisions.
    pub fn read_all(path: impl AsRef<Path>) -> Result<Vec<Self>> {
        let path = path.as_ref();
        let text = inputs::read_settings(path)?;
        serde_json::from_str(&text)
            .map_err(|e| Error::file(path, format!("isn't a list of decisions: {e}")))
    }

    /// The fact in messages.
    fn name(&self) -> String {
        format!("{} from entity {} to entity {}", self.relation, self.head, self.tail)
    }

    fn fact(&self) -> Fact {
        Fact {
            head: self.head,
            relation: self.relation.clone(),
            tail: self.tail,
            evidence: self.evidence.clone(),
            score: None,
        }
    }
}

impl Corrections {
    /// Adds the first so many missing facts, and removes the first so many wrong ones.
    pub fn first(findings: &Findings, add: usize, remove: usize) -> Result<Self> {
        let mut corrections = Self::default();
        for Finding { document, fact, .. } in first("apply", &findings.missing, add)? {
            let fact = Fact { score: None, ..fact.clone() };
            corrections.of.entry(*document).or_default().add.push(fact);
        }
        for Finding { document, fact, .. } in first("remove", &findings.wrong, remove)? {
            corrections.of.entry(*document).or_default().remove.push(fact.clone());
        }
        Ok(corrections)
    }

    /// What was accepted of the suggestions for a file; `path` is that of the decisions.
    pub fn decided(data: impl Into<AuditData>, path: &Path, decisions: &[Verdict]) -> Result<Self> {
        let data = data.into();
        let mut by_title: HashMap<&str, Vec<&Verdict>> = HashMap::new();
        for decision in decisions {
            by_title.entry(&decision.title).or_default().push(decision);
        }
        let (mut corrections, mut relations) = (Self::default(), HashSet::new());
        data.check()?;
        for (place, document) in data.documents()?.enumerate() {
            let document = document?;
            if let Some(decisions) = by_title.remove(document.title.as_str()) {
                let change = Change::decided(&document, &decisions).map_err(|problem| {
                    Error::file(path, format!("\"{}\": {problem}", document.title))
                })?;
                corrections.of.insert(place, change);
            }
            relations.extend(document.facts.into_iter().flatten().map(|fact| fact.relation));
        }
        if let Some(title) = by_title.keys().min() {
            let problem = format!("\"{title}\": {} has no document of it", data.path().display());
            return Err(Error::file(path, problem));
        }
        let unknown = |decision: &&Verdict| !relations.contains(&decision.relation);
        if let Some(Verdict { title, relation, .. }) = decisions.iter().find(unknown) {
            let (known, data) = (relations.len(), data.path().display());
            let problem = format!(
                "\"{title}\": relation \"{relation}\" is none of the {known} that {data} is \
                 labelled with"
            );
            return Err(Error::file(path, problem));
        }
        Ok(corrections)
    }

    /// The facts that are added.
    pub fn added(&self) -> usize {
        self.of.values().map(|change| change.add.len()).sum()
    }

    /// The facts that are removed.
    pub fn removed(&self) -> usize {
        self.of.values().map(|change| change.remove.len()).sum()
    }

    /// Writes the documents with corrected labels, whole or not at all.
    pub fn write(&self, data: impl Into<AuditData>, output: &Path) -> Result<()> {
        let mut writer = DocumentWriter::create(output)?;
        for (place, document) in data.into().documents()?.enumerate() {
            let mut document = document?;
            if let Some(change) = self.of.get(&place) {
                change.apply(document.facts.get_or_insert_default());
            }
            writer.push(&document)?;
        }
        writer.finish()
    }
}

impl Change {
    /// What was accepted of the suggestions for a document.
    fn decided(document: &Document, decisions: &[&Verdict]) -> Result<Self, String> {
        let (mut change, mut verdicts) = (Self::default(), HashMap::new());
        for decision in decisions {
            check(decision, document)?;
            let Verdict { head, tail, relation, kind, accept, .. } = *decision;
            match (verdicts.insert((head, tail, relation), *accept), kind) {
                (Some(earlier), _) if earlier != *accept => {
                    return Err(format!("{} is both accepted and rejected", decision.name()));
                }
                (Some(_), _) => {} // the same once more
                (None, _) if !accept => {}
                (None, FindingKind::Missing) => change.add.push(decision.fact()),
                (None, FindingKind::Wrong) => change.remove.push(decision.fact()),
            }
        }
        Ok(change)
    }

    fn apply(&self, facts: &mut Vec<Fact>) {
        facts.retain(|fact| !self.remove.iter().any(|removed| is_same(removed, fact)));
        facts.extend(self.add.iter().cloned());
    }
}

/// The first findings; refuses a number that they don't have.
fn first<'a>(option: &str, findings: &'a [Finding], count: usize) -> Result<&'a [Finding]> {
    findings.get(..count).ok_or_else(|| {
        let problem = format!("must be at most {}, what was found, but is {count}", findings.len());
        Error::setting(option, problem)
    })
}

/// Refuses a decision that doesn't fit its document.
fn check(decision: &Verdict, document: &Document) -> Result<(), String> {
    let Verdict { head, tail, .. } = decision;
    let (entities, sentences) = (document.entities.len(), document.sentences.len());
    let name = decision.name();
    if head == tail || *head.max(tail) >= entities {
        return Err(format!("{name} can't be (the document has {entities} entities)"));
    }
    if decision.evidence.iter().any(|sentence| *sentence >= sentences) {
        return Err(format!("{name} has evidence behind the last of {sentences} sentences"));
    }
    let fact = decision.fact();
    let labelled = document.labelled_facts().iter().any(|label| is_same(label, &fact));
    match decision.kind {
        FindingKind::Missing if labelled => {
            Err(format!("{name} is no missing fact: it is labelled"))
        }
        FindingKind::Wrong if !labelled => {
            Err(format!("{name} can't be removed: it isn't labelled"))
        }
        _ => Ok(()),
    }
}

/// Whether two facts are the same but for evidence and score.
pub(super) fn is_same(a: &Fact, b: &Fact) -> bool {
    (a.head, a.tail) == (b.head, b.tail) && a.relation == b.relation
}
