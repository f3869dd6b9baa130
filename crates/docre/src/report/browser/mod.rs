//! The documents of a report, to look through: their text, and their facts as predicted
//! or labelled. The page draws a document when it is chosen, so that many of them open without
//! delay.

mod category;
mod compact;

use std::collections::HashMap;

use self::category::Pairs;
use self::compact::{CompactDocument, Compactor};
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
///     Document {
///         title: "Empty".into(),
///         sentences: vec![],
///         entities: vec![],
///         facts: Some(vec![]),
///         ..Document::default()
///     };
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
        self.documents.push(self.compactor.document(document, facts));
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
