//! Files that a command writes, looked at before it does anything.

use std::{fs, path::Path};

use docre::{Error, Result, files::AtomicFile};

/// Refuses output files that can't be written, that are the same, or that would take the place
/// of an input.
pub fn check<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let mut taken: Vec<_> = inputs.into_iter().map(|input| (whole(input), "is read")).collect();
    for output in outputs {
        AtomicFile::create(output).map(drop)?;
        let path = whole(output);
        if let Some((_, use_)) = taken.iter().find(|(other, _)| *other == path) {
            let problem = format!("{use_} by this very command; name another file to write to");
            return Err(Error::file(output, problem));
        }
        taken.push((path, "is written"));
    }
    Ok(())
}

/// The file that a path leads to. One that doesn't exist yet is known by its folder.
fn whole(path: &Path) -> std::path::PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        folder.join(path.file_name().unwrap_or_default())
    })
}
