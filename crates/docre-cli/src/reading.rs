//! How documents are read, and what is said of what is left out.

use std::path::Path;

use docre::{
    Error, Result,
    corpus::{Input, LeftOut, Omission, Omissions, ReadOptions},
};

use crate::{messages::note, table::thousands};

/// How documents are read.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// Leave out what is wrong in documents, name it and count it
    #[arg(long)]
    lenient: bool,
    /// A relation that says of two mentions that they are one entity (brat, Label Studio), beside
    /// Equiv; may be given several times
    #[arg(long, value_name = "RELATION")]
    join: Vec<String>,
    /// The key of a Label Studio task's data that holds the text
    #[arg(long, value_name = "KEY")]
    text_key: Option<String>,
    /// Mentions whose types have one name and number (Alice-1) are one entity (brat, as LitBank
    /// codes coreference)
    #[arg(long)]
    chains: bool,
    /// DWIE's types as the field maps them: the ten main ones, and "other"
    #[arg(long)]
    field_types: bool,
}

impl Reading {
    /// The same for the library.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            lenient: self.lenient,
            join: self.join.clone(),
            text_key: self.text_key.clone(),
            chains: self.chains,
            field_types: self.field_types,
        }
    }

    /// The same where such an input is read. Only documents can be read in several ways.
    pub fn options_for(&self, input: &Input) -> Result<ReadOptions> {
        if *input != Input::Documents {
            self.refuse_of_texts()?;
        }
        Ok(self.options())
    }

    /// Refuses what says how documents are read where texts or dialogues are.
    pub fn refuse_of_texts(&self) -> Result<()> {
        let given = [
            ("lenient", self.lenient),
            ("join", !self.join.is_empty()),
            ("text-key", self.text_key.is_some()),
            ("chains", self.chains),
            ("field-types", self.field_types),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => {
                let problem = "says how documents are read, and texts with labels and dialogues \
                               are read strictly, in one way; leave it out";
                Err(Error::setting(name, problem))
            }
        }
    }
}

/// Says what was wrong in a file and left out.
pub fn say_left_out(path: &Path, wrong: &LeftOut) {
    let LeftOut { count, documents, first } = wrong;
    if *count == 0 {
        return;
    }
    first.iter().for_each(|problem| note(format!("left out as wrong: {problem}")));
    let path = path.display();
    note(format!("{path}: left out as wrong: {count}, whole documents: {documents}"));
}

/// How many names of files are shown.
const NAMES: usize = 5;

/// Says which files of a folder belong to no document.
pub fn say_beside(path: &Path, beside: &Omissions) {
    if let Some((count, names)) = named(beside, Omission::FileWithoutPartner) {
        note(format!(
            "{}: read as texts with annotations (.ann); files and folders without, left out: {count} \
             ({names}); plain text is read in a folder without .ann files",
            path.display()
        ));
    }
    if let Some((count, names)) = named(beside, Omission::OtherFile) {
        note(format!(
            "{}: files and folders with other documents, which aren't read with these: {count} \
             ({names}); name them by themselves",
            path.display()
        ));
    }
}

/// How many files there are of a kind, and the names of the first.
fn named(beside: &Omissions, kind: Omission) -> Option<(String, String)> {
    let count = beside.count(kind);
    let names = beside.names(kind);
    let mut names: Vec<&str> = names.into_iter().map(|(name, _)| name).take(NAMES).collect();
    if count > names.len() {
        names.push("...");
    }
    (count > 0).then(|| (thousands(count), names.join(", ")))
}
