//! Embeds the recipes of the folder `recipes`, so that `docre recipes` works anywhere.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("recipes");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = recipes_in(&root);
    files.sort();
    let entries: String = files.iter().map(|file| entry(&root, file)).collect();
    let output = Path::new(&env::var("OUT_DIR").unwrap()).join("recipes.rs");
    fs::write(output, format!("&[{entries}]")).unwrap();
}

/// The TOML files of a folder and of those in it.
fn recipes_in(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { recipes_in(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect()
}

/// The line of one file in the list: its name without the ending, with `/`, and its text.
fn entry(root: &Path, file: &Path) -> String {
    let name = file.strip_prefix(root).unwrap().with_extension("");
    let parts: Vec<_> = name.iter().map(|part| part.to_str().unwrap()).collect();
    format!("BuiltIn {{ name: {:?}, text: include_str!({file:?}) }},\n", parts.join("/"))
}
