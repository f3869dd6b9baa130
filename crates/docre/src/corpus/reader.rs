//! Reads documents one at a time, from a file or a folder of any known format.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::beginning::Begun;
use super::folder::{DOCUMENT_FILES, Files, unread, without_partner};
use super::format::{Cut, Format, Layout, begins_objects};
use super::objects::{Broken, Object, Objects};
use super::omissions::Omissions;
use super::options::ReadOptions;
use super::pieces::Pieces;
use super::problems::Problems;
use super::read_document::{ReadDocument, Unread, read_document};
use super::several::Several;
use crate::document::Document;
use crate::{Error, Result, inputs};

/// Opens documents: a file in DocRED's form (a JSON list, or one document a line), or a file
/// or folder of another [`Format`], which is told by what is in it. A folder of several such files
/// is read as one file, in the order of their names.
///
/// Fails at once where the file can't be read or is no list. Memory is that of
/// one document.
pub fn read(path: impl AsRef<Path>) -> Result<Documents<File>> {
    let path = path.as_ref();
    if path.is_dir() {
        return read_as(path, Format::guess(path)?);
    }
    if Format::TEXT.has_name_of(path) {
        return read_as(path, Format::guess(path)?);
    }
    let file = inputs::open_data(path)?;
    Documents::new(file, path)
}

/// Opens documents of this format.
pub fn read_as(path: impl AsRef<Path>, format: Format) -> Result<Documents<File>> {
    let path = path.as_ref();
    format.check_documents(path)?;
    match format.layout() {
        Layout::Folder { extension } if !path.is_dir() => Err(Error::file(
            path,
            format!("documents in the format {format} are .{extension} files of a folder; name it"),
        )),
        Layout::Folder { extension } => {
            let files = Files::in_folder(path, extension)?;
            let beside = match extension {
                "ann" => without_partner(path, extension)?,
                _ => Omissions::default(),
            };
            Ok(Documents { beside, ..Documents::of_files(files, path, format) })
        }
        Layout::Files { endings, .. } if path.is_dir() => {
            let beside = unread(path, endings, true)?;
            let files = Files::within_folder(path, endings)?;
            Ok(Documents { beside, ..Documents::of_files(files, path, format) })
        }
        Layout::Files { .. } if inputs::is_plain_file(path) => {
            inputs::open_data(path)?;
            Ok(Documents::of_files(Files::one(path), path, format))
        }
        Layout::Json | Layout::Text { .. } if path.is_dir() => {
            let source = Source::Several(Several::in_folder(path, format)?);
            let beside = unread(path, &DOCUMENT_FILES, false)?;
            Ok(Documents { beside, ..Documents::of(source, path.to_path_buf(), Some(format)) })
        }
        Layout::Json | Layout::Text { .. } | Layout::Files { .. } => {
            Documents::begin(inputs::open_data(path)?, path, Some(format))
        }
    }
}

/// What an object of the file is.
const NOUN: &str = "document";

/// Documents that [`Documents::process`] gives to the threads at a time: enough that none
/// waits long for the last one.
const CHUNK: usize = 256;

/// Bytes after which a chunk takes no further document, so that long documents don't
/// fill the memory.
const CHUNK_BYTES: usize = 8 << 20;

/// The documents of a file, checked, one at a time, or with [`Documents::process`] on all
/// threads.
///
/// A bad document gives an error, and the next call goes on behind it. After an
/// error of the file itself (it is cut short, a comma is missing, the disk fails)
/// there is nothing more to come.
pub struct Documents<R> {
    path: PathBuf,
    source: Source<R>,
    /// Told by the first document, unless the caller knew it.
    format: Option<Format>,
    /// How many documents may still be read.
    left: usize,
    repeated_facts: usize,
    options: ReadOptions,
    /// What of a folder belongs to no document.
    beside: Omissions,
}

/// Where documents come from.
enum Source<R> {
    List(Objects<Begun<R>>),
    Text(Pieces<Begun<R>>),
    Folder(Files),
    Several(Several),
}

impl<R: Read> Documents<R> {
    /// Reads from anything; `path` stands for it in messages.
    pub fn new(input: R, path: impl AsRef<Path>) -> Result<Self> {
        Self::begin(input, path.as_ref(), None)
    }

    /// Reads what is typed or piped in: in a format that is told by how it begins, and plain text
    /// otherwise. `path` stands for it in messages.
    pub fn of_stream(input: R, path: &Path) -> Result<Documents<impl Read + use<R>>> {
        let input = Begun::new(input);
        let beginning = input.beginning();
        let told = Format::of_beginning(beginning).is_some() || begins_objects(beginning);
        let format = (!told).then_some(Format::TEXT);
        Documents::begin(input, path, format)
    }

    /// Opens a file, of this format where it is known.
    fn begin(input: R, path: &Path, format: Option<Format>) -> Result<Self> {
        let input = Begun::new(input);
        let format = format.or_else(|| Format::of_beginning(input.beginning()));
        let format = format.or_else(|| Format::of_text_name(path));
        let cut = format.and_then(|format| format.cut(input.beginning()));
        let source = match cut {
            Some(Cut::Units(units)) => Source::Text(Pieces::new(input, units, NOUN)),
            Some(Cut::Member(keys)) => {
                let objects = Objects::of_member(input, path, NOUN, keys);
                Source::List(objects.map_err(|broken| broken.of(path))?)
            }
            None => {
                let objects = Objects::new(input, path, NOUN).map_err(|broken| broken.of(path))?;
                Source::List(objects.or_lists())
            }
        };
        Ok(Self::of(source, path.to_path_buf(), format))
    }

    /// Reads the files of the folder `path`, each a document of this format.
    pub(super) fn of_files(files: Files, path: &Path, format: Format) -> Self {
        Self::of(Source::Folder(files), path.to_path_buf(), Some(format))
    }

    fn of(source: Source<R>, path: PathBuf, format: Option<Format>) -> Self {
        let (options, beside) = (ReadOptions::default(), Omissions::default());
        Self { path, source, format, left: usize::MAX, repeated_facts: 0, options, beside }
    }

    /// The same, read in this way. What a lenient reading leaves out is in
    /// [`ReadDocument::problems`]; a document that can't be read at all is an error still.
    pub fn with_options(self, options: ReadOptions) -> Self {
        Self { options, ..self }
    }

    /// Whether what is wrong is left out.
    pub(super) fn is_lenient(&self) -> bool {
        self.options.lenient
    }

    /// What of a folder belongs to no document: texts without annotations.
    pub fn beside(&self) -> &Omissions {
        &self.beside
    }

    /// Only the next `count` documents; the file isn't read further than to their end.
    pub fn limit(self, count: usize) -> Self {
        Self { left: count.min(self.left), ..self }
    }

    /// The format, once it is told.
    pub(super) fn format(&self) -> Option<Format> {
        self.format
    }

    /// The file, as messages name it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many facts were left out by the iterator so far because the same document
    /// gives them before (same head, tail and relation; the first one's evidence counts).
    pub fn repeated_facts(&self) -> usize {
        self.repeated_facts
    }

    /// Reads the documents and does `work` with each, on all threads, and gives the results
    /// to `take`, on this one and in file order. It ends with the first error of `take`.
    ///
    /// Some hundreds of documents and results are held at a time. While threads work on
    /// them, `take` has those before, and the file is read ahead for those behind.
    pub fn process<T: Send, E>(
        self,
        work: impl Fn(Result<ReadDocument>) -> T + Sync,
        take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        self.process_each(|read| work(read.map_err(|unread| unread.error)), take)
    }

    /// The same, where an error says whether it ends the file.
    fn process_each<T: Send, E>(
        mut self,
        work: impl Fn(Result<ReadDocument, Unread>) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut cut, mut done) = (self.cut_chunk(), Vec::new());
        while !cut.is_empty() || !done.is_empty() {
            let (mut making, path, format) = (Vec::new(), self.path.clone(), self.format);
            let options = self.options.clone();
            let work_on = |object| work(read_document(&path, format, object, &options));
            cut = rayon::in_place_scope(|threads| {
                threads.spawn(|_| making = cut.into_par_iter().map(work_on).collect());
                done.drain(..).try_for_each(&mut take)?;
                Ok(self.cut_chunk())
            })?;
            done = making;
        }
        Ok(())
    }

    /// The same with the documents alone. What is wrong is gathered from the whole file: a strict
    /// reading ends with it as the error, a lenient one gives it back.
    pub fn process_whole<T: Send, E: From<Error>>(
        self,
        work: impl Fn(ReadDocument) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<Problems, E> {
        let options = self.options.clone();
        let path = self.path.clone();
        let mut problems = Problems::new(&path);
        let lenient = ReadOptions { lenient: true, ..options.clone() };
        self.with_options(lenient).process_each(
            |read| {
                read.map(|mut read| {
                    let wrong = std::mem::take(&mut read.problems).into_iter();
                    let own = read.file.as_deref().unwrap_or(&path).to_path_buf();
                    let error = |problem| {
                        let (path, title) = (own.clone(), read.document.title.clone());
                        Error::Document { path, index: read.index, title, problem }
                    };
                    (wrong.map(error).collect::<Vec<_>>(), work(read))
                })
            },
            |read| match read {
                Ok((wrong, made)) => {
                    wrong.into_iter().for_each(|error| problems.add_item(error));
                    // Nothing is taken any more that won't be used.
                    if problems.is_empty() || options.lenient { take(made) } else { Ok(()) }
                }
                // What is missing of a file can't be left out of it.
                Err(Unread { error, ends_file: true }) if options.lenient => Err(error.into()),
                Err(Unread {
                    error: error @ (Error::Document { .. } | Error::File { .. }),
                    ..
                }) => {
                    problems.add(error);
                    Ok(())
                }
                Err(Unread { error, .. }) => Err(error.into()),
            },
        )?;
        if options.lenient { Ok(problems) } else { Ok(problems.refuse()?) }
    }

    /// The documents one at a time, with what their file tells of them.
    pub fn each(mut self) -> impl Iterator<Item = Result<ReadDocument>> {
        std::iter::from_fn(move || self.next_read())
    }

    /// How many documents are left to read, where that is known: of a folder of files.
    pub fn left(&self) -> Option<usize> {
        match &self.source {
            Source::Folder(files) => Some(files.left().min(self.left)),
            Source::List(_) | Source::Text(_) | Source::Several(_) => None,
        }
    }

    fn next_read(&mut self) -> Option<Result<ReadDocument>> {
        let object = self.next_object()?;
        let read = read_document(&self.path, self.format, object, &self.options);
        Some(read.map_err(|unread| unread.error))
    }

    /// The next objects of the file, unparsed; none at its end.
    fn cut_chunk(&mut self) -> Vec<Result<Object, Broken>> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
            let Some(object) = self.next_object() else { break };
            bytes += object.as_ref().map_or(0, |object| object.bytes().len());
            chunk.push(object);
        }
        chunk
    }

    pub(super) fn next_object(&mut self) -> Option<Result<Object, Broken>> {
        self.left = self.left.checked_sub(1)?;
        let object = match &mut self.source {
            Source::List(objects) => objects.next(),
            Source::Text(pieces) => pieces.next(),
            Source::Folder(files) => files.next(),
            Source::Several(files) => files.next(),
        };
        if let (None, Some(Ok(object))) = (self.format, &object) {
            self.format = Some(Format::of_object(object.bytes()));
        }
        object
    }
}

impl<R: Read> Iterator for Documents<R> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.next_read()?;
        Some(read.map(|read| {
            self.repeated_facts += read.repeated_facts;
            read.document
        }))
    }
}
