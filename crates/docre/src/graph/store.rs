//! The file in which a graph is kept: tables of redb, a store in one file that a kill leaves whole.
//!
//! | table | key | what |
//! |---|---|---|
//! | documents | number | title and facts |
//! | known | fingerprint | the document's number |
//! | titles | title | the numbers of its documents |
//! | entities | member | the entity with its mentions |
//! | node_of | member | its node |
//! | members | node, member | |
//! | nodes | node | what is known of it |
//! | names | name, node | |
//! | ids | identifier | its node |
//! | named | name | how many documents have it |
//! | bridges | node, node | how many documents name one entity as both |
//! | decisions | member, member | whether they are the same |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use redb::{
    Database, MultimapTable, MultimapTableDefinition, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::node::Node;
use crate::files::BesideFolder;
use crate::{Error, Result};

/// The result of everything that asks the store.
pub type Stored<T> = std::result::Result<T, redb::Error>;

type Bytes = &'static [u8];

const SETTINGS: TableDefinition<&str, &str> = TableDefinition::new("settings");
const DOCUMENTS: TableDefinition<u64, Bytes> = TableDefinition::new("documents");
const KNOWN: TableDefinition<&str, u64> = TableDefinition::new("known");
const TITLES: MultimapTableDefinition<&str, u64> = MultimapTableDefinition::new("titles");
const ENTITIES: TableDefinition<u64, Bytes> = TableDefinition::new("entities");
const NODE_OF: TableDefinition<u64, u64> = TableDefinition::new("node_of");
const MEMBERS: TableDefinition<(u64, u64), ()> = TableDefinition::new("members");
const NODES: TableDefinition<u64, Bytes> = TableDefinition::new("nodes");
const NAMES: TableDefinition<(&str, u64), ()> = TableDefinition::new("names");
const IDS: TableDefinition<&str, u64> = TableDefinition::new("ids");
const NAMED: TableDefinition<&str, u64> = TableDefinition::new("named");
const BRIDGES: TableDefinition<(u64, u64), u64> = TableDefinition::new("bridges");
const DECISIONS: TableDefinition<(u64, u64), bool> = TableDefinition::new("decisions");

/// The form of the tables; a file of another form is refused.
const FORM: &str = "docre graph 1";

/// The most bytes of the file that are held in memory.
pub const CACHE: usize = 128 << 20;

/// A graph's file.
pub struct Store {
    path: PathBuf,
    database: Database,
}

/// All tables, open for a transaction.
pub struct Tables<'t> {
    pub documents: Table<'t, u64, Bytes>,
    pub known: Table<'t, &'static str, u64>,
    pub titles: MultimapTable<'t, &'static str, u64>,
    pub entities: Table<'t, u64, Bytes>,
    pub node_of: Table<'t, u64, u64>,
    pub members: Table<'t, (u64, u64), ()>,
    pub nodes: Table<'t, u64, Bytes>,
    pub names: Table<'t, (&'static str, u64), ()>,
    pub ids: Table<'t, &'static str, u64>,
    pub named: Table<'t, &'static str, u64>,
    pub bridges: Table<'t, (u64, u64), u64>,
    pub decisions: Table<'t, (u64, u64), bool>,
}

impl Store {
    /// Opens a file, or begins one where there is none.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            Self::begin(path)?;
        }
        let store = Self::of_file(path)?;
        match store.transaction(form) {
            Ok(form) if form == FORM => Ok(store),
            Ok(_) => {
                let problem = "is a store of another program or of another version of docre, not a \
                               graph that this one keeps; name another file";
                Err(Error::file(path, problem))
            }
            Err(error) => Err(store.error(error)),
        }
    }

    /// Begins a file beside its place: redb takes none that a kill left half begun.
    fn begin(path: &Path) -> Result<()> {
        let beside = BesideFolder::create(path).map_err(Error::io(path, "create"))?;
        let file = beside.path().join("graph");
        let begun = Self::of_file(&file)?;
        begun.transaction(form).map_err(|error| begun.error(error))?;
        drop(begun);
        fs::rename(file, path).map_err(Error::io(path, "create"))
    }

    fn of_file(path: &Path) -> Result<Self> {
        let database = Database::builder().set_cache_size(CACHE).create(path);
        let database = database.map_err(|error| unopened(path, error))?;
        Ok(Self { path: path.to_path_buf(), database })
    }

    /// Does something with the tables: all of it is kept, or nothing.
    pub fn change<T>(&self, work: impl FnOnce(&mut Tables) -> Stored<T>) -> Result<T> {
        let changed = self.transaction(|transaction| work(&mut Tables::open(transaction)?));
        changed.map_err(|error| self.error(error))
    }

    fn transaction<T>(&self, work: impl FnOnce(&WriteTransaction) -> Stored<T>) -> Stored<T> {
        let transaction = self.database.begin_write()?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Looks at the tables.
    pub fn look<T>(&self, work: impl FnOnce(&Tables) -> Result<T>) -> Result<T> {
        let opened = self.database.begin_write().map_err(redb::Error::from);
        let transaction = opened.map_err(|error| self.error(error))?;
        let done = Tables::open(&transaction).map_err(|error| self.error(error));
        let done = done.and_then(|tables| work(&tables))?;
        transaction.abort().map_err(|error| self.error(error.into()))?;
        Ok(done)
    }

    /// What the store said, as an error about its file.
    pub fn error(&self, error: redb::Error) -> Error {
        Error::io(&self.path, "read or write")(plain(error))
    }
}

/// The form of a file's tables, which a new file gets.
fn form(transaction: &WriteTransaction) -> Stored<String> {
    let mut settings = transaction.open_table(SETTINGS)?;
    let form = settings.get("form")?.map(|form| form.value().to_owned());
    match form {
        Some(form) => Ok(form),
        None => {
            settings.insert("form", FORM)?;
            Ok(FORM.to_owned())
        }
    }
}

fn unopened(path: &Path, error: redb::DatabaseError) -> Error {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => {
            Error::file(path, "is a graph that another process is at work on; wait for it")
        }
        redb::DatabaseError::Storage(redb::StorageError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidData => not_a_graph(path),
            _ => Error::io(path, "open")(error),
        },
        _ => not_a_graph(path),
    }
}

fn not_a_graph(path: &Path) -> Error {
    Error::file(path, "isn't a graph that docre keeps; name another file, or one that isn't there")
}

fn plain(error: redb::Error) -> io::Error {
    match error {
        redb::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Stored<Self> {
        Ok(Self {
            documents: transaction.open_table(DOCUMENTS)?,
            known: transaction.open_table(KNOWN)?,
            titles: transaction.open_multimap_table(TITLES)?,
            entities: transaction.open_table(ENTITIES)?,
            node_of: transaction.open_table(NODE_OF)?,
            members: transaction.open_table(MEMBERS)?,
            nodes: transaction.open_table(NODES)?,
            names: transaction.open_table(NAMES)?,
            ids: transaction.open_table(IDS)?,
            named: transaction.open_table(NAMED)?,
            bridges: transaction.open_table(BRIDGES)?,
            decisions: transaction.open_table(DECISIONS)?,
        })
    }

    /// A node; it has to be there.
    pub fn node(&self, node: u64) -> Stored<Node> {
        read(&self.nodes, node)
    }

    /// The members of a node, the oldest first.
    pub fn members_of(&self, node: u64) -> Stored<Vec<u64>> {
        let range = self.members.range((node, 0)..=(node, u64::MAX))?;
        range.map(|entry| Ok(entry?.0.value().1)).collect()
    }

    /// The node of a member that is placed.
    pub fn node_of(&self, member: u64) -> Stored<Option<u64>> {
        Ok(self.node_of.get(member)?.map(|node| node.value()))
    }
}

/// A value that was written as JSON; it has to be there.
pub fn read<T: DeserializeOwned>(table: &impl ReadableTable<u64, Bytes>, key: u64) -> Stored<T> {
    let found = table.get(key)?;
    let found = found.ok_or_else(|| corrupted(format!("number {key} is missing")))?;
    serde_json::from_slice(found.value()).map_err(|error| corrupted(error.to_string()))
}

/// Writes a value as JSON.
pub fn write(table: &mut Table<u64, Bytes>, key: u64, value: &impl Serialize) -> Stored<()> {
    let json = serde_json::to_vec(value).expect("it has a JSON form");
    table.insert(key, json.as_slice())?;
    Ok(())
}

fn corrupted(problem: String) -> redb::Error {
    redb::Error::Corrupted(problem)
}
