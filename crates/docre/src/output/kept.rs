//! Facts in a folder, a file a document, that an extraction which was stopped goes on with.
//!
//! | file | what |
//! |---|---|
//! | `extraction.json` | what the facts come of: the model, and how it was asked |
//! | `done.jsonl` | the documents that are done, each with its file and fingerprint |
//! | `TITLE.jsonl`, ... | the facts of a document |
//! | `.lock` | held by the process that writes there |

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Form;
use crate::corpus::Input;
use crate::document::{Document, Fact, RelationSet};
use crate::files::{FolderLock, read_json, write_atomically, write_json};
use crate::fingerprint::of_bytes;
use crate::{Error, Result};

const ASKED: &str = "extraction.json";
const DONE: &str = "done.jsonl";

/// The most bytes of a title in a file's name.
const LONGEST_STEM: usize = 100;

/// A folder of facts, a file a document.
pub struct KeptFacts {
    folder: PathBuf,
    form: Form,
    input: Input,
    relations: RelationSet,
    /// The fingerprint of each document that is done, by its file.
    done: HashMap<String, String>,
    /// The names that this extraction has given.
    taken: HashSet<String>,
    journal: File,
    /// Held as long as facts are written.
    _lock: FolderLock,
}

/// Where the facts of a document go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsPlace {
    file: String,
    /// Of the document.
    fingerprint: String,
}

impl KeptFacts {
    /// Begins a folder, or goes on with one. `asked` is all that facts depend on but the documents;
    /// a folder of other facts, one that holds something else, and one that another process writes
    /// to is refused.
    pub fn open(
        folder: &Path,
        form: Form,
        asked: &Value,
        input: &Input,
        relations: &RelationSet,
    ) -> Result<Self> {
        // Without a slash at its end, behind which a file is none.
        let folder: &Path = &folder.components().collect::<PathBuf>();
        if folder.exists() && !folder.is_dir() {
            let problem = "is a file, where a folder should be; name another folder";
            return Err(Error::file(folder, problem));
        }
        let mut lock = FolderLock::take(folder, "is being written to")?;
        let place = folder.join(ASKED);
        match read_json::<Value>(&place, "what an extraction was asked for")? {
            Some(begun) if begun != *asked => {
                let problem = "holds facts of another model, or of other settings; give the same, \
                               or name another folder";
                return Err(Error::file(folder, problem));
            }
            Some(_) => {}
            None => begin(folder, &place, asked)?,
        }
        lock.keep();
        let done = read_done(folder)?;
        let path = folder.join(DONE);
        let lines: String = done.iter().map(FactsPlace::line).collect();
        // A line that a kill has cut off goes.
        write_atomically(&path, |file| file.write_all(lines.as_bytes()))?;
        let journal = OpenOptions::new().append(true).open(&path);
        let done = done.into_iter().map(|place| (place.file, place.fingerprint)).collect();
        Ok(Self {
            folder: folder.to_path_buf(),
            form,
            input: input.clone(),
            relations: relations.clone(),
            done,
            taken: HashSet::new(),
            journal: journal.map_err(Error::io(&path, "write"))?,
            _lock: lock,
        })
    }

    /// Where the facts of the next document go; `None` if they are there already.
    pub fn place(&mut self, document: &Document) -> Option<FactsPlace> {
        let (stem, ending) = (stem(&document.title), self.form.endings()[0]);
        let numbered = (1..).map(|number| match number {
            1 => format!("{stem}.{ending}"),
            number => format!("{stem}-{number}.{ending}"),
        });
        // Case doesn't tell files apart everywhere.
        let mut new = numbered.filter(|name| !self.taken.contains(&name.to_lowercase()));
        let file = new.next().expect("numbers have no end");
        self.taken.insert(file.to_lowercase());
        let fingerprint = fingerprint(document);
        let is_done =
            self.done.get(&file) == Some(&fingerprint) && self.folder.join(&file).exists();
        (!is_done).then_some(FactsPlace { file, fingerprint })
    }

    /// Writes the facts of a document.
    pub fn push(
        &mut self,
        place: &FactsPlace,
        document: &Document,
        facts: &[Fact],
        warnings: Vec<String>,
    ) -> Result<()> {
        let file = self.folder.join(&place.file);
        let mut writer = self.form.writer(file.as_path(), &self.input, &self.relations)?;
        writer.push_warned(document, facts, warnings)?;
        writer.finish()?;
        let written = self.journal.write_all(place.line().as_bytes());
        written.map_err(Error::io(self.folder.join(DONE), "write"))
    }
}

impl FactsPlace {
    fn line(&self) -> String {
        let json = serde_json::to_string(self).expect("it has a JSON form");
        json + "\n"
    }
}

/// Begins a folder, which nothing may be in.
fn begin(folder: &Path, place: &Path, asked: &Value) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(Error::io(folder, "read"))?;
    // What kills have left is hidden.
    let is_shown = |name: &str| !name.starts_with('.');
    if entries.flatten().any(|entry| is_shown(&entry.file_name().to_string_lossy())) {
        let problem = "holds other files than those of an extraction; name a new folder";
        return Err(Error::file(folder, problem));
    }
    write_json(place, asked)
}

/// The documents that are done, as far as lines are whole.
fn read_done(folder: &Path) -> Result<Vec<FactsPlace>> {
    let path = folder.join(DONE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read(&path).map_err(Error::io(&path, "read"))?;
    let lines = text.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// A title as the name of a file.
fn stem(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    let mut stem: String = title.trim().chars().map(plain).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    // The folder's own files begin with other letters.
    let is_own = ["extraction", "done"].contains(&stem.to_lowercase().as_str());
    if stem.is_empty() || stem.starts_with('.') || is_own { format!("_{stem}") } else { stem }
}

/// A number that another document would very likely change.
fn fingerprint(document: &Document) -> String {
    of_bytes(&serde_json::to_vec(document).expect("it has a JSON form"))
}
