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

/// Says what of the labels of texts may be meant otherwise.
pub(super) fn note_doubts(path: &Path, doubts: &[String], observer: &mut dyn Observer) {
    for doubt in doubts {
        observer.note(&format!("warning: {}: {doubt}", path.display()));
    }
}

/// Says how many mentions have other names than their tokens.
pub(super) fn note_names(path: &Path, count: usize, observer: &mut dyn Observer) {
    if count > 0 {
        observer.note(&format!(
            "warning: {}: {}: {count}; mentions are learned where their tokens are",
            path.display(),
            Omission::NameElsewhere
        ));
    }
}
