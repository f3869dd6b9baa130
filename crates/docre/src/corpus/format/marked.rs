//! Marked text: documents as people write them in an editor.
//!
//! ```text
//! # A note on engines
//! [Ada Lovelace|PER|1] wrote on the [Analytical Engine|MISC|2]. [She|PER|1] was first.
//!
//! = 1 | wrote about | 2 | 0
//! ```
//!
//! - A document begins with `# ` and its title.
//! - `[words|TYPE|KEY]` is a mention. Mentions with one key are one entity; one without a key is an
//!   entity of its own. `KEY=ID` says what a knowledge base calls the entity, `KEY#2` that this is
//!   its second mention, where that isn't the order of the text. Mentions may hold others.
//! - `= HEAD | RELATION | TAIL` is a fact, with the sentences that are its evidence (from 0, between
//!   blanks) and a score behind further `|`.
//! - `@ KEY | TYPE | START END` is a mention by its characters: one that crosses another.
//! - `% unlabelled` says that nobody looked for facts, `% blanks` that tokens stand between blanks
//!   and sentences on lines; else a text is cut by docre's rules. `% marked` says that a text is
//!   marked text where nothing else in it does.
//! - A backslash takes the meaning from what is behind it: `\[`, `\]`, `\|`, `\\`, and `\#`, `\=`,
//!   `\@`, `\%` where a line begins. `\n`, `\r`, `\t` and `\ ` are white space.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::marked_page::Page;
use super::{Cut, FormatRow, Layout, Tell, TextForm, TextWriter};
use crate::corpus::objects::Object;
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::{Units, numbered_lines, utf8};
use crate::corpus::raw::{Parsed, Refused};
use crate::corpus::spans::{Rendered, Span, without_blanks};
use crate::document::{Document, Fact};

pub(super) static ROW: FormatRow = FormatRow {
    name: "marked",
    about: "text with [mentions|TYPE|1] and lines for facts",
    endings: &["marked"],
    layout: Layout::Text { cut: |_| Some(Cut::Units(PAGES)) },
    tell: Tell {
        name: |path| path.extension().is_some_and(|found| found.eq_ignore_ascii_case("marked")),
        beginning: is_marked,
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| {
        let (head, between, tail) = ("", "\n", "");
        TextWriter::create(path, TextForm { head, between, tail, write, read })
    }),
};

const PAGES: Units = Units {
    delimiter: b'\n',
    begins: |line| line.starts_with(b"# "),
    ends: |_| false,
    closed: None,
};

/// How lines that say something of the document begin.
pub(super) const TITLE: &str = "# ";
pub(super) const FACT: &str = "= ";
pub(super) const PLACE: &str = "@ ";
pub(super) const SETTING: &str = "% ";

/// The settings.
pub(super) const UNLABELLED: &str = "unlabelled";
pub(super) const BLANKS: &str = "blanks";
pub(super) const MARKED: &str = "marked";

/// Whether a text begins with a title and has a mention, a fact or a setting.
fn is_marked(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let says = |line: &[u8]| {
        let begins = |with: &str| line.starts_with(with.as_bytes());
        begins(FACT) || begins(SETTING) || has_mention(line)
    };
    text.starts_with(TITLE.as_bytes()) && text.split(|&byte| byte == b'\n').any(says)
}

/// Whether `[`, `|` and `]` stand in a line, one behind the other.
fn has_mention(line: &[u8]) -> bool {
    let mut rest = line.iter();
    b"[|]".iter().all(|wanted| rest.any(|byte| byte == wanted))
}

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    let bytes = object.untrimmed();
    let text = utf8(bytes.strip_prefix(super::BYTE_ORDER_MARK).unwrap_or(bytes))?;
    let mut lines = numbered_lines(text, object.first_line());
    let title = lines.find(|(_, line)| !line.trim().is_empty());
    let Some((number, Some(title))) = title.map(|(n, line)| (n, line.strip_prefix(TITLE))) else {
        let line = title.map_or(object.first_line(), |(number, _)| number);
        let problem = format!("line {line}: a document begins with a line \"# TITLE\"");
        return Err(Refused::from(problem));
    };
    let title = unescaped(trimmed(title)).map_err(|p| format!("line {number}: {p}"))?;
    let refuse = |problem| Refused::new(&title, problem);
    let (raw, left_out) = Page::read(lines).into_text(&title).tokenize().map_err(refuse)?;
    raw.check(left_out)
}

/// What a backslash makes of the character behind it.
const ESCAPES: [(char, char); 12] = [
    ('\\', '\\'),
    ('[', '['),
    (']', ']'),
    ('|', '|'),
    ('#', '#'),
    ('=', '='),
    ('@', '@'),
    ('%', '%'),
    (' ', ' '),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
];

/// The character that a text begins with a backslash for, and the text behind it.
pub(super) fn escape(text: &str) -> Result<(char, &str), String> {
    let mut rest = text.chars();
    rest.next();
    let found = rest.next();
    let meant = ESCAPES.iter().find(|(written, _)| Some(*written) == found);
    match (meant, found) {
        (Some(&(_, meant)), _) => Ok((meant, rest.as_str())),
        (None, found) => {
            let found = found.map(String::from).unwrap_or_default();
            Err(format!("\\{found} stands for nothing; write \\\\ for a backslash"))
        }
    }
}

/// A value as it was before its characters were escaped.
pub(super) fn unescaped(written: &str) -> Result<String, String> {
    let (mut value, mut rest) = (String::new(), written);
    while let Some(c) = rest.chars().next() {
        let (c, behind) = match c {
            '\\' => escape(rest)?,
            _ => (c, &rest[c.len_utf8()..]),
        };
        value.push(c);
        rest = behind;
    }
    Ok(value)
}

/// A value without the blanks around it, but for those behind a backslash.
pub(super) fn trimmed(written: &str) -> &str {
    let blank = [' ', '\t'];
    let found = written.trim_start_matches(blank);
    let short = found.trim_end_matches(blank);
    let backslashes = short.bytes().rev().take_while(|&byte| byte == b'\\').count();
    match backslashes % 2 {
        1 => &found[..found.len().min(short.len() + 1)],
        _ => short,
    }
}

/// A value with what has a meaning escaped.
fn escaped(value: &str, special: &[char]) -> String {
    let mut written = String::new();
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        let is_outer = place == 0 || place == last;
        let escape = ESCAPES.iter().find(|(_, meant)| *meant == c).map(|(written, _)| written);
        match escape {
            Some(letter) if special.contains(&c) || c.is_control() => {
                written.extend(['\\', *letter])
            }
            Some(_) if c == ' ' && is_outer => written.push_str("\\ "),
            _ => written.push(c),
        }
    }
    written
}

/// What parts the fields of a line or mention.
const IN_FIELDS: &[char] = &['\\', '[', ']', '|'];
/// The same in the key of a mention.
const IN_KEYS: &[char] = &['\\', '[', ']', '|', '#', '='];

/// A document as it is written: with the rules or with blanks, whichever gives its sentences back,
/// and with evidence where the sentences are as many.
fn write(document: &Document) -> String {
    let source = Rendered::of_source(document);
    let mut ways = Vec::new();
    match source {
        Some(source) => {
            let again = Rendered::of_source(document);
            ways.push((source, false));
            ways.extend(again.map(|source| (source, true)));
        }
        None => ways.push((Rendered::new(document, without_blanks), true)),
    }
    let mut first = None;
    for (rendered, blanks) in ways {
        let written = Written { document, rendered: &rendered, blanks };
        let text = written.page(true);
        let bare = Object::of_bytes(written.page(false).into_bytes());
        let back = read(&bare, &ReadOptions::default()).map(|back| back.document.sentences);
        let back = back.unwrap_or_default();
        if back == document.sentences
            || (document.text.is_none() && back.len() == document.sentences.len())
        {
            return text;
        }
        first.get_or_insert_with(|| written.page(false));
    }
    first.unwrap_or_default()
}

/// A document on its way to a page.
struct Written<'a> {
    document: &'a Document,
    rendered: &'a Rendered,
    /// Whether tokens stand between blanks.
    blanks: bool,
}

impl Written<'_> {
    fn page(&self, with_evidence: bool) -> String {
        let title = escaped(&self.document.title, &['\\']);
        let mut page = format!("{TITLE}{title}\n");
        let Document { entities, facts, .. } = self.document;
        let is_bare = !self.blanks && entities.is_empty() && facts.as_deref() == Some(&[]);
        for (is_set, setting) in
            [(self.blanks, BLANKS), (facts.is_none(), UNLABELLED), (is_bare, MARKED)]
        {
            page += &if is_set { format!("{SETTING}{setting}\n") } else { String::new() };
        }
        let marks = Marks::new(self.document, self.rendered);
        page += &self.text(&marks);
        page += "\n\n";
        for mark in marks.all.iter().filter(|mark| mark.crosses) {
            let Mark { kind, key, start, end, .. } = mark;
            page += &format!("{PLACE}{key} | {kind} | {start} {end}\n");
        }
        for fact in self.document.labelled_facts() {
            page += &fact_line(fact, with_evidence);
        }
        page
    }

    /// The text with its mentions, and white space of its own around it escaped.
    fn text(&self, marks: &Marks) -> String {
        let mut text = self.rendered.text.as_str();
        if self.document.text.is_none() && !text.ends_with("\n\n") {
            text = text.strip_suffix('\n').unwrap_or(text);
        }
        let inner = text.len() - text.trim_start().len()..text.trim_end().len();
        let (mut written, mut open) = (String::new(), Vec::new());
        let mut begins = HashMap::<usize, Vec<&Mark>>::new();
        for mark in marks.all.iter().filter(|mark| !mark.crosses) {
            begins.entry(mark.start).or_default().push(mark);
        }
        let mut line_start = 0;
        let ends = text.char_indices().chain([(text.len(), '\0')]);
        for (number, (byte, c)) in ends.enumerate() {
            while open.last().is_some_and(|mark: &&Mark| mark.end == number) {
                let mark = open.pop().expect("there is a last one");
                written += &format!("|{}|{}]", mark.kind, mark.key);
            }
            for mark in begins.remove(&number).unwrap_or_default() {
                written.push('[');
                open.push(mark);
            }
            if byte == text.len() {
                break;
            }
            match c {
                '\n' if inner.contains(&byte) => {
                    written.push('\n');
                    line_start = written.len();
                }
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                '\\' | '[' | ']' => written.extend(['\\', c]),
                '|' if !open.is_empty() => written.push_str("\\|"),
                '#' | '=' | '@' | '%' if written.len() == line_start => {
                    written.extend(['\\', c]);
                }
                _ => written.push(c),
            }
        }
        written
    }
}

fn fact_line(fact: &Fact, with_evidence: bool) -> String {
    let relation = escaped(&fact.relation, IN_FIELDS);
    let mut line = format!("{FACT}{} | {relation} | {}", fact.head + 1, fact.tail + 1);
    let sentences = if with_evidence { fact.evidence.as_slice() } else { &[] };
    let sentences: Vec<_> = sentences.iter().map(usize::to_string).collect();
    if !sentences.is_empty() || fact.score.is_some() {
        line += &format!(" | {}", sentences.join(" "));
    }
    if let Some(score) = fact.score {
        line += &format!(" | {score}");
    }
    line + "\n"
}

/// The mentions of a document in the order of a page.
struct Marks {
    all: Vec<Mark>,
}

struct Mark {
    entity: usize,
    /// Its place among the mentions of its entity.
    number: usize,
    start: usize,
    end: usize,
    kind: String,
    key: String,
    /// Whether it crosses an earlier one, so that brackets can't hold it.
    crosses: bool,
}

impl Marks {
    fn new(document: &Document, rendered: &Rendered) -> Self {
        let mut all = Vec::new();
        for (entity, spans) in rendered.spans(document).into_iter().enumerate() {
            for (number, Span { start, end, kind, .. }) in spans.into_iter().enumerate() {
                let kind = escaped(&kind, IN_FIELDS);
                let key = String::new();
                all.push(Mark { entity, number, start, end, kind, key, crosses: false });
            }
        }
        all.sort_by_key(|mark| (mark.start, Reverse(mark.end), mark.entity, mark.number));
        let mut open: Vec<usize> = Vec::new();
        for mark in &mut all {
            while open.last().is_some_and(|&end| end <= mark.start) {
                open.pop();
            }
            mark.crosses = open.last().is_some_and(|&end| end < mark.end);
            if !mark.crosses {
                open.push(mark.end);
            }
        }
        let mut marks = Self { all };
        marks.name(document);
        marks
    }

    /// Gives mentions the keys of their entities, with a number where their order in the text is
    /// another.
    fn name(&mut self, document: &Document) {
        let mut orders = vec![Vec::new(); document.entities.len()];
        for crosses in [false, true] {
            for mark in self.all.iter().filter(|mark| mark.crosses == crosses) {
                orders[mark.entity].push(mark.number);
            }
        }
        for mark in &mut self.all {
            mark.key = (mark.entity + 1).to_string();
            if !orders[mark.entity].is_sorted() {
                mark.key += &format!("#{}", mark.number + 1);
            }
            if let (0, Some(id)) = (mark.number, &document.entities[mark.entity].id) {
                mark.key += &format!("={}", escaped(id, IN_KEYS));
            }
        }
    }
}
