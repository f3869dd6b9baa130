//! What an observer is told of files.

use std::path::Path;

use crate::{
    corpus::{LeftOut, Omission, Omissions},
    progress::Observer,
};

/// Says what was wrong in a file and left out.
pub(super) fn note_wrong(path: &Path, wrong: &LeftOut, observer: &mut dyn Observer) {
    if wrong.count == 0 {
        return;
    }
    let path = path.display();
    wrong.first.iter().for_each(|problem| observer.note(&format!("left out as wrong: {problem}")));
    let LeftOut { count, documents, .. } = wrong;
    observer.note(&format!("{path}: left out as wrong: {count}, whole documents: {documents}"));
}

/// Says what of a folder isn't read.
pub(super) fn note_beside(path: &Path, beside: &Omissions, observer: &mut dyn Observer) {
    for kind in [Omission::FileWithoutPartner, Omission::OtherFile] {
        let count = beside.count(kind);
        if count > 0 {
            observer.note(&format!("{}: {kind}, not read: {count}", path.display()));
        }
    }
}
