//! Finding encoders: every place, in order, and nothing half-written.

#![cfg(feature = "model")]

mod hub;
mod python_index;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use docre::encoder::source::{FoundEncoder, Places, Source, find};
use docre::fetch::DownloadProgress;
use support::golden;
use tempfile::TempDir;

/// The network is out of reach unless a test gives a server.
fn places(root: &Path) -> Places {
    Places {
        cache: root.join("cache"),
        hugging_face: Some(root.join("hf")),
        hub: "http://127.0.0.1:9".into(), // the discard port: nothing answers
        hub_token: None,
        python: root.join("no-python"),
        patience: Duration::from_secs(10),
        ..Places::new(root)
    }
}

fn bert() -> PathBuf {
    golden("encoders/bert")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn error_of(name: &str, places: &Places) -> String {
    find(name, places, &mut ()).unwrap_err().to_string()
}

/// The files and folders in a folder, hidden ones too.
fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_is_taken_as_it_is() {
    let root = TempDir::new().unwrap();
    let found = find(bert().to_str().unwrap(), &places(root.path()), &mut ()).unwrap();
    assert_eq!((found.folder, found.source), (bert(), Source::Folder));
    assert!(found.bytes > 1_000_000);
    assert!(listing(root.path()).is_empty());
}

#[test]
fn the_caches_are_asked_under_every_name() {
    let root = TempDir::new().unwrap();
    let places = Places { offline: true, ..places(root.path()) };
    let snapshot = root.path().join("hf/models--sentence-transformers--all-MiniLM-L6-v2");
    copy(&bert(), &snapshot.join("snapshots/abc"));
    fs::create_dir(snapshot.join("refs")).unwrap();
    fs::write(snapshot.join("refs/main"), "abc").unwrap();
    let found = find("minilm", &places, &mut ()).unwrap();
    assert_eq!(found.source, Source::HuggingFaceCache);
    assert_eq!(found.folder, snapshot.join("snapshots/abc"));

    copy(&bert(), &root.path().join("cache/minilm"));
    for name in ["minilm", "sentence-transformers/all-MiniLM-L6-v2"] {
        let found = find(name, &places, &mut ()).unwrap();
        assert_eq!(found.source, Source::Cache);
        assert_eq!(found.folder, root.path().join("cache/minilm"));
    }
}

#[test]
fn an_incomplete_hugging_face_cache_is_passed_over_and_named() {
    let root = TempDir::new().unwrap();
    let snapshot = root.path().join("hf/models--a--b");
    copy(&bert(), &snapshot.join("snapshots/abc"));
    fs::remove_file(snapshot.join("snapshots/abc/model.safetensors")).unwrap();
    fs::remove_file(snapshot.join("snapshots/abc/pytorch_model.bin")).unwrap();
    fs::create_dir(snapshot.join("refs")).unwrap();
    fs::write(snapshot.join("refs/main"), "abc").unwrap();
    let error = error_of("a/b", &Places { offline: true, ..places(root.path()) });
    assert!(error.contains("has no weights"), "{error}");
}

#[test]
fn the_error_says_what_each_place_answered() {
    let root = TempDir::new().unwrap();
    let error = error_of("minilm", &places(root.path()));
    for part in ["as a folder", "docre's cache", "Hugging Face cache", "no-python", "127.0.0.1:9"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let offline = error_of("minilm", &Places { offline: true, ..places(root.path()) });
    assert!(offline.contains("offline") && !offline.contains("127.0.0.1"), "{offline}");
    assert!(listing(&root.path().join("cache")).is_empty());
}

#[test]
fn a_path_is_never_looked_up_elsewhere() {
    let root = TempDir::new().unwrap();
    for name in ["../x", "/no/such/folder", "./bert", "a/b/c", ""] {
        let error = error_of(name, &places(root.path()));
        assert!(error.contains("no such folder") && !error.contains("cache"), "{error}");
    }
}

#[test]
fn a_folder_of_an_unsupported_family_is_refused() {
    let root = TempDir::new().unwrap();
    copy(&bert(), root.path());
    let path = root.path().join("config.json");
    let config = fs::read_to_string(&path).unwrap().replace("\"bert\"", "\"luke\"");
    fs::write(&path, config).unwrap();
    let error = error_of(root.path().to_str().unwrap(), &places(root.path()));
    assert!(error.contains("model_type \"luke\" isn't supported; bert, roberta"), "{error}");
    assert!(error.contains("longformer, deberta and deberta-v2 are"), "{error}");
}

#[test]
fn an_encoder_is_found_in_the_older_layout_of_sentence_transformers() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("config.json"), "{\"__version__\": \"0.2.5\"}").unwrap();
    fs::create_dir(root.path().join("1_Pooling")).unwrap();
    fs::write(root.path().join("1_Pooling/config.json"), "{}").unwrap();
    let inner = root.path().join("0_Transformer");
    fs::create_dir(&inner).unwrap();
    copy(&bert(), &inner);
    let found = find(root.path().to_str().unwrap(), &places(root.path()), &mut ()).unwrap();
    assert_eq!((found.source, found.folder), (Source::Folder, inner));
}

#[test]
fn weights_of_another_library_are_named() {
    let root = TempDir::new().unwrap();
    copy(&bert(), root.path());
    for name in ["model.safetensors", "pytorch_model.bin"] {
        fs::remove_file(root.path().join(name)).unwrap();
    }
    fs::write(root.path().join("tf_model.h5"), "").unwrap();
    let error = error_of(root.path().to_str().unwrap(), &places(root.path()));
    assert!(
        error.contains("has no weights") && error.contains("tf_model.h5 is of another"),
        "{error}"
    );
}
