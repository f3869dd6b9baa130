//! A published file, checked, and its content put under the names that recipes know.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use super::{Gives, Member, Published};
use crate::{
    Error, Result,
    fetch::{Hash, git_tree, unpack},
    files::{self, BesideFolder},
};

/// Checks what lies at `from` and puts what it gives into `folder`. `from` is what the publisher
/// gives, or what has been made of that already. Whether all of it was compared with a hash.
pub(super) fn take(file: &Published, from: &Path, folder: &Path) -> Result<bool> {
    let mut compared = false;
    let is_as_published = from.file_name() == Some(OsStr::new(file.published_name()));
    if let (Some(hash), true) = (file.hash, from.is_file()) {
        // What is unpacked already has no hash that a publisher states.
        if is_as_published || matches!(file.gives, Gives::File(_)) {
            check(hash, from, from, "file")?;
            compared = true;
        }
    }
    match &file.gives {
        Gives::Gzip(name) if is_as_published => {
            let packed = File::open(from).map_err(Error::io(from, "read"))?;
            write(GzDecoder::new(packed), from, &folder.join(name))?;
        }
        Gives::File(name) | Gives::Gzip(name) => copy(from, from, &folder.join(name))?,
        Gives::Members(members) => {
            let unpacked = from.is_file().then(|| unpacked(from, folder)).transpose()?;
            let place = unpacked.as_ref().map_or(from, BesideFolder::path);
            members_of(place, from, members, folder)?;
            compared |= members.iter().all(|member| member.hash.is_some());
        }
        Gives::Folder { inside, name, tree } => {
            let unpacked = from.is_file().then(|| unpacked(from, folder)).transpose()?;
            let found = match &unpacked {
                Some(unpacked) => folder_in(unpacked.path(), Path::new(inside)),
                None => Some(from.to_path_buf()),
            };
            let missing = || Error::file(from, format!("has no folder {inside}"));
            take_folder(&found.ok_or_else(missing)?, from, *tree, &folder.join(name))?;
            compared |= tree.is_some();
        }
    }
    Ok(compared)
}

/// Refuses a file that isn't the published one. `from` is what the user knows, and `what` the file in
/// it.
fn check(hash: Hash, file: &Path, from: &Path, what: &str) -> Result<()> {
    match hash.is_of(file).map_err(Error::io(from, "read"))? {
        true => Ok(()),
        false => Err(another(from, what)),
    }
}

fn another(from: &Path, what: &str) -> Error {
    Error::file(from, format!("the {what} isn't the published one: its hash is another"))
}

fn write(mut content: impl io::Read, from: &Path, target: &Path) -> Result<()> {
    let read = |error: io::Error| Error::file(from, format!("can't be unpacked: {error}"));
    let mut failed = None;
    let written = files::write_atomically(target, |file| match io::copy(&mut content, file) {
        Ok(_) => Ok(()),
        Err(error) => {
            failed = Some(error.kind());
            Err(error)
        }
    });
    match failed {
        Some(
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof,
        ) => Err(read(io::ErrorKind::InvalidData.into())),
        _ => written,
    }
}

/// Copies a file of what the user knows as `from`.
fn copy(file: &Path, from: &Path, target: &Path) -> Result<()> {
    write(File::open(file).map_err(Error::io(from, "read"))?, from, target)
}

/// An archive's content, in a folder that goes with the value.
fn unpacked(archive: &Path, folder: &Path) -> Result<BesideFolder> {
    let place = folder.join("unpacked");
    let unpacked = BesideFolder::create(&place).map_err(Error::io(folder, "write"))?;
    unpack(archive, unpacked.path()).map_err(|problem| Error::file(archive, problem))?;
    Ok(unpacked)
}

/// Takes files of a folder, or of the archive `from` that it was unpacked of; all of them or none.
fn members_of(unpacked: &Path, from: &Path, members: &[Member], folder: &Path) -> Result<()> {
    let mut found = Vec::new();
    for member in members {
        let file = file_in(unpacked, OsStr::new(member.inside));
        let missing = || Error::file(from, format!("has no file {}", member.inside));
        let file = file.ok_or_else(missing)?;
        if let Some(hash) = member.hash {
            check(hash, &file, from, member.inside)?;
        }
        found.push((file, member.name));
    }
    found.into_iter().try_for_each(|(file, name)| copy(&file, from, &folder.join(name)))
}

fn take_folder(found: &Path, from: &Path, tree: Option<&str>, target: &Path) -> Result<()> {
    if let Some(tree) = tree
        && git_tree(found).map_err(Error::io(from, "read"))? != tree
    {
        return Err(another(from, "folder"));
    }
    let copied = BesideFolder::create(target).map_err(Error::io(target, "create"))?;
    copy_files(found, copied.path()).map_err(Error::io(target, "write"))?;
    copied.take_name().map_err(Error::io(target, "create"))
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in entries(from) {
        let target = to.join(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            fs::create_dir(&target)?;
            copy_files(&entry, &target)?;
        } else {
            fs::copy(&entry, &target)?;
        }
    }
    Ok(())
}

/// The first file of this name in a folder or those below it.
fn file_in(folder: &Path, name: &OsStr) -> Option<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|e| e.is_dir());
    let here = files.into_iter().find(|file| file.file_name() == Some(name));
    here.or_else(|| folders.iter().find_map(|folder| file_in(folder, name)))
}

/// The first folder below one whose path ends so.
fn folder_in(folder: &Path, end: &Path) -> Option<PathBuf> {
    let folders: Vec<_> = entries(folder).into_iter().filter(|entry| entry.is_dir()).collect();
    let here = folders.iter().find(|folder| folder.ends_with(end)).cloned();
    here.or_else(|| folders.iter().find_map(|folder| folder_in(folder, end)))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<_> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    entries
}
