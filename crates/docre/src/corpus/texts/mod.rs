//! Texts with labels, for multi-label classification: GoEmotions, AAPD, and tables or JSON
//! lines of one's own.

mod files;
mod item;
mod labels;
mod objects;
mod options;
mod read;
mod stats;
mod table;
mod unlabelled;
mod write;

use std::collections::HashSet;
use std::path::Path;

pub use files::files_beside;
pub use options::TextOptions;
pub use read::read;
pub use stats::TextStatistics;
pub use unlabelled::read_unlabelled;
pub use write::write;

pub(super) use files::{delimiter, is_table};
pub(super) use read::read_where_known;

use super::omissions::Omissions;
use super::relations::in_natural_order;
use crate::document::RelationSet;
use crate::{Error, Result};

/// A text and the labels that hold for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextItem {
    /// The name by which results speak of it; unique within a file.
    pub id: String,
    /// The text.
    pub text: String,
    /// Its labels; none where the none class holds.
    pub labels: Vec<String>,
}

/// Texts with labels, and the labels that there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    /// The texts, in file order.
    pub items: Vec<TextItem>,
    /// The labels as columns: in the order of the file that names them, or of a table's
    /// columns, else in natural order. The none class, where there is one, is column 0.
    pub labels: RelationSet,
    /// The ids of texts that were left out because they have the none class and another label.
    pub ambiguous: Vec<String>,
    /// What the file has beside texts and labels.
    pub left_out: Omissions,
    /// What of the labels may be meant otherwise, in sentences.
    pub doubts: Vec<String>,
}

/// What is wrong with a text or its labels.
type Problem = String;

impl Texts {
    /// The columns of a text's labels, sorted, in a set of labels that knows them all.
    pub fn columns(item: &TextItem, labels: &RelationSet) -> Vec<usize> {
        let mut columns: Vec<_> = item.labels.iter().filter_map(|id| labels.column(id)).collect();
        columns.sort_unstable();
        columns
    }

    /// Refuses a text of the file `path` with a label that these don't have: those of a
    /// training file, say.
    pub fn check_known(&self, path: impl AsRef<Path>, labels: &RelationSet) -> Result<()> {
        for item in &self.items {
            let unknown = |label: &&String| labels.column(label).is_none();
            if let Some(label) = item.labels.iter().find(unknown) {
                let known = labels.relations().len();
                let problem = format!(
                    "text \"{}\": the label \"{label}\" is not one of the {known} known",
                    item.id
                );
                return Err(Error::file(path, problem));
            }
        }
        Ok(())
    }

    /// Takes the none class out of the labels: a text that has it alone has no labels, and one
    /// that has another label too is left out, as NCRL does with GoEmotions (section 4.3).
    pub(super) fn with_none(mut self, none: &str) -> Result<Self, String> {
        if self.labels.column(none).is_none() {
            return Err(no_none_class(&self.labels, none));
        }
        let has_none = |item: &TextItem| item.labels.iter().any(|label| label == none);
        let ambiguous = |item: &mut TextItem| item.labels.len() > 1 && has_none(item);
        self.ambiguous = self.items.extract_if(.., ambiguous).map(|item| item.id).collect();
        self.items.iter_mut().for_each(|item| item.labels.retain(|label| label != none));
        let others = self.labels.relations().iter().map(|label| label.id.clone());
        let others = RelationSet::new(others.filter(|label| label != none));
        self.labels = others.map_err(|error| error.to_string())?.with_none_id(none);
        Ok(self)
    }

    /// The labels that occur, in natural order.
    fn infer_labels(items: &[TextItem]) -> Result<RelationSet, String> {
        let known: HashSet<_> = items.iter().flat_map(|item| item.labels.iter().cloned()).collect();
        in_natural_order(known).map_err(|_| "no text has a label".into())
    }
}

/// What is wrong with texts of these labels, none of which has the none class.
pub(crate) fn no_none_class(labels: &RelationSet, none: &str) -> String {
    let labels: Vec<_> = labels.relations().iter().map(|label| label.id.as_str()).collect();
    format!("no text has the none class \"{none}\"; the labels are {}", labels.join(", "))
}
