//! The documents that are added to a graph.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use docre::{
    Document, Error, RelationSet, Result,
    corpus::{Input, ReadOptions},
    graph::GraphDocument,
};

/// Documents, one after another.
type Documents = Box<dyn Iterator<Item = Result<GraphDocument>>>;

/// What an extraction into a folder keeps of itself there.
const EXTRACTION: [&str; 2] = ["extraction.json", "done.jsonl"];

/// How much of a file tells whether docre wrote it as facts.
const BEGINNING: usize = 1 << 16;

/// The documents of a file or folder: facts that docre wrote, or documents of any format.
pub fn documents(
    path: &Path,
    options: &ReadOptions,
    names: &HashMap<String, String>,
) -> Result<Documents> {
    if path.join(EXTRACTION[0]).is_file() {
        let files = extracted(path)?;
        return Ok(Box::new(files.into_iter().flat_map(|file| match lines(&file) {
            Ok(lines) => lines,
            Err(error) => Box::new(std::iter::once(Err(error))),
        })));
    }
    if path.is_file() && is_facts(path)? {
        return lines(path);
    }
    let names = names.clone();
    let documents = Input::Documents.stream_with(path, options)?;
    Ok(Box::new(documents.map(move |read| read.map(|read| labelled(&read.document, &names)))))
}

/// The files of facts in the folder of an extraction.
fn extracted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::io(folder, "read"))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let is_own = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        EXTRACTION.contains(&name.as_ref()) || name.starts_with('.')
    };
    files.retain(|file| file.is_file() && !is_own(file));
    files.sort();
    Ok(files)
}

/// Whether a file begins with a document's facts as docre writes them in JSON.
fn is_facts(path: &Path) -> Result<bool> {
    let mut file = BufReader::with_capacity(BEGINNING, open(path)?);
    let beginning = file.fill_buf().map_err(Error::io(path, "read"))?;
    let text = String::from_utf8_lossy(beginning);
    let object = text.trim_start();
    let has = |key: &str| object.contains(key);
    Ok(object.starts_with("{\"title\"") && has("\"entities\":[") && !has("\"sents\""))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(Error::io(path, "read"))
}

/// Facts that docre wrote, a document a line.
fn lines(path: &Path) -> Result<Documents> {
    let (file, path) = (BufReader::new(open(path)?), path.to_path_buf());
    let lines = file.lines().enumerate().filter_map(move |(number, line)| {
        let line = match line {
            Ok(line) if line.trim().is_empty() => return None,
            Ok(line) => line,
            Err(error) => return Some(Err(Error::io(&path, "read")(error))),
        };
        let wrong = |problem| Error::file(&path, format!("line {} {problem}", number + 1));
        Some(GraphDocument::from_json(&line).map_err(wrong))
    });
    Ok(Box::new(lines))
}

/// A document with the facts that are labelled in it.
fn labelled(document: &Document, names: &HashMap<String, String>) -> GraphDocument {
    let facts = document.labelled_facts();
    let mut ids: BTreeSet<&str> = facts.iter().map(|fact| fact.relation.as_str()).collect();
    ids.insert(RelationSet::NONE_ID); // a set has a relation, and a document may have none
    let relations = RelationSet::new(ids).expect("each is there once");
    GraphDocument::new(document, facts, &relations.with_names(names))
}
