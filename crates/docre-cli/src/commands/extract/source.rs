//! The documents that facts are extracted from, and what was left out of each.

use std::{cell::RefCell, collections::VecDeque, io, path::Path, rc::Rc};

use docre::{
    Error, Result,
    corpus::{Input, ReadDocument},
    document::Document,
};

use super::{Options, STANDARD_INPUT};
use crate::reading::say_beside;

/// Documents, one after another.
pub struct Source {
    /// The documents.
    pub documents: Box<dyn Iterator<Item = Result<Document>>>,
    /// What was left out of those that were read.
    pub aside: Aside,
    /// How many there are, where that is known.
    pub count: Option<usize>,
}

/// What was left out as wrong of each document that was read, in their order.
#[derive(Clone, Default)]
pub struct Aside(Rc<RefCell<VecDeque<Vec<String>>>>);

impl Aside {
    /// What was left out of the next document.
    pub fn next(&self) -> Vec<String> {
        self.0.borrow_mut().pop_front().unwrap_or_default()
    }

    /// What was left out of the last document that was read.
    pub fn last(&self) -> Vec<String> {
        self.0.borrow_mut().pop_back().unwrap_or_default()
    }
}

impl Source {
    /// Opens what the options name.
    pub fn open(options: &Options, input: &Input) -> Result<Self> {
        let read = options.reading.options_for(input)?;
        let documents = match options.file.as_os_str() == STANDARD_INPUT {
            true => input.stream_of_with(io::stdin(), Path::new("standard input"), &read)?,
            false => input.stream_with(&options.file, &read)?,
        };
        say_beside(&options.file, &documents.beside);
        let (count, aside) = (documents.count, Aside::default());
        let (path, find_entities) = (options.file.clone(), options.find_entities);
        let left_out = aside.clone();
        let document = move |read: Result<ReadDocument>| {
            let problems = read.as_ref().map_or(Vec::new(), |read| problems(read, &path));
            left_out.0.borrow_mut().push_back(problems);
            let document = read?.document;
            Ok(match find_entities {
                true => Document { entities: Vec::new(), facts: None, ..document },
                false => document,
            })
        };
        Ok(Self { documents: Box::new(documents.map(document)), aside, count })
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
