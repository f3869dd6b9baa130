//! The model that comes with docre.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{Error, Result, files::BesideFolder, fingerprint, inputs};

/// Its name, which stands for its folder wherever a model's is asked for.
pub const BUILT_IN: &str = "docre-small";

/// What it is, for people.
const CARD: &str = include_str!("../../models/README.md");

/// A file of it.
struct Packed {
    name: &'static str,
    bytes: &'static [u8],
}

#[cfg(feature = "small")]
macro_rules! packed {
    ($name:literal) => {
        Packed { name: $name, bytes: include_bytes!(concat!("../../models/docre-small/", $name)) }
    };
}

#[cfg(feature = "small")]
const FILES: &[Packed] = &[
    packed!("config.toml"),
    packed!("relations.json"),
    packed!("tokenizer.json"),
    packed!("model.safetensors"),
];
#[cfg(not(feature = "small"))]
const FILES: &[Packed] = &[];

/// A model's folder: the given one or, for the name [`BUILT_IN`] where no such folder is, that of the
/// model that comes with docre. It is unpacked, once, into the user's cache (`DOCRE_CACHE`, else
/// `docre` in `XDG_CACHE_HOME`, `LOCALAPPDATA` or `.cache` of the home folder).
///
/// # Errors
///
/// If this docre was built without the feature `small`, or the cache can't be written.
pub fn model_folder(given: &Path) -> Result<PathBuf> {
    if given != Path::new(BUILT_IN) || given.join("config.toml").exists() {
        return Ok(given.to_path_buf());
    }
    if FILES.is_empty() {
        let problem = "is the name of the model that comes with docre, but this docre was built \
                       without it (the feature small); name a model's folder";
        return Err(Error::file(given, problem));
    }
    // A command asks for it several times, and comparing it reads all of it.
    static WHOLE: OnceLock<PathBuf> = OnceLock::new();
    if let Some(folder) = WHOLE.get() {
        return Ok(folder.clone());
    }
    let folder = cache().join(format!("{BUILT_IN}-{}", version()));
    if !is_whole(&folder) {
        unpack(&folder)?;
    }
    Ok(WHOLE.get_or_init(|| folder).clone())
}

/// The model card, the `README.md` in a model's folder; `None` where there is none.
pub fn card(folder: impl AsRef<Path>) -> Option<String> {
    let given = folder.as_ref();
    if given == Path::new(BUILT_IN) && !given.join("config.toml").exists() {
        return Some(CARD.to_owned());
    }
    inputs::read_settings(&given.join("README.md")).ok()
}

/// A number that identifies a model's folder: any change of a file would very likely change it.
pub fn fingerprint(folder: impl AsRef<Path>) -> Result<String> {
    fingerprint::fingerprint(&model_folder(folder.as_ref())?)
}

/// A number that another model would very likely change.
fn version() -> String {
    let described = FILES.iter().filter(|file| file.bytes.len() < 1 << 20);
    let lengths = FILES.iter().map(|file| file.bytes.len().to_string()).collect::<String>();
    let content: Vec<u8> = described.flat_map(|file| file.bytes).copied().collect();
    fingerprint::of_bytes(&[&content, lengths.as_bytes()].concat())
}

/// Whether each file has the bytes that it should: a disk may have failed, and a folder for temporary
/// files is everybody's.
fn is_whole(folder: &Path) -> bool {
    FILES.iter().all(|file| {
        let found = fs::read(folder.join(file.name));
        found.is_ok_and(|found| found == file.bytes)
    })
}

fn unpack(folder: &Path) -> Result<()> {
    let parent = folder.parent().expect("it is in the cache");
    let hint = |error: std::io::Error| {
        let problem = "cannot hold the model that comes with docre; name another folder for it by the \
                       variable DOCRE_CACHE";
        Error::file(parent, format!("{problem} ({error})"))
    };
    fs::create_dir_all(parent).map_err(hint)?;
    let beside = BesideFolder::create(folder).map_err(hint)?;
    for Packed { name, bytes } in FILES {
        let path = beside.path().join(name);
        let written = fs::write(&path, bytes).and_then(|()| fs::File::open(&path)?.sync_all());
        written.map_err(hint)?;
    }
    // Another process may have been faster, with the same.
    beside.replace().map_err(hint)
}

fn cache() -> PathBuf {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(own) = variable("DOCRE_CACHE") {
        return own.into();
    }
    let shared = variable("XDG_CACHE_HOME").or_else(|| variable("LOCALAPPDATA")).map(PathBuf::from);
    let in_home = || Some(env::home_dir()?.join(".cache"));
    shared.or_else(in_home).unwrap_or_else(env::temp_dir).join("docre")
}

#[cfg(all(test, feature = "small"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_before_the_name_and_the_cache_is_mended() {
        assert_eq!(model_folder(Path::new("runs/x")).unwrap(), Path::new("runs/x"));
        let place = tempfile::tempdir().unwrap();
        let broken = place.path().join("m");
        fs::create_dir(&broken).unwrap();
        fs::write(broken.join("config.toml"), "").unwrap();
        assert!(!is_whole(&broken));
        unpack(&broken).unwrap();
        assert!(is_whole(&broken));
        let mut weights = fs::read(broken.join("model.safetensors")).unwrap();
        let last = weights.len() - 1;
        weights[last] ^= 1;
        fs::write(broken.join("model.safetensors"), weights).unwrap();
        assert!(!is_whole(&broken));
    }
}
