//! Every form, kept for readers of other worlds (`tests/ecosystem`).

use std::path::PathBuf;

use docre::corpus::Input;
use docre::document::Document;
use docre::output::Form;

use super::{documents, relations, with_scores};

/// How often each document of the corpus comes, so that titles repeat.
const REPEATS: usize = 3;

#[test]
#[ignore = "leaves files in the folder that DOCRE_OUTPUTS names"]
fn every_form_is_kept() {
    let folder = PathBuf::from(std::env::var("DOCRE_OUTPUTS").expect("a folder"));
    let documents = documents();
    let relations = relations(&documents);
    for form in Form::all().filter(|form| form.is_graph() || form.name() == "json") {
        let place = folder.join(form.name());
        let mut writer = form.writer(place.as_path(), &Input::Documents, &relations).unwrap();
        for document in (0..REPEATS).flat_map(|_| &documents) {
            let document: &Document = document;
            writer.push(document, &with_scores(document)).unwrap();
        }
        writer.finish().unwrap();
    }
}
