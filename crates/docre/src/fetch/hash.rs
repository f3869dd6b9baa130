//! What a published file is known by.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A file's hash, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// What git calls a file of this content (`git hash-object`): a publisher's repository states it.
    Git(&'static str),
    /// SHA-256.
    Sha256(&'static str),
}

impl Hash {
    /// Whether a file is the one that is meant.
    pub fn is_of(self, file: &Path) -> io::Result<bool> {
        Ok(match self {
            Self::Git(expected) => hexadecimal(&git_blob(file)?) == expected,
            Self::Sha256(expected) => {
                let mut hash = Sha256::new();
                read_into(&mut hash, File::open(file)?)?;
                hexadecimal(&hash.finalize()) == expected
            }
        })
    }
}

/// What git calls a folder of this content, in hexadecimal. All files count as plain ones.
pub(crate) fn git_tree(folder: &Path) -> io::Result<String> {
    Ok(hexadecimal(&tree(folder)?))
}

fn git_blob(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", file.metadata()?.len()));
    read_into(&mut hash, file)?;
    Ok(hash.finalize().to_vec())
}

fn tree(folder: &Path) -> io::Result<Vec<u8>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_folder = entry.file_type()?.is_dir();
        let hash = if is_folder { tree(&entry.path())? } else { git_blob(&entry.path())? };
        entries.push((git_order(entry.file_name(), is_folder), is_folder, hash));
    }
    entries.sort();
    let mut content = Vec::new();
    for (name, is_folder, hash) in entries {
        let (mode, end) = if is_folder { ("40000 ", 1) } else { ("100644 ", 0) };
        content.extend_from_slice(mode.as_bytes());
        content.extend_from_slice(&name[..name.len() - end]);
        content.push(0);
        content.extend_from_slice(&hash);
    }
    let mut hash = Sha1::new();
    hash.update(format!("tree {}\0", content.len()));
    hash.update(content);
    Ok(hash.finalize().to_vec())
}

/// A name as git sorts it: a folder as if it ended with a slash.
fn git_order(name: OsString, is_folder: bool) -> Vec<u8> {
    let mut name = name.into_encoded_bytes();
    name.extend(is_folder.then_some(b'/'));
    name
}

fn read_into(hash: &mut impl Digest, mut file: File) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_git_s_and_sha_256() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        fs::write(&file, "hello\n").unwrap();
        assert!(Hash::Git("ce013625030ba8dba906f756967f9e9ca394464a").is_of(&file).unwrap());
        let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        assert!(Hash::Sha256(sha256).is_of(&file).unwrap());
        fs::write(&file, "hallo\n").unwrap();
        assert!(!Hash::Sha256(sha256).is_of(&file).unwrap());
    }

    /// `git write-tree` gave the value: folders sort as if they ended with a slash.
    #[test]
    fn a_folder_s_hash_is_git_s() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for (name, content) in [("a/b.txt", "hello\n"), ("a.txt", "hello\n"), ("a-b", "x")] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        assert_eq!(git_tree(folder.path()).unwrap(), "d969e9145a801d749e5b7fd0852724cb53ca528d");
    }
}
