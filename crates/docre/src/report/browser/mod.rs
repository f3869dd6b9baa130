//! The documents of a report, to look through: their text, and their facts as predicted,
//! labelled or suggested. The page draws a document when it is chosen, so that many of them
//! open without delay.

mod category;
mod compact;

use std::collections::HashMap;

use self::category::{Category, Pairs};
use self::compact::{CompactDocument, CompactFact, Compactor};
use super::rows::{FactRows, Key, each_once, key, side_by_side};
use crate::document::{Document, Fact, RelationSet};

/// Documents to look through, at the end of a [`ReportPage`](super::ReportPage).
///
/// Facts are filtered by relation and by what the labels say to them: correct, wrong relation,
/// no relation labelled for the pair (KD-DocRE's wrong and more), missed on a pair without and
/// with other predictions (ARPDL's FN_NA and FN_Rel).
///
/// ```
/// use docre::document::{Document, RelationSet};
/// use docre::report::{Browser, ReportPage};
///
/// let document =
///     Document { title: "Empty".into(), sentences: vec![], entities: vec![], facts: Some(vec![]) };
/// let mut browser = Browser::new(&RelationSet::new(["P27"]).unwrap());
/// browser.push(&document, &[]);
/// let page = ReportPage { browser: Some(browser), ..ReportPage::default() };
/// assert!(page.to_html().unwrap().contains("Empty"));
/// ```
#[derive(Debug, Clone)]
pub struct Browser {
    relations: RelationSet,
    compactor: Compactor,
    documents: Vec<CompactDocument>,
}

/// What is probably wrong with the labels of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Suggestion {
    /// The fact holds, but it isn't labelled.
    Missing,
    /// The fact is labelled, but it doesn't hold.
    Wrong,
}

/// A fact that someone should look at, since its label is probably wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedFact {
    /// The fact, with its score and the evidence that the models found.
    pub fact: Fact,
    /// What is suggested.
    pub suggestion: Suggestion,
    /// The share of the models that agree, in 0 to 1; `None` where there is only one.
    pub agreement: Option<f64>,
}

impl Browser {
    /// A browser without documents. The relations give the names.
    pub fn new(relations: &RelationSet) -> Self {
        Self {
            relations: relations.clone(),
            compactor: Compactor::default(),
            documents: Vec::new(),
        }
    }

    /// Adds a document with the facts that are predicted for it, next to its labels.
    pub fn push(&mut self, document: &Document, predicted: &[Fact]) {
        let FactRows { rows, .. } = side_by_side(document, predicted, &self.relations);
        let labels = by_key(document.labelled_facts());
        let found = by_key(predicted);
        let pairs = Pairs::new(&labels, &found);
        let facts = rows.iter().map(|row| {
            let named = &row.fact;
            let key = (named.head.index, named.relation.id.as_str(), named.tail.index);
            let (label, found) = (labels.get(&key).copied(), found.get(&key).copied());
            let category = pairs.category(row.status, named.head.index, named.tail.index);
            self.compactor.fact(key, category, found, label, &self.relations)
        });
        let facts = facts.collect();
        self.add(document, facts);
    }

    /// Adds a document with suggestions on its labels, in their order, before the other labels.
    pub fn push_suggestions(&mut self, document: &Document, suggestions: &[SuggestedFact]) {
        let labels = by_key(document.labelled_facts());
        let suggested: Vec<Key> = suggestions.iter().map(|one| key(&one.fact)).collect();
        let mut facts = Vec::new();
        for SuggestedFact { fact, suggestion, agreement } in suggestions {
            let (key, category) = (key(fact), Category::from(*suggestion));
            let label = labels.get(&key).copied();
            let compact = self.compactor.fact(key, category, Some(fact), label, &self.relations);
            facts.push(compact.with_agreement(*agreement));
        }
        let others = each_once(document.labelled_facts()).into_iter();
        for label in others.filter(|label| !suggested.contains(&key(label))) {
            let (key, category) = (key(label), Category::Labelled);
            facts.push(self.compactor.fact(key, category, None, Some(label), &self.relations));
        }
        self.add(document, facts);
    }

    fn add(&mut self, document: &Document, facts: Vec<CompactFact>) {
        let document = self.compactor.document(document, facts);
        self.documents.push(document);
    }

    /// All of it as JSON that may stand in a script element.
    pub(super) fn to_script_json(&self) -> String {
        let json = self.compactor.to_json(&self.documents);
        // No text of a user can end the element then, nor start a comment.
        json.replace('<', "\\u003c")
    }
}

/// The first of the facts with each key.
fn by_key(facts: &[Fact]) -> HashMap<Key<'_>, &Fact> {
    each_once(facts).into_iter().map(|fact| (key(fact), fact)).collect()
}
