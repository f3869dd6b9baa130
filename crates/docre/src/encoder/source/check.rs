//! Whether a folder holds an encoder that can be used.

use std::{fs, path::Path};

use crate::{
    Error, Result,
    encoder::{EncoderConfig, weights},
    text::{READABLE, can_be_read},
};

/// The encoder's configuration and the length of its files. Weights are
/// checked by their headers: each tensor's name and shape, and that the file
/// is as long as it should be.
pub(super) fn check_folder(folder: &Path) -> Result<(EncoderConfig, u64)> {
    let config = EncoderConfig::from_folder(folder)?;
    if !can_be_read(|name| folder.join(name).exists()) {
        return Err(Error::file(folder, format!("has neither {READABLE}")));
    }
    weights::open(&weights::weights_file(folder)?, &config)?;
    Ok((config, length_of_files(folder)?))
}

fn length_of_files(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        // Follows links: the Hugging Face cache is made of them.
        let file = fs::metadata(&path).map_err(Error::io(&path, "read"))?;
        bytes += if file.is_file() { file.len() } else { 0 };
    }
    Ok(bytes)
}
