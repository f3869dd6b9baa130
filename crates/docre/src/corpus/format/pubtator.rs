//! PubTator: a title and an abstract (`ID|t|...`, `ID|a|...`), mentions by characters, and
//! relations between the identifiers of a knowledge base.
//!
//! Title and abstract are one document, with a line break where the format counts one character.
//! A mention with several identifiers (`D1,D2`, and `D1|D2` unless a relation names it so) belongs
//! to each of their entities, one without (`-`, `-1`) is an entity of its own. Documents are
//! parted by blank lines.

use super::{FormatRow, Layout, Tell, TextForm, TextWriter};
use crate::corpus::format::Cut;
use crate::corpus::identified::{Identified, identifier};
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::{Units, numbered_lines, utf8};
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span, without_blanks};
use crate::document::Document;

pub(super) static ROW: FormatRow = FormatRow {
    name: "pubtator",
    about: "text of titles, abstracts and annotations by identifier",
    endings: &["pubtator"],
    layout: Layout::Text { cut: |_| Some(Cut::Units(BLOCKS)) },
    tell: Tell { beginning: |text| is_title(text.trim_ascii_start()), ..Tell::NOTHING },
    read,
    create: Some(|path| {
        let (head, between, tail) = ("", "\n", "");
        TextWriter::create(path, TextForm { head, between, tail, write, read })
    }),
};

/// A document begins with its title, and a blank line ends it.
const BLOCKS: Units = Units {
    delimiter: b'\n',
    begins: is_title,
    ends: |text| text.ends_with(b"\n\n") || text.ends_with(b"\n\r\n"),
    closed: None,
};

/// Whether a text begins with `ID|t|`.
fn is_title(text: &[u8]) -> bool {
    let text = text.strip_prefix(super::BYTE_ORDER_MARK).unwrap_or(text);
    let Some(end) = text.iter().position(|&byte| byte == b'|' || byte.is_ascii_whitespace()) else {
        return false;
    };
    end > 0 && text[end..].starts_with(b"|t|")
}

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let bytes = object.untrimmed();
    let text = utf8(bytes.strip_prefix(super::BYTE_ORDER_MARK).unwrap_or(bytes))?;
    let mut found = Block::default();
    for (number, line) in numbered_lines(text, object.first_line()) {
        if let Err(problem) = found.read_line(number, line) {
            found.problems.push(format!("line {number}: {problem}"));
        }
    }
    let Some(title) = found.title.clone() else {
        let line = object.first_line();
        return Err(Refused::from(format!(
            "line {line}: a document begins with a line ID|t|TITLE"
        )));
    };
    let (raw, left_out) =
        found.annotated(&title).tokenize().map_err(|p| Refused::new(&title, p))?;
    raw.check(left_out)
}

/// The lines of a document.
#[derive(Default)]
struct Block<'a> {
    title: Option<String>,
    passages: Vec<&'a str>,
    mentions: Vec<Mention<'a>>,
    relations: Vec<[&'a str; 3]>,
    left_out: Omissions,
    problems: Vec<String>,
}

struct Mention<'a> {
    span: Span,
    identifier: &'a str,
}

impl<'a> Block<'a> {
    fn read_line(&mut self, number: usize, line: &'a str) -> Result<(), String> {
        if line.trim().is_empty() {
            return Ok(());
        }
        if let Some((id, passage)) = passage(line) {
            self.check_id(id)?;
            self.passages.push(passage);
            return Ok(());
        }
        let fields: Vec<&str> = line.split('\t').collect();
        self.check_id(fields[0])?;
        let place = |field: usize| fields.get(field).and_then(|f| f.trim().parse::<usize>().ok());
        match (&fields[..], place(1), place(2)) {
            ([_, _, _, text, kind, rest @ ..], Some(start), Some(end)) => {
                let (id, text) = (format!("of line {number}"), Some((*text).to_owned()));
                let kind = kind.trim().to_owned();
                let span = Span { id, start, end, text, kind, entity_id: None };
                let identifier = rest.first().copied().unwrap_or_default();
                self.mentions.push(Mention { span, identifier });
                self.count_rest("columns behind the identifier", rest.get(1..));
                Ok(())
            }
            ([_, relation, head, tail, rest @ ..], _, _) => {
                self.relations.push([head, relation.trim(), tail]);
                let marks = rest.first().filter(|mark| !mark.trim().is_empty());
                marks.iter().for_each(|mark| {
                    self.left_out.add_named(Omission::Novelty, mark.trim(), 1);
                });
                self.count_rest("columns behind the novelty", rest.get(1..));
                Ok(())
            }
            _ => Err("should be a mention (ID, START, END, TEXT, TYPE and IDENTIFIER between \
                      tabs) or a relation (ID, RELATION, HEAD and TAIL)"
                .into()),
        }
    }

    fn count_rest(&mut self, name: &str, rest: Option<&[&str]>) {
        let filled = rest.unwrap_or_default().iter().filter(|field| !field.trim().is_empty());
        self.left_out.add_named(Omission::OtherField, name, filled.count());
    }

    /// All lines are of one document.
    fn check_id(&mut self, id: &str) -> Result<(), String> {
        match &self.title {
            None => self.title = Some(id.to_owned()),
            Some(title) if title != id => {
                return Err(format!("is of document \"{id}\", but stands in \"{title}\""));
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn annotated(self, title: &str) -> AnnotatedText {
        let Self { passages, mentions, relations, mut left_out, problems, .. } = self;
        let named = relations.iter().flat_map(|[head, _, tail]| [*head, *tail]);
        let mut identified = Identified::with_relations_of(named);
        for Mention { span, identifier } in mentions {
            identified.add(span, identifier);
        }
        for [head, relation, tail] in relations {
            identified.relate(head, relation, tail);
        }
        left_out.merge(&identified.left_out);
        // An empty abstract has no line break in front of it, or none could be told from it.
        let empty = passages.iter().rev().take_while(|passage| passage.is_empty()).count();
        AnnotatedText {
            title: title.to_owned(),
            text: passages[..passages.len() - empty].join("\n"),
            split: Split::Rules,
            unit: Unit::Characters,
            marked: false,
            entities: identified.entities,
            labels: Some(identified.labels),
            left_out,
            problems,
        }
    }
}

/// The document and the text of a line `ID|t|TEXT` or `ID|a|TEXT`.
fn passage(line: &str) -> Option<(&str, &str)> {
    let (id, rest) = line.split_once('|')?;
    let (section, text) = rest.split_once('|')?;
    let is_section = !section.is_empty() && section.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_section && !id.contains('\t')).then_some((id, text))
}

fn write(document: &Document) -> String {
    let rendered =
        Rendered::of_source(document).unwrap_or_else(|| Rendered::new(document, without_blanks));
    let id = file_id(&document.title);
    let (title, rest) = rendered.text.split_once('\n').unwrap_or((&rendered.text, ""));
    let mut written = format!("{id}|t|{}\n{id}|a|{}\n", on_one_line(title), on_one_line(rest));
    let name = |entity: usize| field(&identifier(document.entities[entity].id.as_deref(), entity));
    for (entity, spans) in rendered.spans(document).into_iter().enumerate() {
        for Span { start, end, text, kind, .. } in spans {
            let (text, kind) = (on_one_line(&text.unwrap_or_default()), field(&kind));
            let name = name(entity);
            written += &format!("{id}\t{start}\t{end}\t{text}\t{kind}\t{name}\n");
        }
    }
    for fact in document.labelled_facts() {
        let (relation, head, tail) = (field(&fact.relation), name(fact.head), name(fact.tail));
        written += &format!("{id}\t{relation}\t{head}\t{tail}\n");
    }
    written
}

/// A title as it can stand before `|`.
fn file_id(title: &str) -> String {
    without_blanks(title).replace('|', "_")
}

/// A value as it can stand between tabs.
fn field(value: &str) -> String {
    value.replace(['\t', '\n', '\r'], " ")
}

/// A text without characters that end a line or a field: as many others.
fn on_one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}
