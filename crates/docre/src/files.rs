//! Output files that are whole or not there at all.

mod beside;
#[cfg(feature = "model")]
mod lock;
#[cfg(feature = "model")]
mod new_folders;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "model")]
use serde::{Serialize, de::DeserializeOwned};
use tempfile::NamedTempFile;

pub(crate) use self::beside::BesideFolder;
#[cfg(feature = "model")]
pub(crate) use self::lock::FolderLock;
#[cfg(feature = "model")]
pub(crate) use self::new_folders::NewFolders;
use crate::{Error, Result, inputs};

/// Writes a file through `write`: whole, or not at all. An older file of this
/// name stays as it is until the new one is complete.
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("metrics.json");
/// docre::files::write_atomically(&path, |file| writeln!(file, "{{}}")).unwrap();
/// assert_eq!(std::fs::read_to_string(path).unwrap(), "{}\n");
/// ```
pub fn write_atomically(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    let mut file = AtomicFile::create(path)?;
    write(&mut file).map_err(Error::io(path, "write"))?;
    file.commit()
}

/// Writes a value as JSON: whole, or not at all.
#[cfg(feature = "model")]
pub(crate) fn write_json(path: impl AsRef<Path>, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).expect("it has a JSON form");
    write_atomically(path, |file| file.write_all(text.as_bytes()))
}

/// Reads what [`write_json`] wrote. `what` it should hold is told where it doesn't.
#[cfg(feature = "model")]
pub(crate) fn require_json<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T> {
    let text = inputs::read_settings(path)?;
    serde_json::from_str(&text).map_err(|error| Error::file(path, format!("isn't {what}: {error}")))
}

/// The same; `None` where there is no such file.
#[cfg(feature = "model")]
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, what: &str) -> Result<Option<T>> {
    if path.exists() { require_json(path, what).map(Some) } else { Ok(None) }
}

/// Removes what killed processes have left in a folder.
#[cfg(feature = "model")]
pub(crate) use self::beside::sweep_once as sweep;

/// A file that takes its name only with [`commit`](Self::commit): it is written
/// beside its place and then renamed. Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    output: Output,
}

#[derive(Debug)]
enum Output {
    /// Written beside `target`, to replace it.
    Beside { file: BufWriter<NamedTempFile>, target: PathBuf },
    /// Written as it comes: a pipe or device, which can't be replaced.
    Direct(BufWriter<File>),
    /// Kept in memory.
    Memory(SharedBytes),
}

/// Bytes that were written, for who holds a copy.
#[derive(Debug, Clone, Default)]
pub struct SharedBytes(Arc<Mutex<Vec<u8>>>);

impl SharedBytes {
    /// Takes what was written so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for SharedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AtomicFile {
    /// Starts a file. The folder has to exist.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        if let Some(target) = inputs::lost_link(&path) {
            let problem = format!(
                "is a link to {}, which isn't there; remove the link, or name another file",
                target.display()
            );
            return Err(Error::file(path, problem));
        }
        if names_folder(&path) {
            return Err(Error::file(path, "is the name of a folder; name a file in it"));
        }
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let output = match fs::metadata(&target) {
            Ok(found) if found.is_dir() => {
                return Err(Error::file(path, "is a folder, so no file can be written there"));
            }
            Ok(found) if inputs::is_pipe(&found) => open_pipe(&target),
            Ok(found) if !found.is_file() => open_direct(&target),
            _ => open_beside(target),
        };
        Ok(Self { output: output.map_err(Error::io(&path, "create"))?, path })
    }

    /// Takes an open file that can't be replaced, such as standard output, and writes
    /// to it as it comes. `name` stands for it in messages.
    pub fn direct(file: File, name: impl AsRef<Path>) -> Self {
        let path = name.as_ref().to_path_buf();
        Self { path, output: Output::Direct(BufWriter::new(file)) }
    }

    /// No file: what is written is in the bytes. `name` stands for it in messages.
    pub fn in_memory(name: impl AsRef<Path>) -> (Self, SharedBytes) {
        let bytes = SharedBytes::default();
        let path = name.as_ref().to_path_buf();
        (Self { path, output: Output::Memory(bytes.clone()) }, bytes)
    }

    /// Its name in messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// An error in writing it.
    pub(crate) fn write_error(&self, error: io::Error) -> Error {
        Error::io(&self.path, "write")(error)
    }

    /// Lets others see what was written, where it isn't held back until the file is whole.
    pub(crate) fn flush_direct(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Direct(file) => file.flush(),
            Output::Beside { .. } | Output::Memory(_) => Ok(()),
        }
    }

    /// Gives the finished file its name, replacing an older one.
    pub fn commit(self) -> Result<()> {
        let path = self.path;
        match self.output {
            Output::Direct(mut file) => file.flush(),
            Output::Beside { file, target } => replace(file, &target),
            Output::Memory(_) => Ok(()),
        }
        .map_err(Error::io(&path, "write"))
    }
}

/// Whether a path can only be that of a folder, whether or not it is there.
fn names_folder(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let text = text.strip_suffix('.').unwrap_or(&text);
    text.ends_with(std::path::is_separator)
}

fn open_direct(target: &Path) -> io::Result<Output> {
    let file = File::options().write(true).open(target)?;
    Ok(Output::Direct(BufWriter::new(file)))
}

/// Opens a pipe that somebody reads. One that nobody reads would have to be waited for.
#[cfg(unix)]
fn open_pipe(target: &Path) -> io::Result<Output> {
    use rustix::{
        fs::{Mode, OFlags, fcntl_setfl, open},
        io::Errno,
    };
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let pipe = open(target, flags, Mode::empty()).map_err(|error| match error {
        Errno::NXIO => io::Error::other("nobody reads this pipe; begin to read it before"),
        error => error.into(),
    })?;
    fcntl_setfl(&pipe, OFlags::empty())?; // to write is to wait, as for a file
    Ok(Output::Direct(BufWriter::new(pipe.into())))
}

#[cfg(not(unix))]
fn open_pipe(target: &Path) -> io::Result<Output> {
    open_direct(target)
}

fn open_beside(target: PathBuf) -> io::Result<Output> {
    let file = beside::file(&target).map_err(plain)?;
    Ok(Output::Beside { file: BufWriter::new(file), target })
}

/// The same error without the name of the file beside, which the user never sees.
fn plain(error: io::Error) -> io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), said.to_owned())
}

fn replace(file: BufWriter<NamedTempFile>, target: &Path) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    // On the disk before it has the name, or a power cut could leave an empty file.
    file.as_file().sync_all()?;
    file.persist(target)?;
    Ok(())
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.output {
            Output::Beside { file, .. } => file.write(bytes),
            Output::Direct(file) => file.write(bytes),
            Output::Memory(shared) => shared.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Beside { file, .. } => file.flush(),
            Output::Direct(file) => file.flush(),
            Output::Memory(_) => Ok(()),
        }
    }
}
