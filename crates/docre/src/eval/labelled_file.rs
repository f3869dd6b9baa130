//! The documents of a file in which each one must be labelled.

use std::path::Path;

use crate::corpus::{self, LeftOut, ReadDocument, ReadOptions};
use crate::document::Document;
use crate::{Error, Result};

/// Gives `take` the documents of a training file, which must all be labelled, and returns what a
/// lenient reading has left out.
pub(crate) fn read_labelled(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    mut take: impl FnMut(&Document),
) -> Result<LeftOut> {
    let path = path.as_ref();
    let problems = corpus::read(path)?.with_options(options.clone()).process_whole(
        |read| read,
        |read| -> Result<()> {
            let ReadDocument { index, document, .. } = read;
            if document.facts.is_none() {
                let (path, title) = (path.to_path_buf(), document.title);
                let problem = "has no labels, so it is no training document".into();
                return Err(Error::Document { path, index, title, problem });
            }
            take(&document);
            Ok(())
        },
    )?;
    Ok(problems.into())
}
