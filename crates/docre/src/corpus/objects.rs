//! Cuts a JSON file into the objects it lists, one at a time, unparsed.
//!
//! `serde_json` streams objects that follow each other, but not the items of a
//! list, and DocRED's distantly supervised file is one list of more than 1 GB.

mod object;
mod scan;

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

pub(super) use object::Object;
use object::place;
use scan::{Nesting, fill, find_list, peek};

use super::words::counted;
use crate::Error;

/// No object may be longer: a missing quote or bracket would otherwise draw the
/// rest of a huge file into memory. The longest public document has about 50 kB.
pub(super) const LONGEST_OBJECT: usize = 64 << 20;

/// The most bytes of a line after which an object may go on: its bracket. Longer ones are objects
/// that lack their end.
const OPENING: usize = 1;

/// What some editors begin a file of UTF-8 with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Large reads, for files of a gigabyte.
const BUFFER: usize = 1 << 18;

/// The objects of a JSON list or of JSON lines, in file order, nothing behind an error.
pub(super) struct Objects<R> {
    input: BufReader<R>,
    layout: Layout,
    /// What an object is to the user: "document", "prediction".
    noun: &'static str,
    /// Whether an item of a list may be a list itself.
    with_lists: bool,
    /// Whether the list is a member of an object, which goes on behind it.
    is_member: bool,
    /// The bytes of the object that is being read.
    object: Vec<u8>,
    /// How many objects were begun.
    begun: usize,
    /// The lines read so far; counted in JSON lines only.
    lines: usize,
    /// The lines read so far of the object at hand behind its first.
    further_lines: usize,
    ended: bool,
}

/// How the objects stand in the file, told by its first character.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// `[{...}, {...}]`
    List,
    /// `{...}` on each line.
    Lines,
}

/// Why the file can't be cut any further.
#[derive(Debug)]
pub(super) enum Broken {
    Read(io::Error),
    Layout(String),
    /// A file of a folder, already named.
    File(Error),
}

impl Broken {
    /// The error for the user of the file `path`.
    pub(super) fn of(self, path: &Path) -> Error {
        match self {
            Self::Read(source) => Error::io(path, "read")(source),
            Self::Layout(problem) => Error::file(path, problem),
            Self::File(error) => error,
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

type Result<T> = std::result::Result<T, Broken>;

fn layout_error<T>(problem: impl Into<String>) -> Result<T> {
    Err(Broken::Layout(problem.into()))
}

impl<R: Read> Objects<R> {
    /// Reads as far as the first character, which tells the layout.
    pub(super) fn new(input: R, path: &Path, noun: &'static str) -> Result<Self> {
        let mut input = BufReader::with_capacity(BUFFER, input);
        if fill(&mut input)?.starts_with(BYTE_ORDER_MARK) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        let layout = match peek(&mut input)? {
            Some(b'[') => Layout::List,
            Some(b'{') => Layout::Lines,
            Some(found) => return layout_error(not_a_list(found, noun)),
            // What is written where there is nothing to write.
            None if is_json_lines(path) => Layout::Lines,
            None => return layout_error("the file is empty"),
        };
        if layout == Layout::List {
            input.consume(1);
        }
        let object = Vec::new();
        let (begun, lines) = (0, 0);
        Ok(Self {
            input,
            layout,
            noun,
            with_lists: false,
            is_member: false,
            object,
            begun,
            lines,
            further_lines: 0,
            ended: false,
        })
    }

    /// The objects of a list that is a member of the file's one object, under one of these keys:
    /// `{"documents": [{...}, ...]}`.
    pub(super) fn of_member(
        input: R,
        path: &Path,
        noun: &'static str,
        keys: &[&str],
    ) -> Result<Self> {
        let mut objects = Self::new(input, path, noun)?;
        let is_found = objects.layout == Layout::Lines && find_list(&mut objects.input, keys)?;
        if !is_found {
            let keys = keys.join(" or ");
            return layout_error(format!("the file ends before a list under the key {keys}"));
        }
        Ok(Self { layout: Layout::List, is_member: true, ..objects })
    }

    /// The same, where an item of a list may also be a list: `[[...], [...]]`.
    pub(super) fn or_lists(self) -> Self {
        Self { with_lists: true, ..self }
    }

    /// The place of the current object in the file, from 0.
    fn index(&self) -> usize {
        self.begun.saturating_sub(1)
    }

    fn line(&self) -> Option<usize> {
        (self.layout == Layout::Lines).then_some(self.lines)
    }

    /// The object that was just read.
    fn take(&mut self) -> Object {
        let bytes = std::mem::take(&mut self.object);
        let (index, line) = (self.index(), self.line());
        Object { bytes, index, noun: self.noun, line, file: None, name: None }
    }

    /// Reads the next item of the list into `object`; false at the list's end.
    fn next_item(&mut self) -> Result<bool> {
        let noun = self.noun;
        let mut found = peek(&mut self.input)?;
        if self.begun > 0 && found == Some(b',') {
            self.input.consume(1);
            found = match peek(&mut self.input)? {
                Some(b']') => {
                    return layout_error(format!("a comma, but no {noun}, before the final `]`"));
                }
                found => found,
            };
        } else if self.begun > 0 && found.is_some_and(|byte| byte != b']') {
            let (last, found) = (self.index(), character(found.unwrap_or_default()));
            return layout_error(format!(
                "after {noun} {last} there should be `,` or `]`, but there is {found}"
            ));
        }
        match found {
            Some(b'{') => self.read_item().map(|()| true),
            Some(b'[') if self.with_lists => self.read_item().map(|()| true),
            Some(b']') => self.check_end().map(|()| false),
            Some(found) => layout_error(format!(
                "{noun} {} should be an object and start with `{{`, but starts with {}",
                self.begun,
                character(found)
            )),
            None => layout_error(format!(
                "the file ends before its list does (after {})",
                counted(self.begun, &format!("complete {noun}"))
            )),
        }
    }

    /// Reads one item, from its bracket to the one that closes it.
    fn read_item(&mut self) -> Result<()> {
        self.object.clear();
        self.begun += 1;
        let mut nesting = Nesting::default();
        loop {
            let bytes = fill(&mut self.input)?;
            if bytes.is_empty() {
                return self.cut_short();
            }
            let end = nesting.closing(bytes);
            let taken = end.unwrap_or(bytes.len());
            self.object.extend_from_slice(&bytes[..taken]);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(());
            }
            self.check_length()?;
        }
    }

    /// Only white space may follow the list.
    fn check_end(&mut self) -> Result<()> {
        self.input.consume(1);
        if self.is_member {
            return self.check_object_end();
        }
        match peek(&mut self.input)? {
            None => Ok(()),
            Some(found) => layout_error(format!(
                "{} stands after the end of the list of {}s",
                character(found),
                self.noun
            )),
        }
    }

    /// The object of which the list is a member has to end too.
    fn check_object_end(&mut self) -> Result<()> {
        let mut rest = Vec::new();
        (&mut self.input).take(LONGEST_OBJECT as u64).read_to_end(&mut rest)?;
        match rest.trim_ascii_end().last() {
            Some(b'}') => Ok(()),
            _ => layout_error("the file ends before its object does, so it may be cut short"),
        }
    }

    /// Reads the next line that isn't blank into `object`; false at the file's end.
    fn next_line(&mut self) -> Result<bool> {
        self.lines += std::mem::take(&mut self.further_lines);
        loop {
            self.object.clear();
            let mut line = (&mut self.input).take(LONGEST_OBJECT as u64 + 1);
            if line.read_until(b'\n', &mut self.object)? == 0 {
                return Ok(false);
            }
            self.lines += 1;
            if !self.object.trim_ascii().is_empty() {
                break;
            }
        }
        self.begun += 1;
        self.check_length()?;
        self.read_further_lines()?;
        let is_last = !self.object.ends_with(b"\n");
        if is_last && Nesting::default().closing(&self.object).is_none() {
            return self.cut_short().map(|()| false);
        }
        Ok(true)
    }

    /// Reads the other lines of an object that goes on over several, as a person or a program
    /// writes one for people. It doesn't where the next line begins an object.
    fn read_further_lines(&mut self) -> Result<()> {
        if self.object.trim_ascii().len() > OPENING {
            return Ok(());
        }
        let mut nesting = Nesting::default();
        let mut scanned = 0;
        loop {
            if nesting.closing(&self.object[scanned..]).is_some() {
                return Ok(());
            }
            scanned = self.object.len();
            if matches!(fill(&mut self.input)?.first(), None | Some(b'{')) {
                return Ok(());
            }
            let mut line = (&mut self.input).take(LONGEST_OBJECT as u64 + 1);
            line.read_until(b'\n', &mut self.object)?;
            self.further_lines += 1;
            self.check_length()?;
        }
    }

    fn cut_short(&self) -> Result<()> {
        layout_error(format!("the file ends in the middle of {} {}", self.noun, self.index()))
    }

    fn check_length(&self) -> Result<()> {
        if self.object.len() <= LONGEST_OBJECT {
            return Ok(());
        }
        layout_error(format!(
            "{} is longer than {} MiB; is a quote or a bracket missing?",
            place(self.noun, self.index(), self.line()),
            LONGEST_OBJECT >> 20
        ))
    }
}

impl<R: Read> Iterator for Objects<R> {
    type Item = Result<Object>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = match self.layout {
            Layout::List => self.next_item(),
            Layout::Lines => self.next_line(),
        };
        self.ended = !matches!(found, Ok(true));
        match found {
            Ok(true) => Some(Ok(self.take())),
            Ok(false) => None,
            Err(broken) => Some(Err(broken)),
        }
    }
}

/// Whether a file's name says that it holds JSON lines.
pub(super) fn is_json_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
}

/// What a file that is no list of objects starts with.
fn not_a_list(first: u8, noun: &str) -> String {
    match first {
        0xFE | 0xFF => "is UTF-16; save it as UTF-8".into(),
        0x1F => "looks compressed; unpack it first".into(),
        _ => {
            let plain = if noun == "document" && (first.is_ascii_alphanumeric() || first >= 0x80) {
                PLAIN
            } else {
                ""
            };
            format!(
                "should be a JSON list of {noun}s (`[`) or one {noun} a line (`{{`), but starts \
                 with {}{plain}",
                character(first)
            )
        }
    }
}

/// What is said of a text without annotations.
const PLAIN: &str = ". Give plain text a name that ends in .txt or .md, for a model that finds \
                     entities, or mark them in brat, in Label Studio, or in an editor as marked text";

/// A byte for people.
fn character(byte: u8) -> String {
    match byte {
        b' '..=b'~' => format!("`{}`", char::from(byte)),
        _ => format!("the byte 0x{byte:02X}"),
    }
}
