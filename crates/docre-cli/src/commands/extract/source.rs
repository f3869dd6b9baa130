//! The documents that facts are extracted from, and what was left out of each.

use std::{cell::RefCell, collections::VecDeque, io, path::Path, rc::Rc};

use docre::{
    Error, Result,
    corpus::{Input, ReadDocument},
    document::Document,
    output::{FactsPlace, KeptFacts},
};

use super::{Options, STANDARD_INPUT};
use crate::reading::say_beside;

/// Documents, one after another.
pub struct Source {
    /// The documents.
    pub documents: Box<dyn Iterator<Item = Result<Document>>>,
    /// What is known of those that were read.
    pub aside: Aside,
    /// How many there are, where that is known.
    pub count: Option<usize>,
}

/// What is known of a document that was read.
#[derive(Default)]
pub struct Read {
    /// What was left out of it as wrong.
    pub problems: Vec<String>,
    /// Where its facts go, where they are kept in a folder.
    pub place: Option<FactsPlace>,
    /// How many documents were passed by before it, because their facts are kept already.
    pub before: usize,
}

/// What is known of each document that was read, in their order.
#[derive(Clone, Default)]
pub struct Aside(Rc<RefCell<Reads>>);

#[derive(Default)]
struct Reads {
    waiting: VecDeque<Read>,
    before: usize,
}

impl Aside {
    /// What is known of the next document.
    pub fn next(&self) -> Read {
        self.0.borrow_mut().waiting.pop_front().unwrap_or_default()
    }

    /// What is known of the last document that was read.
    pub fn last(&self) -> Read {
        self.0.borrow_mut().waiting.pop_back().unwrap_or_default()
    }

    /// How many documents were passed by since the last one.
    pub fn before(&self) -> usize {
        self.0.borrow().before
    }

    fn pass_by(&self) {
        self.0.borrow_mut().before += 1;
    }

    fn push(&self, problems: Vec<String>, place: Option<FactsPlace>) {
        let mut reads = self.0.borrow_mut();
        let before = std::mem::take(&mut reads.before);
        reads.waiting.push_back(Read { problems, place, before });
    }
}

impl Source {
    /// Opens what the options name, without the documents whose facts are kept already.
    pub fn open(
        options: &Options,
        input: &Input,
        kept: Option<Rc<RefCell<KeptFacts>>>,
    ) -> Result<Self> {
        let read = options.reading.options_for(input)?;
        let documents = match options.file.as_os_str() == STANDARD_INPUT {
            true => input.stream_of_with(io::stdin(), Path::new("standard input"), &read)?,
            false => input.stream_with(&options.file, &read)?,
        };
        say_beside(&options.file, &documents.beside);
        let (count, aside) = (documents.count, Aside::default());
        let (path, find_entities) = (options.file.clone(), options.find_entities);
        let known = aside.clone();
        let document = move |read: Result<ReadDocument>| {
            let read = match read {
                Ok(read) => read,
                Err(error) => {
                    known.push(Vec::new(), None);
                    return Some(Err(error));
                }
            };
            let place = kept.as_ref().map(|kept| kept.borrow_mut().place(&read.document));
            if matches!(place, Some(None)) {
                known.pass_by();
                return None;
            }
            known.push(problems(&read, &path), place.flatten());
            Some(Ok(match find_entities {
                true => Document { entities: Vec::new(), facts: None, ..read.document },
                false => read.document,
            }))
        };
        Ok(Self { documents: Box::new(documents.filter_map(document)), aside, count })
    }
}

/// What was left out of a document, each with its place in the file.
fn problems(read: &ReadDocument, path: &Path) -> Vec<String> {
    let ReadDocument { index, document, problems, .. } = read;
    let own = format!("{}: ", path.display());
    let place = |problem: &String| {
        let (path, title) = (path.to_path_buf(), document.title.clone());
        let problem = problem.clone();
        let error = Error::Document { path, index: *index, title, problem }.to_string();
        error.strip_prefix(&own).unwrap_or(&error).to_owned()
    };
    problems.iter().map(place).collect()
}
