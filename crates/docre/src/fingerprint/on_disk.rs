//! Fingerprints of files and folders.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::add;
use crate::{Error, Result, inputs, random::mix};

/// The bytes of a file that are read at a time, a multiple of a word's.
const CHUNK: usize = 1 << 20;

/// A number that any change of a file, or of the files in a folder, would very likely change.
pub fn fingerprint(path: &Path) -> Result<String> {
    inputs::check_rereadable(path)?;
    let number = if path.is_dir() { of_folder(path) } else { of_file(path) };
    number.map(|number| format!("{number:016x}")).map_err(Error::io(path, "read"))
}

fn of_file(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let (mut hash, mut length) = (0, 0);
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        length += file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(mix(hash ^ length as u64));
        }
        hash = add(hash, &chunk);
    }
}

/// Its files with their names, in the names' order.
fn of_folder(folder: &Path) -> io::Result<u64> {
    let paths: io::Result<Vec<PathBuf>> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths?;
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().try_fold(paths.len() as u64, |hash, path| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        Ok(mix(add(hash, name) ^ of_file(path)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_a_file_or_a_folder_shows() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(place.path().join(name), text).unwrap();
        let both =
            || [place.path(), &place.path().join("a")].map(|path| fingerprint(path).unwrap());
        write("a", b"some words that are longer than a number");
        write("b", b"others");
        let before = both();
        assert_eq!(both(), before);
        write("b", b"Others");
        let after = both();
        assert!(after[0] != before[0] && after[1] == before[1]);
        write("b", b"others");
        write("a", b"some words that are longer than a number\0");
        assert!(both()[0] != before[0] && both()[1] != before[1]);
        write("a", b"some words that are longer than a number");
        assert_eq!(both(), before);
        fs::rename(place.path().join("b"), place.path().join("c")).unwrap();
        assert_ne!(both()[0], before[0]);
    }

    #[test]
    fn what_is_not_there_is_an_error_that_names_it() {
        let error = fingerprint("no/train.json".as_ref()).unwrap_err();
        assert!(error.to_string().contains("no/train.json"), "{error}");
    }
}
