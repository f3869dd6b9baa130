//! Documents that are files of a folder: reading them in order, writing a new folder.

use std::collections::{HashMap, HashSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::objects::{Broken, Object};
use super::omissions::{Omission, Omissions};
use crate::files::BesideFolder;
use crate::{Error, Result};

/// The files of a folder with one extension, in the order of their names, one at a time.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    /// Names without ending that several files have, which are called by their whole names.
    clashing: HashSet<PathBuf>,
    paths: std::vec::IntoIter<PathBuf>,
    read: usize,
}

impl Files {
    /// All of a folder; there has to be one.
    pub(super) fn in_folder(folder: &Path, extension: &str) -> Result<Self> {
        let paths = list(folder, extension)?;
        if paths.is_empty() {
            return Err(Error::file(folder, format!("holds no .{extension} file")));
        }
        Ok(Self::new(paths))
    }

    /// All with one of these endings in a folder and those inside of it; there has to be one. Their
    /// names are their places in the folder.
    pub(super) fn within_folder(folder: &Path, endings: &[&str]) -> Result<Self> {
        let paths = list_within(folder, endings)?;
        if paths.is_empty() {
            let endings = endings.join(", .");
            return Err(Error::file(folder, format!("holds no file with the ending .{endings}")));
        }
        let mut known = HashSet::new();
        let stems = paths.iter().map(|path| path.with_extension(""));
        let clashing = stems.filter(|stem| !known.insert(stem.clone())).collect();
        Ok(Self { root: folder.to_path_buf(), clashing, ..Self::new(paths) })
    }

    /// One file, whose name is its own without its ending.
    pub(super) fn one(path: &Path) -> Self {
        let root = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Self { root, ..Self::new(vec![path.to_path_buf()]) }
    }

    /// These, in this order.
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        Self { root: PathBuf::new(), clashing: HashSet::new(), paths: paths.into_iter(), read: 0 }
    }

    /// How many are left to read.
    pub(super) fn left(&self) -> usize {
        self.paths.len()
    }

    /// What a file is called among these.
    fn name(&self, path: &Path) -> String {
        let within = path.strip_prefix(&self.root).unwrap_or(path);
        match self.clashing.contains(&path.with_extension("")) {
            true => within.to_string_lossy().into_owned(),
            false => within.with_extension("").to_string_lossy().into_owned(),
        }
    }
}

impl Iterator for Files {
    type Item = Result<Object, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.paths.next()?;
        let index = self.read;
        self.read += 1;
        Some(match fs::read(&path) {
            Ok(bytes) => {
                let name = self.name(&path);
                Ok(Object::of_file(bytes, index, "document", path).named(name))
            }
            Err(error) => Err(Broken::File(Error::io(&path, "read")(error))),
        })
    }
}

/// The files of a folder with one extension, in the order of their names.
pub(super) fn list(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    list_among(folder, &[extension])
}

/// The endings of files that hold several documents.
pub(super) const DOCUMENT_FILES: [&str; 4] = ["json", "jsonl", "marked", "pubtator"];

/// The files of a folder that may hold several documents, in the order of their names.
pub(super) fn list_documents(folder: &Path) -> Result<Vec<PathBuf>> {
    list_among(folder, &DOCUMENT_FILES)
}

/// The files of a folder with one of these extensions, in the order of their names.
fn list_among(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        let is_wanted = path.extension().is_some_and(|found| {
            extensions.iter().any(|wanted| found.eq_ignore_ascii_case(wanted))
        });
        if is_wanted && !is_hidden(&path) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The files with one of these endings in a folder and in those inside of it, by name. Hidden ones
/// aren't looked into, nor are links to folders.
pub(super) fn list_within(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let (mut paths, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::io(&folder, "read"))? {
            let entry = entry.map_err(Error::io(&folder, "read"))?;
            let path = entry.path();
            if is_hidden(&path) {
                continue;
            }
            let ending = path.extension().and_then(|found| found.to_str()).map(str::to_lowercase);
            if entry.file_type().is_ok_and(|found| found.is_dir()) {
                folders.push(path);
            } else if ending.is_some_and(|found| endings.contains(&found.as_str()))
                && path.is_file()
            {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// The file beside this one that has another ending, in small letters or capitals; the one in small
/// letters where there is none.
pub(super) fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let small = file.with_extension(ending);
    let others = [ending.to_uppercase(), capitalized(ending)];
    let others = others.iter().map(|ending| file.with_extension(ending));
    let found = [small.clone()].into_iter().chain(others).find(|path| path.is_file());
    found.unwrap_or(small)
}

fn capitalized(word: &str) -> String {
    let first: String = word.chars().take(1).flat_map(char::to_uppercase).collect();
    first + word.get(1..).unwrap_or_default()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// What of a folder of annotated texts isn't read: texts without annotations, hidden files and
/// folders inside.
pub(super) fn without_partner(folder: &Path, extension: &str) -> Result<Omissions> {
    let mut left_out = Omissions::default();
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        let has = |wanted| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(wanted));
        let is_alone = has("txt") && !with_ending(&path, extension).is_file();
        let is_left = if path.is_dir() {
            !is_hidden(&path) && list(&path, extension).is_ok_and(|files| !files.is_empty())
        } else {
            is_alone || (has(extension) && is_hidden(&path))
        };
        if is_left {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            left_out.add_named(Omission::FileWithoutPartner, &name, 1);
        }
    }
    Ok(left_out)
}

/// The files of documents in a folder that aren't read with those of these endings, and the folders
/// inside with documents, where these aren't looked into.
pub(super) fn unread(folder: &Path, endings: &[&str], looks_inside: bool) -> Result<Omissions> {
    let mut left_out = Omissions::default();
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        if is_hidden(&path) {
            continue;
        }
        let ending = path.extension().and_then(|found| found.to_str()).unwrap_or_default();
        let is_of_documents = DOCUMENT_FILES.contains(&ending.to_lowercase().as_str());
        let is_unread = match path.is_dir() {
            true => !list_documents(&path)?.is_empty() && !looks_inside,
            false => is_of_documents && !endings.contains(&ending.to_lowercase().as_str()),
        };
        if is_unread {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            left_out.add_named(Omission::OtherFile, &name, 1);
        }
    }
    Ok(left_out)
}

/// A folder that has its name only when it is finished: it is written beside and then
/// renamed, and dropped before that, it leaves nothing.
#[derive(Debug)]
pub(super) struct NewFolder {
    path: PathBuf,
    target: PathBuf,
    beside: BesideFolder,
}

impl NewFolder {
    /// Starts one. What is there already stays: only an empty folder is replaced.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let taken = fs::read_dir(path).map_or(path.exists(), |mut found| found.next().is_some());
        if taken {
            return Err(Error::file(path, "exists already; name a new folder, or empty it"));
        }
        let is_ours = |here: PathBuf| fs::canonicalize(path).is_ok_and(|path| path == here);
        if env::current_dir().and_then(fs::canonicalize).is_ok_and(is_ours) {
            let problem = "is the folder that you are in, which would be replaced; name a new one";
            return Err(Error::file(path, problem));
        }
        // A link stays a link: the empty folder that it leads to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let beside = BesideFolder::create(&target).map_err(Error::io(path, "create"))?;
        Ok(Self { path: path.to_path_buf(), target, beside })
    }

    /// Writes one of its files.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        fs::write(self.beside.path().join(name), content)
            .map_err(Error::io(self.path.join(name), "write"))
    }

    /// Gives it its name.
    pub(super) fn finish(self) -> Result<()> {
        let Self { path, target, beside } = self;
        if target.exists() {
            fs::remove_dir(&target).map_err(Error::io(&path, "replace"))?;
        }
        beside.take_name().map_err(Error::io(&path, "create"))
    }
}

/// The most bytes of a file's name; the rest is for its ending and a number.
const LONGEST_STEM: usize = 200;

/// A title as the name of a file.
pub(super) fn file_stem(title: &str) -> String {
    let plain = |c: char| {
        let odd =
            c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if odd { '_' } else { c }
    };
    let mut stem: String = title.trim().chars().map(plain).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    if stem.is_empty() || stem.starts_with('.') { format!("_{stem}") } else { stem }
}

/// The stems of a folder's files. Case doesn't tell files apart everywhere.
#[derive(Debug, Default)]
pub(super) struct Stems {
    taken: HashSet<String>,
    /// The number to try next for a stem that was taken: those below are taken too.
    next: HashMap<String, u64>,
}

impl Stems {
    /// Takes back the stem that a title was given last, as nothing is called by it.
    pub(super) fn give_back(&mut self, title: &str, stem: &str) {
        self.taken.remove(&stem.to_lowercase());
        if let Some(next) = self.next.get_mut(&file_stem(title).to_lowercase()) {
            *next -= 1;
        }
    }

    /// A new stem for a title, with a number where the title's own is taken.
    pub(super) fn of(&mut self, title: &str) -> String {
        let stem = file_stem(title);
        if self.taken.insert(stem.to_lowercase()) {
            return stem;
        }
        let next = self.next.entry(stem.to_lowercase()).or_insert(2);
        loop {
            let name = format!("{stem}-{next}");
            *next += 1;
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
    }
}
