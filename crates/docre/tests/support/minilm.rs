//! The encoder of the golden model values: all-MiniLM-L6-v2.

use std::fs::{self, File};
use std::path::PathBuf;

use docre::encoder::source::{self, Places};

use super::project;

/// The encoder's folder, with `config.json`, `model.safetensors`, `tokenizer.json` and
/// `vocab.txt`; the first call on a machine gets it as docre does (some 80 MB).
pub fn minilm() -> PathBuf {
    let encoders = project(".encoders");
    fs::create_dir_all(&encoders).expect("a folder for encoders");
    // Test binaries run side by side; one of them gets the files, the others wait.
    let lock = File::create(encoders.join("minilm.lock")).expect("a lock file");
    lock.lock().expect("a file system with locks");
    let places = Places { hugging_face: None, ..Places::new(encoders) };
    let found = source::find("minilm", &places, &mut ());
    found.unwrap_or_else(|error| panic!("the golden tests need all-MiniLM-L6-v2: {error}")).folder
}
