//! Unpacks a zip file.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use zip::ZipArchive;

/// The most files that are unpacked, and the most bytes of all of them: the largest encoders
/// have some 2 GB.
const MOST_FILES: usize = 10_000;
const MOST_BYTES: u64 = 8 << 30;

/// Unpacks all files into a folder. What is no plain file inside of it, or more than any
/// encoder or data set has, is refused.
pub(crate) fn unpack(archive: &Path, folder: &Path) -> Result<(), String> {
    unpack_at_most(archive, folder, MOST_BYTES)
}

fn unpack_at_most(archive: &Path, folder: &Path, most: u64) -> Result<(), String> {
    let broken = |error: &dyn std::fmt::Display| format!("the archive can't be unpacked: {error}");
    let file = File::open(archive).map_err(|e| broken(&e))?;
    let mut entries = ZipArchive::new(file).map_err(|e| broken(&e))?;
    if entries.len() > MOST_FILES {
        return Err(broken(&format!("it holds {} files", entries.len())));
    }
    let mut left = most;
    for index in 0..entries.len() {
        let mut entry = entries.by_index(index).map_err(|e| broken(&e))?;
        let name = entry.name().map_err(|e| broken(&e))?.into_owned();
        let inside = entry.enclosed_name().filter(|_| !entry.is_symlink());
        let Some(inside) = inside else {
            return Err(broken(&format!("\"{name}\" is no file inside of it")));
        };
        let target = folder.join(inside);
        if entry.is_dir() {
            fs::create_dir_all(&target).map_err(|e| broken(&e))?;
            continue;
        }
        let parent = target.parent().unwrap_or(folder);
        let file = fs::create_dir_all(parent).and_then(|()| File::create_new(&target));
        let mut file = file.map_err(|e| broken(&format!("{name}: {e}")))?;
        // One byte more tells that it goes on; what the entry says of its length may be false.
        let copied = io::copy(&mut entry.by_ref().take(left + 1), &mut file)
            .map_err(|e| broken(&format!("{name}: {e}")))?;
        left = left
            .checked_sub(copied)
            .ok_or_else(|| broken(&format!("it holds more than {} MB", most / 1_000_000)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// What comes of unpacking one file of zeros, and the folder it was unpacked in.
    fn unpack_one(name: &str, bytes: usize) -> (Result<(), String>, tempfile::TempDir) {
        let root = tempfile::tempdir().unwrap();
        let (wheel, folder) = (root.path().join("a.whl"), root.path().join("in"));
        let mut writer = ZipWriter::new(File::create(&wheel).unwrap());
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&vec![0; bytes]).unwrap();
        writer.finish().unwrap();
        fs::create_dir(&folder).unwrap();
        (unpack_at_most(&wheel, &folder, 1_000_000), root)
    }

    #[test]
    fn files_come_out_whole() {
        let (result, root) = unpack_one("a/b/c.txt", 1_000_000);
        assert_eq!(result, Ok(()));
        assert_eq!(fs::metadata(root.path().join("in/a/b/c.txt")).unwrap().len(), 1_000_000);
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        for name in ["../out.txt", "a/../../out.txt"] {
            let (result, root) = unpack_one(name, 10);
            assert!(result.unwrap_err().contains("is no file inside of it"));
            assert!(!root.path().join("out.txt").exists());
        }
        let absolute = std::env::temp_dir().join("docre-wheel-test-out.txt");
        let (_, _root) = unpack_one(absolute.to_str().unwrap(), 10);
        assert!(!absolute.exists());
    }

    #[test]
    fn what_swells_is_given_up() {
        let (result, _root) = unpack_one("zeros", 1_000_001);
        assert!(result.unwrap_err().contains("holds more than 1 MB"));
    }
}
