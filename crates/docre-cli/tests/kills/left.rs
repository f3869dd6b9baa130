//! What a command leaves in a folder.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

/// Files that hold measured seconds and memory, and so are compared by their presence alone.
const MEASURED: [&str; 5] = ["cost.json", "table.md", "table.csv", "table.html", "state.json"];

/// The files and folders below a folder: files with their bytes.
pub struct Left(BTreeMap<String, Option<Vec<u8>>>);

impl Left {
    /// What is below `folder`.
    pub fn of(folder: &Path) -> Self {
        let mut left = BTreeMap::new();
        list(folder, folder, &mut left);
        Self(left)
    }

    /// How another folder differs, in words.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, bytes) in &self.0 {
            match other.0.get(name) {
                None => problems.push(format!("lost {name}")),
                Some(found) if found != bytes => problems.push(format!("other bytes in {name}")),
                Some(_) => {}
            }
        }
        let new = other.0.keys().filter(|name| !self.0.contains_key(*name));
        problems.extend(new.map(|name| format!("left behind {}", without_numbers(name))));
        problems.sort();
        problems.dedup();
        problems
    }
}

fn list(root: &Path, folder: &Path, left: &mut BTreeMap<String, Option<Vec<u8>>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            list(root, &path, left);
            left.insert(name + "/", None);
        } else {
            left.insert(name, Some(comparable(&path)));
        }
    }
}

/// A file's bytes without what was measured.
fn comparable(path: &Path) -> Vec<u8> {
    let name = path.file_name().unwrap().to_string_lossy();
    let bytes = fs::read(path).unwrap();
    match MEASURED.contains(&&*name) {
        false => bytes,
        true if name == "state.json" => {
            let mut state: Value = serde_json::from_slice(&bytes).unwrap();
            state.as_object_mut().unwrap().remove("cost");
            state.to_string().into_bytes()
        }
        true => Vec::new(),
    }
}

/// What stands for a name in messages: up to its first hidden part, and without numbers, or those
/// of processes and files would make one fault many.
fn without_numbers(name: &str) -> String {
    let mut parts = Vec::new();
    for part in name.trim_end_matches('/').split('/') {
        if part.starts_with('.') {
            let end = Path::new(part).extension().unwrap_or_default();
            parts.push(format!(".*.{}", end.to_string_lossy()));
            break;
        }
        parts.push(part.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect());
    }
    parts.join("/")
}
