//! Facts of many documents in a folder, a file a document.

use std::{cell::RefCell, path::Path, process::ExitCode, rc::Rc};

use docre::{
    Error, Result,
    model::{self, Extractor},
    output::{FactsPlace, Form, KeptFacts},
};
use serde_json::{Value, json};

use super::{Options, Types, extract_all, source::Source};
use crate::outputs;

/// Whether a folder is named, and not a file.
pub fn is_folder(output: &Path) -> bool {
    output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Extracts what isn't done yet.
pub fn run(
    options: &Options,
    extractor: &Extractor,
    form: Form,
    folder: &Path,
) -> Result<ExitCode> {
    if options.html.is_some() || options.choice.is_made() {
        let problem = "is a folder for many documents; name a file for one";
        return Err(Error::file(folder, problem));
    }
    if form == Form::TEXT && outputs::whole(folder).starts_with(outputs::whole(&options.file)) {
        let problem = "is in the folder that is read, where its texts would be read, too; name a \
                       folder elsewhere";
        return Err(Error::file(folder, problem));
    }
    let asked = options.asked(form)?;
    let (input, relations) = (extractor.input(), &extractor.relations);
    let kept = KeptFacts::open(folder, form, &asked, &input, relations)?;
    let kept = Rc::new(RefCell::new(kept));
    let source = Source::open(options, &input, Some(kept.clone()))?;
    let all = extract_all(options, extractor, source, |extracted, warnings, place| {
        let place: FactsPlace = place.expect("what is read has a place");
        kept.borrow_mut().push(&place, &extracted.document, &extracted.facts, warnings)
    })?;
    Ok(all.say(options, extractor))
}

impl Options {
    /// All that facts depend on but the documents.
    fn asked(&self, form: Form) -> Result<Value> {
        Ok(json!({
            "model": model::fingerprint(&self.model)?,
            "form": form.name(),
            "find_entities": self.find_entities,
            "any_types": self.types == Types::Any,
            "min_score": self.min_score,
            "precision": self.compute.precision,
            "reading": self.reading.options(),
        }))
    }
}
