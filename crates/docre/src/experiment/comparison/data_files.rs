//! The documents of runs that are yet to be done, read through before the first of them begins.

use std::path::Path;

use crate::{
    Error, Result,
    corpus::{Input, ReadOptions},
    document::{Document, FactScope},
    eval::{Truth, read_labelled},
};

/// The documents of a run.
pub(super) struct DataFiles<'a> {
    pub train: &'a Path,
    pub dev: Option<&'a Path>,
    pub input: Input,
    pub reading: ReadOptions,
}

/// Refuses dev files and training files that can't be read or aren't labelled: what a later run
/// would miss shouldn't be told only then. Each file is read once.
pub(super) fn check(all: &[DataFiles]) -> Result<()> {
    let mut known = Vec::new();
    for DataFiles { dev, input, reading, .. } in all {
        let Some(dev) = dev else { continue };
        if !known.contains(&(*dev, input, reading)) {
            Truth::read_within(dev, input, FactScope::default(), reading)?;
            known.push((*dev, input, reading));
        }
    }
    for DataFiles { train, input, reading, .. } in all {
        if !known.contains(&(*train, input, reading)) {
            check_training(train, input, reading)?;
            known.push((*train, input, reading));
        }
    }
    Ok(())
}

/// Refuses what a run would refuse of a training file, but for what depends on its recipe.
fn check_training(path: &Path, input: &Input, reading: &ReadOptions) -> Result<()> {
    let mut with_facts = false;
    let has_facts = |document: &Document| !document.labelled_facts().is_empty();
    if *input == Input::Documents {
        read_labelled(path, reading, |document| with_facts |= has_facts(document))?;
    } else {
        with_facts = input.read(path)?.documents.iter().any(has_facts);
    }
    if with_facts {
        return Ok(());
    }
    Err(Error::file(path, "holds no labelled fact, so there is nothing to learn from"))
}
