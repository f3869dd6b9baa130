//! Texts with labels, for classification: not documents, so that they are told here and read in
//! [`texts`](crate::corpus::texts).

use super::{FormatRow, Layout, Tell};
use crate::corpus::raw::Refused;
use crate::corpus::texts;

pub(super) static ROW: FormatRow = FormatRow {
    name: "texts",
    about: ".tsv, .csv, .jsonl with labels, only to texts",
    endings: &[],
    layout: Layout::Json,
    tell: Tell {
        name: texts::is_table,
        object: |keys| {
            let others = ["entities", "annotation_id", "vertexSet"];
            keys.has("text") && keys.has_any(&["labels", "label"]) && !keys.has_any(&others)
        },
        ..Tell::NOTHING
    },
    read: |_, _| Err(Refused::from(NO_DOCUMENTS.to_owned())),
    create: None,
};

pub(super) const NO_DOCUMENTS: &str = "holds texts with labels for classification, and no \
                                       documents with entities and relations";
