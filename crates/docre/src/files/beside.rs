//! What is written beside its place before it takes its name: `.NAME.XXXXXX.docre.part`.
//!
//! It is locked as long as it is written. So what a killed process has left is known by a lock
//! that can be taken, and it goes when docre next writes into the folder.

use std::{
    collections::HashSet,
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tempfile::{Builder, NamedTempFile, TempDir};

use crate::inputs;

const SUFFIX: &str = ".docre.part";

/// The characters of a name that are kept.
const NAME_KEPT: usize = 40;

/// An older folder, for the moment in which the new one takes its name, where the two can't
/// change places.
#[cfg(feature = "model")]
const OLDER: &str = ".docre.old";

/// A file beside `target`.
pub(super) fn file(target: &Path) -> io::Result<NamedTempFile> {
    let folder = folder_of(target);
    sweep_once(folder);
    loop {
        // Temporary files are the owner's alone; this one becomes an ordinary file.
        let file = builder(target, 0o666, |builder| builder.tempfile_in(folder))?;
        let _ = file.as_file().lock(); // where there are no locks, nothing is swept either
        if is_there(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
}

/// A folder beside the one that it is meant for. Dropped, it goes with all that is in it.
#[derive(Debug)]
pub(crate) struct BesideFolder {
    target: PathBuf,
    work: TempDir,
    /// Held, never read.
    _lock: Option<File>,
}

impl BesideFolder {
    /// An empty one. The folder that holds both has to exist, and nothing but a folder may have
    /// the name already.
    pub fn create(target: &Path) -> io::Result<Self> {
        check_is_folder(target)?;
        let folder = folder_of(target);
        sweep_once(folder);
        loop {
            let work = builder(target, 0o777, |builder| builder.tempdir_in(folder))?;
            let lock = File::open(work.path()).ok();
            let _ = lock.as_ref().map(File::lock);
            if lock.as_ref().is_none_or(|lock| is_there(lock, work.path())) {
                return Ok(Self { target: target.to_path_buf(), work, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.work.path()
    }

    /// Gives it its name, which nothing may have.
    pub fn take_name(self) -> io::Result<()> {
        fs::rename(self.work.path(), &self.target)
    }
}

#[cfg(feature = "model")]
impl BesideFolder {
    /// Gives it its name. A folder that has the name is replaced as a whole; what is in that but
    /// not in this one is taken over.
    pub fn replace(self) -> io::Result<()> {
        if !self.target.exists() {
            return self.take_name();
        }
        take_over(&self.target, self.path())?;
        exchange(self.path(), &self.target)
    }

    /// An error about something in it, as one about the place that it is meant for.
    pub fn in_place(&self, error: crate::Error) -> crate::Error {
        use crate::Error;
        let place = |path: PathBuf| match path.strip_prefix(self.path()) {
            Ok(name) => self.target.join(name),
            Err(_) => path,
        };
        match error {
            Error::Io { path, action, source } => Error::Io { path: place(path), action, source },
            Error::File { path, problem } => Error::File { path: place(path), problem },
            Error::Limit { path, problem } => Error::Limit { path: place(path), problem },
            other => other,
        }
    }
}

/// Refuses a name that no folder can take.
fn check_is_folder(target: &Path) -> io::Result<()> {
    let problem = match (inputs::lost_link(target), fs::metadata(target)) {
        (Some(to), _) => format!("it is a link to {}, which isn't there", to.display()),
        (None, Ok(found)) if !found.is_dir() => "there is a file of this name".into(),
        _ => return Ok(()),
    };
    Err(io::Error::other(problem))
}

/// What a folder has and another hasn't, in both.
#[cfg(feature = "model")]
fn take_over(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let is_part = entry.file_name().to_string_lossy().ends_with(SUFFIX);
        if is_part || target.symlink_metadata().is_ok() {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            take_over(&path, &target)?;
        } else {
            fs::hard_link(&path, &target).or_else(|_| fs::copy(&path, &target).map(drop))?;
        }
    }
    Ok(())
}

/// Lets two folders change places: at no moment is there none of the name.
#[cfg(all(feature = "model", target_os = "linux"))]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    // Some file systems can't.
    renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE).or_else(|_| replace_in_two(new, old))
}

#[cfg(all(feature = "model", not(target_os = "linux")))]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    replace_in_two(new, old)
}

/// A kill between the two steps leaves the older folder, which gets its name back later.
#[cfg(feature = "model")]
fn replace_in_two(new: &Path, old: &Path) -> io::Result<()> {
    let name = old.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder_of(old).join(format!(".{name}{OLDER}"));
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    let _ = fs::remove_dir_all(aside); // what stays goes the next time
    Ok(())
}

fn folder_of(target: &Path) -> &Path {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn builder<T>(
    target: &Path,
    #[cfg_attr(not(unix), allow(unused))] mode: u32,
    create: impl FnOnce(&Builder) -> io::Result<T>,
) -> io::Result<T> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // All of a long name would leave no room for what stands behind it.
    let name: String = name.chars().take(NAME_KEPT).collect();
    let prefix = format!(".{name}.");
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    create(&builder)
}

/// Whether it wasn't swept away between its creation and its lock.
fn is_there(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    let linked = |found: Metadata| std::os::unix::fs::MetadataExt::nlink(&found) > 0;
    #[cfg(not(unix))]
    let linked = |_: Metadata| true;
    path.exists() && file.metadata().is_ok_and(linked)
}

/// Removes what killed processes have left in a folder, once a process.
pub(crate) fn sweep_once(folder: &Path) {
    static SWEPT: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let swept = swept.get_or_insert_default();
    if !swept.contains(folder) {
        swept.insert(folder.to_path_buf());
        sweep(folder);
    }
}

/// What can't be read or removed stays: it only takes room.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix('.')) else { continue };
        if name.ends_with(SUFFIX) {
            remove_unlocked(&entry.path());
        }
        #[cfg(feature = "model")]
        if let Some(name) = name.strip_suffix(OLDER) {
            let _ = match folder.join(name) {
                place if place.exists() => fs::remove_dir_all(entry.path()),
                place => fs::rename(entry.path(), place),
            };
        }
    }
}

/// Removes a file or folder that nobody writes.
fn remove_unlocked(path: &Path) {
    let Ok(found) = path.symlink_metadata() else { return };
    if !(found.is_file() || found.is_dir()) {
        return;
    }
    let Ok(file) = File::open(path) else { return };
    if file.try_lock().is_ok() {
        // Held meanwhile: whoever has just created it sees that it has gone.
        let _ = if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}
