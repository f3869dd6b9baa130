//! What an audit found, with names and text, for a person to go through.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::PathBuf,
};

use serde::Serialize;

use super::{
    Audit, AuditData, AuditModel, Finding, FindingKind, Findings, Gold, KindQuality,
    RankingQuality, corrections::is_same,
};
use crate::{
    Result,
    document::{Document, RelationSet},
    output::NamedFact,
    report::{ReviewItem, ReviewPage, Table},
};

/// What an audit found. It serializes as one object, without the whole documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditReport {
    /// The version of docre.
    pub docre: &'static str,
    /// The audited file.
    pub data: PathBuf,
    /// Its documents.
    pub documents: usize,
    /// Its labelled facts.
    pub labels: usize,
    /// The labelled facts that were judged; the relations of the others are too rare to learn.
    pub judged: usize,
    /// The folds.
    pub folds: usize,
    /// What trained the models that judged each document.
    pub models: Vec<AuditModel>,
    /// The file of gold labels.
    pub gold: Option<PathBuf>,
    /// How good the findings are, where there are gold labels.
    pub measured: Option<RankingQuality>,
    /// The facts that are most probably missing, first the most probable.
    pub missing: Vec<Suggestion>,
    /// The labelled facts that are most probably wrong.
    pub wrong: Vec<Suggestion>,
    #[serde(skip)]
    texts: Vec<Document>,
}

/// A fact that a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// Its document's title.
    pub title: String,
    /// The fact with names; its score is how probable the models hold it to be.
    #[serde(flatten)]
    pub fact: NamedFact,
    /// The evidence sentences.
    pub sentences: Vec<String>,
    /// Whether a model named the evidence; else the label does.
    pub guessed_evidence: bool,
    /// How many of the models that judged the document would predict it.
    pub predicted_by: usize,
    /// Whether the gold labels have it, where there are any.
    pub gold: Option<bool>,
    /// The place of the document among the report's texts.
    #[serde(skip)]
    text: usize,
}

impl AuditReport {
    /// The first `top` findings of each kind. With gold labels all findings are
    /// measured.
    pub fn new(
        audit: &Audit,
        findings: &Findings,
        top: usize,
        gold: Option<&Gold>,
    ) -> Result<Self> {
        let first = |findings: &[Finding]| findings[..top.min(findings.len())].to_vec();
        let (missing, wrong) = (first(&findings.missing), first(&findings.wrong));
        let (texts, places) = texts(audit.data(), missing.iter().chain(&wrong))?;
        let relations = audit.relations();
        let suggest = |finding: Finding| {
            let text = places[&finding.document];
            let gold = gold.map(|gold| gold.has(&finding));
            Suggestion::new(&finding, &texts[text], relations, gold, text)
        };
        Ok(Self {
            docre: env!("CARGO_PKG_VERSION"),
            data: audit.data().path().to_path_buf(),
            documents: audit.documents(),
            labels: audit.labels(),
            judged: findings.judged,
            folds: audit.folds(),
            models: audit.models(),
            gold: gold.map(|gold| gold.path().to_path_buf()),
            measured: gold.map(|gold| gold.measure(findings)),
            missing: missing.into_iter().map(suggest).collect(),
            wrong: wrong.into_iter().map(suggest).collect(),
            texts,
        })
    }

    /// A page on which a person goes through the suggestions, accepts or rejects them, and takes
    /// the decisions away as a file ([`super::Verdict`]).
    pub fn to_html(&self) -> Result<String> {
        let missing = self.missing.iter().map(|one| one.item(FindingKind::Missing));
        let wrong = self.wrong.iter().map(|one| one.item(FindingKind::Wrong));
        let page = ReviewPage {
            title: format!("Audit of {}", self.data.display()),
            about: self.about(),
            measured: self.measured.as_ref().map(|measured| measured.table()),
            documents: &self.texts,
            models: self.models.len(),
            items: missing.chain(wrong).collect(),
        };
        page.to_html()
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        let models = self.models.iter();
        let models = models.map(|AuditModel { recipe, seed, .. }| format!("{recipe}, seed {seed}"));
        let mut about = vec![
            ("Documents", self.documents.to_string()),
            ("Labelled facts", format!("{}, of which {} were judged", self.labels, self.judged)),
            ("Models of each fold", models.collect::<Vec<_>>().join("; ")),
            ("Folds", self.folds.to_string()),
        ];
        about.extend(self.notes());
        about.extend(self.gold.as_ref().map(|gold| ("Gold labels", gold.display().to_string())));
        about.push(("docre", self.docre.to_owned()));
        about
    }

    /// What the recipes say of how they were chosen, each once.
    fn notes(&self) -> impl Iterator<Item = (&'static str, String)> {
        let mut told = HashSet::new();
        let noted = self.models.iter().filter(|model| !model.note.is_empty());
        let noted = noted.filter(move |model| told.insert(&model.recipe));
        noted.map(|AuditModel { recipe, note, .. }| {
            ("Choice of the recipe", format!("{recipe}: {note}"))
        })
    }
}

impl RankingQuality {
    /// The measures as a table, a row a kind, in percent.
    pub fn table(&self) -> Table {
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let known = |share: Option<f64>| share.map_or("nothing to find".into(), percent);
        let firsts = self.missing.scores.precision_at.iter().chain(&self.wrong.scores.precision_at);
        let firsts: BTreeSet<usize> = firsts.map(|at| at.first).collect();
        let mut columns = vec!["suggested".to_owned()];
        columns.extend(firsts.iter().map(|first| format!(">first {first}")));
        columns
            .extend([">average precision", ">by chance", ">right", ">to find"].map(String::from));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new("Suggestions that the gold labels bear out, percent", &columns);
        let mut row = |name: &str, KindQuality { scores, chance }: &KindQuality| {
            let mut cells = vec![name.to_owned()];
            cells.extend(firsts.iter().map(|first| {
                let at = scores.precision_at.iter().find(|at| at.first == *first);
                at.map_or(String::new(), |at| percent(at.precision))
            }));
            cells.push(known(scores.average_precision));
            cells.push(chance.map_or(String::new(), by_chance));
            cells.push(format!("{} of {}", scores.correct, scores.ranked));
            cells.push(scores.relevant.to_string());
            table.row(cells);
        };
        row("missing", &self.missing);
        row("wrong", &self.wrong);
        table
    }
}

/// In percent; of a share as small as that of missing facts among all triples one digit more.
fn by_chance(share: f64) -> String {
    let digits = if share < 1e-3 { 2 } else { 1 };
    format!("{:.digits$}", 100.0 * share)
}

impl Suggestion {
    fn new(
        finding: &Finding,
        document: &Document,
        relations: &RelationSet,
        gold: Option<bool>,
        text: usize,
    ) -> Self {
        let sentence = |place: &usize| {
            let is_there = *place < document.sentences.len();
            is_there.then(|| document.readable_sentence(*place).into_owned())
        };
        let label = document.labelled_facts().iter().find(|label| is_same(label, &finding.fact));
        Self {
            title: document.title.clone(),
            fact: NamedFact::new(document, &finding.fact, relations),
            sentences: finding.fact.evidence.iter().filter_map(sentence).collect(),
            guessed_evidence: label.is_none_or(|label| label.evidence.is_empty()),
            predicted_by: finding.predicted_by,
            gold,
            text,
        }
    }

    fn item(&self, kind: FindingKind) -> ReviewItem<'_> {
        ReviewItem {
            kind: kind.name(),
            document: self.text,
            fact: &self.fact,
            guessed_evidence: self.guessed_evidence,
            predicted_by: self.predicted_by,
        }
    }
}

/// The documents of findings, and the place among them of each, by its place in the file.
fn texts<'a>(
    data: &AuditData,
    findings: impl Iterator<Item = &'a Finding>,
) -> Result<(Vec<Document>, HashMap<usize, usize>)> {
    let wanted: HashSet<usize> = findings.map(|one| one.document).collect();
    let (mut texts, mut places) = (Vec::new(), HashMap::new());
    for (place, document) in data.documents()?.enumerate() {
        if wanted.contains(&place) {
            places.insert(place, texts.len());
            texts.push(document?);
        }
    }
    Ok((texts, places))
}

#[cfg(test)]
mod tests {
    use super::by_chance;

    #[test]
    fn what_chance_finds_is_seldom_shown_as_nothing() {
        assert_eq!([0.217, 0.0012, 0.00034].map(by_chance), ["21.7", "0.1", "0.03"]);
    }
}
