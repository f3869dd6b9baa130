//! Inside of a stage no two files use each other, but for those that are named here and, with their
//! reason, in CONTRIBUTING.md.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The files of each circle, sorted, by their paths without endings.
const CIRCLES: [&[&str]; 10] = [
    &["corpus/format/marked", "corpus/format/marked_page"],
    &["corpus/offsets", "corpus/spans"],
    &["corpus/reader", "corpus/several"],
    &[
        "encoder/bert",
        "encoder/blank",
        "encoder/config",
        "encoder/deberta",
        "encoder/distance",
        "encoder/names",
        "encoder/stored",
        "encoder/weights",
    ],
    &["encoder/forward", "encoder/global"],
    &["experiment/comparison/results", "experiment/comparison/significance"],
    &["model/extractor", "model/stream"],
    &["model/foreign/checkpoint", "model/foreign/layout"],
    &["relation/layout", "relation/table"],
    &["text/example", "text/whole"],
];

#[test]
fn only_the_named_files_use_each_other() {
    assert_eq!(Modules::read().circles(), CIRCLES);
}

#[test]
fn the_page_names_each_circle() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../CONTRIBUTING.md");
    let page = fs::read_to_string(page).unwrap();
    for circle in CIRCLES {
        for file in circle {
            let name = file.replace('/', "::");
            assert!(page.contains(&format!("`{name}`")), "CONTRIBUTING.md doesn't name {name}");
        }
    }
}

#[test]
fn what_a_path_names_is_found_behind_lists_and_other_names() {
    let used = paths("{\n Mode,\n other::{self, Thing as Named},\n deep::down::*,\n};");
    let used: Vec<String> = used.iter().map(|path| path.join("::")).collect();
    assert_eq!(used, ["Mode", "other::self", "other::Thing", "deep::down::*"]);
    let texts = [
        ("stage", "mod one;\npub use one::{One as First};\nfn own() {}"),
        ("stage/one", "use super::{two::Two, own};"),
        ("stage/two", "use super::First;\nfn f() { crate::other::g() }"),
        ("other", "fn g() {}"),
    ];
    let modules = Modules(texts.map(|(name, text)| (name.into(), text.into())).into());
    assert_eq!(modules.used_by("stage/one"), ["stage/two".to_owned()].into());
    assert_eq!(modules.used_by("stage/two"), ["stage/one".to_owned()].into());
    assert_eq!(modules.circles(), [["stage/one", "stage/two"]]);
}

/// The code of the library's files, by their paths without endings.
struct Modules(BTreeMap<String, String>);

impl Modules {
    fn read() -> Self {
        let module = |file: PathBuf| {
            let inside = file.strip_prefix(source_folder()).unwrap().with_extension("");
            let name = inside.to_str().unwrap();
            (name.strip_suffix("/mod").unwrap_or(name).to_owned(), code(&file))
        };
        Self(sources(&source_folder()).into_iter().map(module).collect())
    }

    /// The files that use each other, directly or by way of others.
    fn circles(&self) -> Vec<Vec<String>> {
        let used: BTreeMap<&str, BTreeSet<String>> =
            self.0.keys().map(|name| (name.as_str(), self.used_by(name))).collect();
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            used.keys().map(|name| (*name, reachable(name, &used))).collect();
        let circle = |name: &str| -> Vec<String> {
            let others = reached[name].iter().filter(|other| reached[**other].contains(name));
            others.map(|other| (*other).to_owned()).collect()
        };
        let all: BTreeSet<Vec<String>> = used.keys().map(|name| circle(name)).collect();
        all.into_iter().filter(|circle| circle.len() > 1).collect()
    }

    /// The other files of its stage that a file uses; those above and below it don't count.
    fn used_by(&self, user: &str) -> BTreeSet<String> {
        let is_other = |used: &String| {
            let apart = |a: &str, b: &str| a != b && !b.starts_with(&format!("{a}/"));
            stage(used) == stage(user) && apart(used, user) && apart(user, used)
        };
        self.named(user).into_iter().filter(is_other).collect()
    }

    /// The files that have what the paths of a file name.
    fn named(&self, user: &str) -> Vec<String> {
        let code = &self.0[user];
        let above = code.match_indices("super::").map(|(place, found)| (place, found, above(user)));
        let crate_ = code.match_indices("crate::").map(|(place, found)| (place, found, ""));
        let named = above.chain(crate_).flat_map(|(place, found, from)| {
            let paths = paths(&code[place + found.len()..]);
            paths.into_iter().map(move |path| self.home(from, &path)).collect::<Vec<_>>()
        });
        named.collect()
    }

    /// The file in which the thing is that a path names from a module on.
    fn home(&self, from: &str, path: &[String]) -> String {
        let mut place = from.to_owned();
        for (depth, segment) in path.iter().enumerate() {
            let below =
                if place.is_empty() { segment.clone() } else { format!("{place}/{segment}") };
            if segment == "super" {
                place = above(&place).to_owned();
            } else if self.0.contains_key(&below) {
                place = below;
            } else if let Some(shown) = self.shown(&place, segment) {
                let rest = path[depth + 1..].iter().cloned();
                return self.home(&place, &shown.into_iter().chain(rest).collect::<Vec<_>>());
            } else {
                break;
            }
        }
        place
    }

    /// The path by which a module shows something that one below it has.
    fn shown(&self, module: &str, name: &str) -> Option<Vec<String>> {
        let code = self.0.get(module)?;
        let ends = ["pub use ", "pub(crate) use ", "pub(super) use "]
            .into_iter()
            .flat_map(|start| code.match_indices(start).map(|(place, found)| place + found.len()));
        let mut all = ends.flat_map(|place| shown_paths(&code[place..]));
        all.find(|(shown, path)| shown == name && path[0] != "crate").map(|(_, path)| path)
    }
}

fn stage(module: &str) -> &str {
    module.split('/').next().unwrap()
}

fn above(module: &str) -> &str {
    module.rsplit_once('/').map_or("", |(above, _)| above)
}

fn reachable<'a>(from: &'a str, used: &'a BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        for next in &used[name] {
            if reached.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    reached
}

/// The paths that a list in braces, or a single path, begins with.
fn paths(code: &str) -> Vec<Vec<String>> {
    shown_paths(code).into_iter().map(|(_, path)| path).collect()
}

/// The same, each with the name under which it is known.
fn shown_paths(code: &str) -> Vec<(String, Vec<String>)> {
    let code = code.trim_start();
    if let Some(list) = code.strip_prefix('{') {
        return heads_of_list(list).into_iter().flat_map(shown_paths).collect();
    }
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '*';
    let name = &code[..code.find(|c| !is_name(c)).unwrap_or(code.len())];
    let rest = &code[name.len()..];
    if name.is_empty() {
        return Vec::new();
    }
    if let Some(rest) = rest.strip_prefix("::") {
        let below = shown_paths(rest).into_iter();
        let below: Vec<_> =
            below.map(|(shown, path)| (shown, [vec![name.to_owned()], path].concat())).collect();
        if !below.is_empty() {
            return below;
        }
    }
    let shown = rest.trim_start().strip_prefix("as ").map_or(name, |other| {
        let other = other.trim_start();
        &other[..other.find(|c| !is_name(c)).unwrap_or(other.len())]
    });
    vec![(shown.to_owned(), vec![name.to_owned()])]
}
