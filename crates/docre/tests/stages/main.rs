//! The data flows one way: a module of the library uses those before it and none behind it.

mod circles;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules, foundations first; each may use those before it.
const ORDER: [&str; 33] = [
    "random",
    "error",
    "inputs",
    "files",
    "fetch",
    "datasets",
    "fingerprint",
    "device",
    "document",
    "corpus",
    "output",
    "text",
    "layers",
    "stretches",
    "initialiser",
    "encoder",
    "mention",
    "coref",
    "relation",
    "decision",
    "loss",
    "model",
    "eval",
    "progress",
    "report",
    "graph",
    "recipe",
    "score",
    "train",
    "experiment",
    "bench",
    "analysis",
    "audit",
];

#[test]
fn no_stage_uses_one_behind_it() {
    let mut wrong = Vec::new();
    for file in sources(&source_folder()) {
        let user = module_of(&file);
        for used in modules_used(&code(&file)) {
            if place(&used) > place(&user) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place() {
    for entry in fs::read_dir(source_folder()).unwrap() {
        let module = module_of(&entry.unwrap().path());
        assert!(module == "lib" || ORDER.contains(&module.as_str()), "{module} isn't in ORDER");
    }
}

#[test]
fn modules_are_found_in_lists_and_paths() {
    let code =
        "use crate::{\n Error, corpus::{self, Input},\n text::Form,\n};\n crate::eval::score()";
    assert_eq!(modules_used(code), ["corpus", "text", "eval"]);
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|path| path.file_name().is_some_and(|name| name != "lib.rs"))
        .collect()
}

/// The module right below the crate that a file belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(source_folder()).unwrap();
    let first = Path::new(inside.iter().next().unwrap());
    first.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn place(module: &str) -> usize {
    let place = ORDER.iter().position(|known| *known == module);
    place.unwrap_or_else(|| panic!("{module} isn't in ORDER"))
}

/// A file's code, without comments and unit tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules named behind `crate::`, in order; what is lower-case there is a module.
fn modules_used(code: &str) -> Vec<String> {
    let paths = code.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => heads_of_list(list),
        None => vec![rest],
    });
    let names = paths.map(|path| {
        path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    });
    names.filter(|name: &String| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// The entries of a list in braces, up to its end; those of inner lists aren't entries.
fn heads_of_list(list: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut entries) = (1, 0, Vec::new());
    for (place, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                entries.push(&list[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
        if depth == 0 {
            entries.push(&list[begin..place]);
            break;
        }
    }
    entries
}
