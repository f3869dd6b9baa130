//! Data sets of the field, got from their publishers: checked, and put where recipes look.

mod divide;
mod published;
mod pull;
mod take;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

use crate::fetch::Hash;

pub use pull::{Pulled, PulledFile, Way, pull};

/// A data set that has a name.
#[derive(Debug)]
pub struct DataSet {
    /// Its name.
    pub name: &'static str,
    /// The folder that recipes look for it in, below that for all data.
    pub folder: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The licence, as the publisher states it.
    pub licence: &'static str,
    /// The paper to cite.
    pub citation: &'static str,
    /// Its page.
    pub home: &'static str,
    /// What a person has to do, where the publisher gives no files to programs.
    pub by_hand: Option<&'static str>,
    /// What makes of its files those that recipes name.
    pub then: &'static [NextConversion],
    files: &'static [Published],
    division: Option<&'static Division>,
}

impl DataSet {
    /// All, by name.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        published::ALL.iter()
    }

    /// The one of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|set| set.name == name)
    }

    /// The one that a file or folder belongs to, by where recipes look for it (`data/re-docred`).
    pub fn of_path(path: &Path) -> Option<&'static Self> {
        let is_of = |set: &&Self| {
            let folder = Path::new(set.folder);
            path.ends_with(folder) || path.parent().is_some_and(|parent| parent.ends_with(folder))
        };
        let has = |set: &&Self| {
            set.files.iter().flat_map(Published::names).any(|name| path.ends_with(name))
        };
        Self::all().filter(is_of).find(has).or_else(|| Self::all().find(is_of))
    }
}

/// What a publisher gives at an address, or a person brings.
#[derive(Debug)]
struct Published {
    /// Empty where only a person gets it.
    address: &'static str,
    /// The hash of what is at the address.
    hash: Option<Hash>,
    gives: Gives,
}

/// What becomes of it.
#[derive(Debug)]
enum Gives {
    /// It is a file, which gets this name.
    File(&'static str),
    /// Unpacked by gzip, it is a file of this name.
    Gzip(&'static str),
    /// It is a zip file, of which these files are taken.
    Members(&'static [Member]),
    /// It is a zip file, of which one folder is taken.
    Folder {
        /// The end of the folder's path in the archive.
        inside: &'static str,
        /// What it is called then.
        name: &'static str,
        /// What git calls a folder of this content.
        tree: Option<&'static str>,
    },
}

/// A file in an archive.
#[derive(Debug)]
struct Member {
    /// Its name there, without folders.
    inside: &'static str,
    /// What it is called then.
    name: &'static str,
    hash: Option<Hash>,
}

/// A file's documents in two parts.
#[derive(Debug)]
struct Division {
    /// The file.
    of: &'static str,
    /// The places of the documents of the first part, in order, and its name.
    chosen: (&'static [usize], &'static str),
    /// The name of the others.
    rest: &'static str,
}

/// A conversion that makes a file that recipes name.
#[derive(Debug)]
pub struct NextConversion {
    /// The file or folder to convert, below the folder for all data.
    pub from: &'static str,
    /// The file to make, there too.
    pub to: &'static str,
    /// The documents that it takes: those tagged train or test, or those held out to tune; all where
    /// it is missing.
    pub part: Option<&'static str>,
    /// How many of the documents tagged train are held out to tune.
    pub tune: usize,
    /// Whether types of mentions name chains of coreference.
    pub chains: bool,
}

/// Where data sets come from and go to.
#[derive(Debug, Clone)]
pub struct DataSetPlaces {
    /// The folder for all of them; each has its own in it.
    pub folder: PathBuf,
    /// A folder with the publisher's files, to be taken in place of the network's.
    pub from: Option<PathBuf>,
    /// An address that stands for every publisher's: the host and the path come behind it.
    pub mirror: Option<String>,
    /// Whether the network isn't asked.
    pub offline: bool,
    /// For how long a server may be silent before it is given up.
    pub patience: Duration,
}

impl DataSetPlaces {
    /// The publishers' addresses, and this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let patience = Duration::from_secs(20);
        Self { folder: folder.into(), from: None, mirror: None, offline: false, patience }
    }

    fn address(&self, published: &str) -> String {
        let without_scheme = || published.split_once("://").map_or(published, |(_, rest)| rest);
        match &self.mirror {
            Some(mirror) => format!("{}/{}", mirror.trim_end_matches('/'), without_scheme()),
            None => published.to_owned(),
        }
    }
}

/// What a list shows of a data set.
#[derive(Debug, Serialize)]
pub struct ListedDataSet {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its licence.
    pub licence: &'static str,
    /// The paper.
    pub citation: &'static str,
    /// Its page.
    pub home: &'static str,
    /// What a person has to do first.
    pub by_hand: Option<&'static str>,
}

impl From<&DataSet> for ListedDataSet {
    fn from(set: &DataSet) -> Self {
        let DataSet { name, about, licence, citation, home, by_hand, .. } = *set;
        Self { name, about, licence, citation, home, by_hand }
    }
}
