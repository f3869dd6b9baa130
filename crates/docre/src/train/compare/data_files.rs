//! The documents of runs that are yet to be done, read through before the first of them begins.

use std::path::Path;

use crate::{
    Error, Result,
    corpus::{self, Input, ReadDocument},
    document::Document,
    eval::Truth,
};

/// The documents of a run.
pub(super) struct DataFiles<'a> {
    pub train: &'a Path,
    pub dev: Option<&'a Path>,
    pub input: Input,
}

/// Refuses dev files and training files that can't be read or aren't labelled: what a later run
/// would miss shouldn't be told only then. Each file is read once.
pub(super) fn check(all: &[DataFiles]) -> Result<()> {
    let mut known = Vec::new();
    for DataFiles { dev, input, .. } in all {
        let Some(dev) = dev else { continue };
        if !known.contains(&(*dev, input)) {
            Truth::read_as(dev, input)?;
            known.push((*dev, input));
        }
    }
    for DataFiles { train, input, .. } in all {
        if !known.contains(&(*train, input)) {
            check_training(train, input)?;
            known.push((*train, input));
        }
    }
    Ok(())
}

/// Refuses what a run would refuse of a training file, but for what depends on its recipe.
fn check_training(path: &Path, input: &Input) -> Result<()> {
    let mut with_facts = false;
    let has_facts = |document: &Document| !document.labelled_facts().is_empty();
    if *input == Input::Documents {
        corpus::read(path)?.process(
            |read| read,
            |read| {
                let ReadDocument { index, document, .. } = read?;
                if document.facts.is_none() {
                    let (path, title) = (path.to_path_buf(), document.title);
                    let problem = "has no labels, so nothing can be learned from it".into();
                    return Err(Error::Document { path, index, title, problem });
                }
                with_facts |= has_facts(&document);
                Ok(())
            },
        )?;
    } else {
        with_facts = input.read(path)?.documents.iter().any(has_facts);
    }
    if with_facts {
        Ok(())
    } else {
        Err(Error::file(path, "holds no labelled fact, so there is nothing to learn from"))
    }
}
