//! Where a folder holds its encoder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::encoder::{EncoderConfig, weights};

/// The folder of the encoder: this one, or in the older layout of sentence-transformers, whose own
/// `config.json` describes no encoder, the one that its first module is in (`0_Transformer`).
pub(super) fn encoder_in(folder: &Path) -> Option<PathBuf> {
    let own = EncoderConfig::file(folder).map(|_| folder.to_path_buf());
    if own.is_some() && weights::weights_file(folder).is_ok() {
        return own;
    }
    let first = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("0_")) && EncoderConfig::file(path).is_some()
    };
    entries(folder).into_iter().find(first).or(own)
}

/// What is in a folder, in the order of names.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
