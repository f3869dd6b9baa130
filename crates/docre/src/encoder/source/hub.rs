//! Downloads from the Hugging Face Hub.
//!
//! The client can't be told when to give up on a silent server. So it works on
//! a thread of its own that reports each step, and is left behind when it has
//! reported nothing for too long.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
};

use hf_hub::{
    Cache, Repo, RepoType,
    api::sync::{Api, ApiBuilder, ApiError, ApiRepo},
};

use super::{DownloadProgress, Places, staging::Staging};
use crate::{
    encoder::weights::{WEIGHTS, shards},
    text::{READABLE, can_be_read},
};

/// What is taken of a repository beside its weights, where it is there.
const FILES: [&str; 9] = [
    "config.json",
    "bert_config.json",
    "added_tokens.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
];

/// A report from the thread that downloads.
enum Step {
    File(String, u64),
    Bytes(u64),
    Done(Result<String, String>),
}

/// Downloads a repository and returns its folder and revision.
pub(super) fn download(
    repository: &str,
    places: &Places,
    staging: &Staging,
    progress: &mut dyn DownloadProgress,
) -> Result<(PathBuf, String), String> {
    let work = staging.folder("hub").map_err(|e| e.to_string())?;
    let folder = staging.folder("encoder").map_err(|e| e.to_string())?;
    let api = ApiBuilder::from_cache(Cache::new(work))
        .with_endpoint(places.hub.clone())
        .with_token(places.hub_token.clone())
        .with_progress(false)
        .build()
        .map_err(|e| describe(&e))?;
    let (steps, reports) = mpsc::channel();
    let (repository, target) = (repository.to_string(), folder.clone());
    thread::spawn(move || {
        let result = transfer(&api, &repository, &target, &steps);
        let _ = steps.send(Step::Done(result)); // nobody listens any more after a timeout
    });
    loop {
        match reports.recv_timeout(places.patience) {
            Ok(Step::File(name, bytes)) => progress.file(&name, bytes),
            Ok(Step::Bytes(bytes)) => progress.advanced(bytes),
            Ok(Step::Done(result)) => return result.map(|revision| (folder, revision)),
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("no answer for {} s", places.patience.as_secs_f32()));
            }
            Err(RecvTimeoutError::Disconnected) => return Err("the download broke off".into()),
        }
    }
}

/// Gets all files into `target`, and returns the commit that they are of.
fn transfer(
    api: &Api,
    repository: &str,
    target: &Path,
    steps: &Sender<Step>,
) -> Result<String, String> {
    let info = api.model(repository.into()).info().map_err(|e| describe(&e))?;
    let has = |name: &str| info.siblings.iter().any(|file| file.rfilename == name);
    // All files are of one commit, even if the repository changes meanwhile.
    let pinned = Repo::with_revision(repository.into(), RepoType::Model, info.sha.clone());
    let files = api.repo(pinned);
    let weights = WEIGHTS.into_iter().find(|name| has(name));
    let weights = weights.ok_or("the repository has neither safetensors nor PyTorch weights")?;
    if !can_be_read(has) {
        return Err(format!(
            "the repository has neither {READABLE}; in Python, \
             transformers.AutoTokenizer.from_pretrained(\"{repository}\").save_pretrained(folder) \
             writes tokenizer.json; name a folder that holds it, config.json and the weights"
        ));
    }
    for name in FILES.into_iter().filter(|name| has(name)).chain([weights]) {
        get(&files, name, target, steps)?;
    }
    if weights.ends_with(".json") {
        for shard in shards(&target.join(weights)).map_err(|e| e.to_string())? {
            if Path::new(&shard).components().count() != 1 || shard.starts_with('.') {
                return Err(format!("{weights} names the file {shard}"));
            }
            get(&files, &shard, target, steps)?;
        }
    }
    Ok(info.sha)
}

fn get(files: &ApiRepo, name: &str, target: &Path, steps: &Sender<Step>) -> Result<(), String> {
    let report = Report { steps: steps.clone(), started: false };
    let path = files
        .download_with_progress(name, report)
        .map_err(|e| format!("{name}: {}", describe(&e)))?;
    // The client's cache is made of links to files.
    let file = fs::canonicalize(&path).and_then(|file| fs::rename(file, target.join(name)));
    file.map_err(|e| format!("{name}: {e}"))
}

/// The client's progress, sent on.
struct Report {
    steps: Sender<Step>,
    /// The client announces a file twice.
    started: bool,
}

impl hf_hub::api::Progress for Report {
    fn init(&mut self, size: usize, filename: &str) {
        if !self.started {
            let _ = self.steps.send(Step::File(filename.into(), size as u64));
        }
        self.started = true;
    }

    fn update(&mut self, size: usize) {
        let _ = self.steps.send(Step::Bytes(size as u64));
    }

    fn finish(&mut self) {}
}

fn describe(error: &ApiError) -> String {
    let message = error.to_string();
    if message.contains("401") || message.contains("404") {
        // The Hub answers 401 for what doesn't exist, too.
        return format!("no such repository, or not for this user ({message})");
    }
    message
}
