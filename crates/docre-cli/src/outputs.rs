//! Files that a command writes, looked at before it does anything.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use docre::{Error, Result, files::AtomicFile, output::Place, train::is_kept};

use crate::output;

/// How long a pipe's reader is waited for: a shell starts both at the same time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pipes that stay open as long as a command goes on: whoever reads one has seen its end when
/// nobody writes to it any more.
#[must_use]
pub struct Held(Vec<AtomicFile>);

/// The endings of reports, which no model or run needs.
const REPORTS: [&str; 3] = ["html", "md", "csv"];

/// Whether nothing is there, or an empty folder.
pub fn is_free(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => path.symlink_metadata().is_err(),
    }
}

/// Refuses output files that can't be written, that are the same, or that would take the place
/// of an input, of a part of one that is a folder, or of a part of a model or run.
pub fn check<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<Held> {
    let inputs: Vec<PathBuf> = inputs.into_iter().map(|input| whole(input.as_ref())).collect();
    let (mut written, mut held) = (Vec::new(), Held(Vec::new()));
    for output in outputs {
        let file = create(output)?;
        if is_stream(output) {
            held.0.push(file);
        }
        let path = whole(output);
        let problem = if inputs.contains(&path) {
            "is read by this very command"
        } else if written.contains(&path) {
            "is written by this very command"
        } else if is_part(&path, &inputs) {
            "is part of an input, a model or a run"
        } else {
            written.push(path);
            continue;
        };
        return Err(Error::file(output, format!("{problem}; name another file to write to")));
    }
    Ok(held)
}

fn create(path: &Path) -> Result<AtomicFile> {
    let asked = Instant::now();
    loop {
        match AtomicFile::create(path) {
            Err(_) if is_stream(path) && asked.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(10));
            }
            created => return created,
        }
    }
}

/// Where facts go; standard output where nothing is named.
pub fn place(path: Option<&Path>) -> Result<Place> {
    match path {
        Some(path) => Ok(path.into()),
        None => Ok(AtomicFile::direct(output::file()?, output::NAME).into()),
    }
}

/// Whether it is a pipe or device, which can't be closed again without a reader's seeing it.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Whether a file is there already, in a folder that needs it.
fn is_part(path: &Path, inputs: &[PathBuf]) -> bool {
    let is_report = path.extension().is_some_and(|ending| REPORTS.iter().any(|of| ending == *of));
    let is_needed = || inputs.iter().any(|input| path.starts_with(input));
    !is_report && path.exists() && (is_needed() || is_kept(path))
}

/// The file that a path leads to. One that doesn't exist yet is known by its folder.
pub fn whole(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        folder.join(path.file_name().unwrap_or_default())
    })
}
