//! A text with its labels, checked.

use super::{Problem, TextItem};
use crate::corpus::omissions::Omissions;

/// What a file says: the items, and the labels where it names all of them.
pub(super) struct Found {
    pub items: Vec<TextItem>,
    pub labels: Option<Vec<String>>,
    pub left_out: Omissions,
}

/// A text with labels; refuses an empty text, an empty label and one that is given twice.
pub(super) fn item(id: String, text: &str, labels: Vec<String>) -> Result<TextItem, Problem> {
    if text.trim().is_empty() {
        return Err("the text is empty".into());
    }
    for (place, label) in labels.iter().enumerate() {
        if label.trim().is_empty() {
            return Err("a label is empty".into());
        }
        if labels[..place].contains(label) {
            return Err(format!("the label \"{label}\" is given twice"));
        }
    }
    Ok(TextItem { id, text: text.to_owned(), labels })
}
