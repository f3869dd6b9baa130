//! Input files that are read whole: settings, relations, tokenizers.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The longest file of settings that is read. Tokenizers, the largest of them, have some 20 MB.
const LONGEST: u64 = 256 << 20;

/// The text of a small file. What has no end, and what is longer than any such file, is refused.
pub(crate) fn read_settings(path: &Path) -> Result<String> {
    let found = look_at(path)?;
    refuse_endless(path, &found)?;
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(Error::io(path, "read"))?;
    refuse_pointer(path, &bytes)?;
    if bytes.len() as u64 > LONGEST {
        let problem =
            format!("is longer than {} MB, so it can't be what it should be", LONGEST >> 20);
        return Err(Error::limit(path, problem));
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Error::file(path, format!("is not UTF-8 text (at its byte {place})"))
    })
}

/// Refuses what is no ordinary file: weights are read at places of their own choice.
pub(crate) fn check_file(path: &Path) -> Result<()> {
    let found = look_at(path)?;
    if !found.is_file() {
        return Err(Error::file(path, format!("is {}, not a file", kind(&found))));
    }
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    file.take(POINTER.len() as u64).read_to_end(&mut start).map_err(Error::io(path, "read"))?;
    refuse_pointer(path, &start)
}

/// Whether a path is an ordinary file, not a pipe or a device.
pub(crate) fn is_plain_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// How the small file begins that stands for a large one in a repository of Git.
const POINTER: &[u8] = b"version https://git-lfs";

/// Refuses what Git leaves in place of a large file where its extension LFS isn't installed.
fn refuse_pointer(path: &Path, bytes: &[u8]) -> Result<()> {
    if !bytes.starts_with(POINTER) {
        return Ok(());
    }
    let problem = "is a pointer of Git LFS, not the file itself: install Git LFS and run \
                   \"git lfs pull\" in its folder, or get the file again";
    Err(Error::file(path, problem))
}

/// Opens a file of data, which may also come through a pipe or be typed, but not from a device
/// that gives bytes without end.
pub(crate) fn open_data(path: &Path) -> Result<File> {
    check_data(path)?;
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    let found = file.metadata().map_err(Error::io(path, "read"))?;
    if found.is_file() || found.is_dir() || is_pipe(&found) || file.is_terminal() {
        return Ok(file);
    }
    Err(Error::file(path, format!("is {}, not a file", kind(&found))))
}

/// Refuses a file of data that isn't there, and a pipe that has a name: to open one may be to
/// wait for ever.
pub fn check_data(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    if !is_pipe(&look_at(path)?) || is_nameless(path) {
        return Ok(());
    }
    let problem = "is a pipe with a name, to which nobody may ever write; name a file, or give \
                   what comes through it as <(cat PIPE) in a shell";
    Err(Error::file(path, problem))
}

/// Refuses what can't be read a second time, where data are read more than once.
pub(crate) fn check_rereadable(path: &Path) -> Result<()> {
    let found = look_at(path)?;
    if found.is_file() || found.is_dir() {
        return Ok(());
    }
    let problem =
        format!("is {}, but is read more than once; write it to a file before", kind(&found));
    Err(Error::file(path, problem))
}

/// Refuses a place for a folder in which something else is.
#[cfg(feature = "model")]
pub(crate) fn check_folder(path: &Path) -> Result<()> {
    let is_there = |path: &&Path| path.symlink_metadata().is_ok();
    // Those that aren't there yet can be made, if what is above them is a folder.
    let Some(path) = path.ancestors().find(is_there) else { return Ok(()) };
    let problem = match (lost_link(path), fs::metadata(path)) {
        (Some(target), _) => format!("is a link to {}, which isn't there", target.display()),
        (None, Ok(found)) if !found.is_dir() => format!("is {}", kind(&found)),
        _ => return Ok(()),
    };
    Err(Error::file(path, format!("{problem}, where a folder should be; name another folder")))
}

/// Refuses a place for a file in which no ordinary file is: to open what is there instead may be
/// to wait for ever, or to write somewhere else.
#[cfg(feature = "model")]
pub(crate) fn check_place(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(()); // nothing is there yet
    }
    let found = look_at(path)?;
    if found.is_file() {
        return Ok(());
    }
    let problem = format!("is {}, where a file of docre should be; remove it", kind(&found));
    Err(Error::file(path, problem))
}

/// What is known of a file; a link that leads nowhere is told as what it is.
fn look_at(path: &Path) -> Result<Metadata> {
    fs::metadata(path).map_err(|error| match lost_link(path) {
        Some(target) => {
            Error::file(path, format!("is a link to {}, which isn't there", target.display()))
        }
        None => Error::io(path, "read")(error),
    })
}

/// Where a link leads that leads nowhere.
pub(crate) fn lost_link(path: &Path) -> Option<PathBuf> {
    let is_lost = fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    fs::read_link(path).ok().filter(|_| is_lost)
}

/// Refuses folders and devices, and pipes that have a name: nobody may be writing to them. A
/// pipe without one comes from another program (`<(...)` in a shell).
fn refuse_endless(path: &Path, found: &Metadata) -> Result<()> {
    if found.is_file() || (is_pipe(found) && is_nameless(path)) {
        return Ok(());
    }
    Err(Error::file(path, format!("is {}, not a file", kind(found))))
}

/// Whether a pipe has no place in the file system: it comes from another program.
fn is_nameless(pipe: &Path) -> bool {
    fs::canonicalize(pipe).is_err()
}

fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() {
        "a folder"
    } else if found.is_file() {
        "a file"
    } else if is_pipe(found) {
        "a pipe"
    } else {
        "a device"
    }
}

#[cfg(unix)]
pub(crate) fn is_pipe(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_fifo()
}

#[cfg(not(unix))]
pub(crate) fn is_pipe(_found: &Metadata) -> bool {
    false
}
