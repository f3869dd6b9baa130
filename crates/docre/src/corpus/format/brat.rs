//! brat's standoff form: a folder with a text (`.txt`) and its annotations (`.ann`) for each
//! document.
//!
//! Text-bound annotations (`T`) are mentions, `Equiv` groups them into entities, relations
//! (`R`) are facts. The folder's `tools.conf` says how brat cuts texts: `tokenizer:whitespace`
//! and `splitter:newline` are obeyed, and docre writes them, so that its tokens come back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::{DocumentsWriter, FormatRow, Layout, Tell, lost};
use crate::Result as DocreResult;
use crate::corpus::folder::{NewFolder, Stems, list};
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{
    AnnotatedText, Rendered, Span, clusters, entities_of, gaps_of_parts, without_blanks,
};
use crate::document::Document;
use crate::inputs::{check_file, read_settings};

pub(super) static ROW: FormatRow = FormatRow {
    name: "brat",
    about: "a folder of .txt and .ann",
    endings: &[],
    layout: Layout::Folder { extension: "ann" },
    tell: Tell { folder: |path| Ok(!list(path, "ann")?.is_empty()), ..Tell::NOTHING },
    read,
    create: Some(|path| Ok(Box::new(BratFolder::create(path)?))),
};

fn read(object: &Object, options: &ReadOptions) -> Result<Parsed, Refused> {
    let file = object.file.as_deref().unwrap_or(Path::new(""));
    let title = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let refuse = |problem| Refused::new(&title, problem);
    let path = file.with_extension("txt");
    check_file(&path).map_err(|error| refuse(error.to_string()))?;
    let text = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    let text = text.and_then(|bytes| utf8(&bytes, "the text")).map_err(refuse)?;
    let annotations = utf8(object.untrimmed(), "the annotation file").map_err(refuse)?;
    let split = split_of(file.parent().unwrap_or(Path::new(""))).map_err(refuse)?;
    parse(&title, text, &annotations, split, options)
}

fn utf8(bytes: &[u8], what: &str) -> Result<String, String> {
    let text = std::str::from_utf8(bytes);
    let place = |error: std::str::Utf8Error| error.valid_up_to();
    text.map(Into::into).map_err(|e| format!("{what} is not UTF-8 (at its byte {})", place(e)))
}

/// A document from the text and the annotations that stand in two files of a folder.
pub(in crate::corpus) fn of_parts(
    title: &str,
    text: String,
    annotations: &str,
    options: &ReadOptions,
) -> Result<Parsed, Refused> {
    parse(title, text, annotations, Split::Rules, options)
}

/// The mark that some editors begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// How the folder's `tools.conf` says that texts are cut.
fn split_of(folder: &Path) -> Result<Split, String> {
    let path = folder.join("tools.conf");
    if !path.exists() {
        return Ok(Split::Rules);
    }
    let options = read_settings(&path).map_err(|error| error.to_string())?;
    let has = |value: &str| {
        let lines = options.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).any(|word| word.trim_end_matches(',') == value)
    };
    let blanks = has("tokenizer:whitespace") && has("splitter:newline");
    Ok(if blanks { Split::Blanks } else { Split::Rules })
}

fn parse(
    title: &str,
    text: String,
    annotations: &str,
    split: Split,
    options: &ReadOptions,
) -> Result<Parsed, Refused> {
    let refuse = |problem| Refused::new(title, problem);
    let annotations = annotations.strip_prefix(BYTE_ORDER_MARK).unwrap_or(annotations);
    let (text, marked) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => (text.to_owned(), true),
        None => (text, false),
    };
    let mut annotations = Annotations::parse(annotations, options);
    if options.chains {
        annotations.join_chains();
    }
    let annotated = annotations.of_text(title, text, marked, split);
    let (raw, left_out) = annotated.tokenize().map_err(refuse)?;
    raw.check(left_out)
}

/// The lines of an annotation file.
#[derive(Default)]
struct Annotations {
    mentions: Vec<Span>,
    /// The mentions' ids.
    ids: HashSet<String>,
    parted: Vec<Parted>,
    relations: Vec<Relation>,
    /// Mentions of which each list is one entity.
    equivalent: Vec<(usize, Vec<String>)>,
    normalizations: Vec<Normalization>,
    /// Mentions that are triggers of events.
    triggers: HashSet<String>,
    left_out: Omissions,
    problems: Vec<String>,
}

/// A mention with gaps, by characters from and to.
struct Parted {
    id: String,
    parts: Vec<(usize, usize)>,
    text: String,
}

/// What a knowledge base calls the entity of a mention.
struct Normalization {
    mention: String,
    id: String,
}

impl Normalization {
    /// `Reference T1 Wikidata:Q42\tDouglas Adams`
    fn parse(rest: &str) -> Option<Self> {
        let words: Vec<&str> = rest.split('\t').next()?.split_whitespace().collect();
        let ["Reference", mention, id] = words[..] else { return None };
        let id = id.strip_prefix(NO_BASE).unwrap_or(id);
        Some(Self { mention: mention.into(), id: id.into() })
    }
}

/// The knowledge base of identifiers that name none: brat wants one.
const NO_BASE: &str = "id:";

struct Relation {
    line: usize,
    kind: String,
    head: String,
    tail: String,
}

impl Annotations {
    fn parse(text: &str, options: &ReadOptions) -> Self {
        let mut found = Self::default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = number + 1;
            if let Err(problem) = found.read_line(number, line, options) {
                found.problems.push(format!("line {number}: {problem}"));
            }
        }
        found
    }

    fn read_line(
        &mut self,
        number: usize,
        line: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let parts = line.split_once('\t').filter(|(id, _)| !id.contains(' '));
        let (id, rest) = parts.ok_or("should be an id, a tab and an annotation")?;
        match id.chars().next() {
            Some('T') => self.read_mention(id, rest),
            Some('R') => self.read_relation(number, rest, options),
            Some('*') => self.read_equivalence(number, rest, options),
            Some('E') => {
                let trigger = rest.split_whitespace().next().and_then(|word| word.split_once(':'));
                self.triggers.extend(trigger.map(|(_, trigger)| trigger.to_owned()));
                self.left_out.add(Omission::Event, 1);
                Ok(())
            }
            Some('N') => {
                match Normalization::parse(rest) {
                    Some(normalization) => self.normalizations.push(normalization),
                    None => self.left_out.add(Omission::Attribute, 1),
                }
                Ok(())
            }
            Some('A' | 'M' | '#') => {
                self.left_out.add(Omission::Attribute, 1);
                Ok(())
            }
            _ => Err(format!("\"{id}\" is no kind of annotation (T, R, E, A, M, N, # and *)")),
        }
    }

    /// `T1\tOrganization 0 4\tSony`, or with parts: `T2\tPlace 0 5;16 23\tNorth America`.
    fn read_mention(&mut self, id: &str, rest: &str) -> Result<(), String> {
        let problem = || format!("{id} should be \"TYPE START END\", a tab and the text");
        let (place, text) = rest.split_once('\t').ok_or_else(problem)?;
        let (kind, offsets) = place.split_once(' ').ok_or_else(problem)?;
        let part = |part: &str| {
            let (start, end) = part.trim().split_once(' ')?;
            Some((start.parse::<usize>().ok()?, end.trim().parse::<usize>().ok()?))
        };
        let parts: Option<Vec<_>> = offsets.split(';').map(part).collect();
        let parts = parts.ok_or_else(problem)?;
        let start = parts.iter().map(|part| part.0).min().ok_or_else(problem)?;
        let end = parts.iter().map(|part| part.1).max().ok_or_else(problem)?;
        // The text of parts has no gaps, so it can't be held against the whole.
        let whole = (parts.len() == 1).then(|| text.to_owned());
        if !self.ids.insert(id.to_owned()) {
            return Err(format!("{id} is given twice"));
        }
        if whole.is_none() {
            self.parted.push(Parted { id: id.into(), parts, text: text.into() });
        }
        let (id, kind) = (id.to_owned(), name_of(kind));
        self.mentions.push(Span { id, start, end, text: whole, kind, entity_id: None });
        Ok(())
    }

    /// `R1\tbased_in Arg1:T3 Arg2:T4`
    fn read_relation(
        &mut self,
        line: usize,
        rest: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let mut words = rest.split_whitespace();
        let kind = words.next().map(str::to_owned);
        let mut arguments: Vec<_> = words.filter_map(|word| word.rsplit_once(':')).collect();
        if let [("Arg2", _), ("Arg1", _)] = arguments[..] {
            arguments.reverse();
        }
        let arguments: Vec<_> = arguments.into_iter().map(|(_, id)| id.to_owned()).collect();
        let (Some(kind), Ok([head, tail])) = (kind, <[String; 2]>::try_from(arguments)) else {
            return Err("a relation should be \"TYPE Arg1:T1 Arg2:T2\"".into());
        };
        if head.starts_with('E') || tail.starts_with('E') {
            self.left_out.add(Omission::Event, 1);
        } else if options.joins(&kind) {
            self.equivalent.push((line, vec![head, tail]));
        } else {
            let kind = name_of(&kind);
            self.relations.push(Relation { line, kind, head, tail });
        }
        Ok(())
    }

    /// `*\tEquiv T1 T2 T3`; other such relations have no direction and aren't facts.
    fn read_equivalence(
        &mut self,
        line: usize,
        rest: &str,
        options: &ReadOptions,
    ) -> Result<(), String> {
        let mut words = rest.split_whitespace().map(str::to_owned);
        let kind = words.next().unwrap_or_default();
        if kind == "Equiv" || options.joins(&kind) {
            self.equivalent.push((line, words.collect()));
        } else {
            self.left_out.add_named(Omission::OtherAnnotation, &kind, 1);
        }
        Ok(())
    }

    /// Joins mentions whose types name one chain. One at the place of another mention gives it its
    /// chain and goes.
    fn join_chains(&mut self) {
        let (chained, mut mentions): (Vec<Span>, Vec<Span>) =
            std::mem::take(&mut self.mentions).into_iter().partition(|m| is_chain(&m.kind));
        let mut others: HashMap<(usize, usize), String> = HashMap::new();
        for Span { start, end, id, .. } in &mentions {
            others.entry((*start, *end)).or_insert_with(|| id.clone());
        }
        let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut renamed = HashMap::new();
        for mut mention in chained {
            let chain = chains.entry(std::mem::take(&mut mention.kind)).or_default();
            match others.get(&(mention.start, mention.end)) {
                Some(other) => {
                    chain.push(other.clone());
                    renamed.insert(mention.id, other.clone());
                }
                None => {
                    chain.push(mention.id.clone());
                    mentions.push(mention);
                }
            }
        }
        let related = self.relations.iter_mut().flat_map(|r| [&mut r.head, &mut r.tail]);
        let joined = self.equivalent.iter_mut().flat_map(|(_, ids)| ids);
        for id in related.chain(joined) {
            if let Some(other) = renamed.get(id) {
                id.clone_from(other);
            }
        }
        self.mentions = mentions;
        self.equivalent.extend(chains.into_values().map(|ids| (0, ids)));
    }

    /// Gives mentions what a knowledge base calls them.
    fn name_entities(&mut self) {
        let places: HashMap<String, usize> =
            self.mentions.iter().map(|mention| mention.id.clone()).zip(0..).collect();
        for Normalization { mention, id } in std::mem::take(&mut self.normalizations) {
            match places.get(&mention).map(|&place| &mut self.mentions[place].entity_id) {
                Some(entity_id @ None) => *entity_id = Some(id),
                _ => self.left_out.add(Omission::Attribute, 1),
            }
        }
    }

    fn of_text(mut self, title: &str, text: String, marked: bool, split: Split) -> AnnotatedText {
        self.check_parts(&text, marked);
        self.name_entities();
        let triggers = std::mem::take(&mut self.triggers);
        self.mentions.retain(|mention| !triggers.contains(&mention.id));
        let places: HashMap<&str, usize> =
            self.mentions.iter().map(|mention| mention.id.as_str()).zip(0..).collect();
        let mut problems = std::mem::take(&mut self.problems);
        let mut place = |line: usize, id: &str| {
            let place = places.get(id).copied();
            if place.is_none() && !triggers.contains(id) {
                problems.push(format!("line {line}: there is no mention {id}"));
            }
            place
        };
        let mut pairs = Vec::new();
        for (line, ids) in &self.equivalent {
            let members: Vec<_> = ids.iter().filter_map(|id| place(*line, id)).collect();
            pairs.extend(members.windows(2).map(|two| (two[0], two[1])));
        }
        let groups = clusters(self.mentions.len(), &pairs);
        let entity_of = entities_of(&groups, self.mentions.len());
        let mut labels = Vec::new();
        for Relation { line, kind, head, tail } in &self.relations {
            let of_event = triggers.contains(head) || triggers.contains(tail);
            self.left_out.add(Omission::Event, usize::from(of_event));
            if let (Some(head), Some(tail)) = (place(*line, head), place(*line, tail)) {
                labels.push(RawLabel::new(entity_of[head], kind, entity_of[tail]));
            }
        }
        let spans =
            |group: Vec<usize>| group.into_iter().map(|m| self.mentions[m].clone()).collect();
        let entities = groups.into_iter().map(spans).collect();
        let (title, left_out, labels) = (title.to_owned(), self.left_out, Some(labels));
        let unit = Unit::Characters;
        AnnotatedText { title, text, split, unit, marked, entities, labels, left_out, problems }
    }

    /// Counts the gaps of mentions with several parts, and leaves out those that aren't their
    /// parts.
    fn check_parts(&mut self, text: &str, marked: bool) {
        for Parted { id, parts, text: said } in std::mem::take(&mut self.parted) {
            match gaps_of_parts(text, marked, &id, &parts, &said) {
                Ok(gaps) => self.left_out.add(Omission::Gap, gaps),
                Err(problem) => {
                    self.problems.push(problem);
                    self.triggers.insert(id.clone()); // so that no relation misses it
                }
            }
        }
    }
}

/// Whether a type names a chain: `Alice-1`.
fn is_chain(kind: &str) -> bool {
    let number = kind.rsplit_once('-').map(|(_, number)| number);
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Writes a folder for brat, with its configuration.
#[derive(Debug)]
struct BratFolder {
    folder: NewFolder,
    stems: Stems,
    kinds: BTreeSet<String>,
    relations: BTreeSet<String>,
    /// How texts are cut when they are read again, which is one for the whole folder: by the rules
    /// where the first document comes with its text.
    split: Option<Split>,
}

/// brat's own name for what has none: its types can't be empty.
const UNNAMED: &str = "Entity";

impl BratFolder {
    fn create(path: &Path) -> DocreResult<Self> {
        let folder = NewFolder::create(path)?;
        let (kinds, relations) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { folder, stems: Stems::default(), kinds, relations, split: None })
    }

    fn write(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        let stem = self.stems.of(&document.title);
        let source = Rendered::of_source(document);
        let own_split = if source.is_some() { Split::Rules } else { Split::Blanks };
        let split = self.split.get_or_insert(own_split).clone();
        let rendered = source.unwrap_or_else(|| Rendered::new(document, without_blanks));
        let annotations = self.annotations(document, &rendered);
        let options = ReadOptions::default();
        let back = parse(&stem, rendered.text.clone(), &annotations, split, &options);
        let found = lost(document, back);
        match &found {
            Ok(_) => {
                self.folder.write(&format!("{stem}.txt"), &rendered.text)?;
                self.folder.write(&format!("{stem}.ann"), &annotations)?;
            }
            Err(_) => self.stems.give_back(&document.title, &stem),
        }
        Ok(found)
    }

    fn annotations(&mut self, document: &Document, rendered: &Rendered) -> String {
        let (mut lines, mut first) = (String::new(), Vec::new());
        for spans in rendered.spans(document) {
            for span in &spans {
                let (places, text) = on_one_line(span);
                let kind = type_name(&span.kind);
                lines.push_str(&format!("T{}\t{kind} {places}\t{text}\n", span.id));
                self.kinds.insert(kind);
            }
            if let Some(id) = &spans[0].entity_id {
                let number = &spans[0].id;
                lines.push_str(&format!("N{number}\tReference T{number} {}\t\n", reference(id)));
            }
            first.push(spans[0].id.clone());
            if spans.len() > 1 {
                let ids: Vec<_> = spans.iter().map(|span| format!("T{}", span.id)).collect();
                lines.push_str(&format!("*\tEquiv {}\n", ids.join(" ")));
            }
        }
        for (number, fact) in document.labelled_facts().iter().enumerate() {
            let (head, tail) = (&first[fact.head], &first[fact.tail]);
            let relation = type_name(&fact.relation);
            lines.push_str(&format!("R{}\t{relation} Arg1:T{head} Arg2:T{tail}\n", number + 1));
            self.relations.insert(relation);
        }
        lines
    }
}

impl BratFolder {
    /// What brat shows in place of names that it can't hold.
    fn write_labels(&self) -> DocreResult<()> {
        let labels = self.kinds.iter().chain(&self.relations);
        let labels = labels.map(|written| (written, name_of(written)));
        let is_shown = |(written, name): &(&String, String)| {
            *written != name && !name.contains(['|', '#', '[', ']'])
        };
        let labels: String = labels
            .filter(is_shown)
            .map(|(written, name)| format!("{written} | {name}\n"))
            .collect();
        match labels.is_empty() {
            true => Ok(()),
            false => self.folder.write("visual.conf", format!("[labels]\n{labels}\n[drawing]\n")),
        }
    }
}

impl DocumentsWriter for BratFolder {
    fn push(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        self.write(document)
    }

    fn finish(self: Box<Self>) -> DocreResult<()> {
        let entities: String = self.kinds.iter().map(|kind| format!("{kind}\n")).collect();
        let relation = |name: &String| format!("{name}\tArg1:<ENTITY>, Arg2:<ENTITY>\n");
        let relations: String = self.relations.iter().map(relation).collect();
        let equiv = "Equiv\tArg1:<ENTITY>, Arg2:<ENTITY>, <REL-TYPE>:symmetric-transitive\n";
        let overlap = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n";
        let types = format!(
            "[entities]\n{entities}\n[relations]\n{equiv}{overlap}{relations}\n[events]\n\n\
             [attributes]\n"
        );
        self.folder.write("annotation.conf", types)?;
        self.write_labels()?;
        if self.split == Some(Split::Blanks) {
            let split = "[options]\nTokens tokenizer:whitespace\nSentences splitter:newline\n";
            self.folder.write("tools.conf", split)?;
        }
        self.folder.finish()
    }
}

/// An identifier with its knowledge base, without blanks.
fn reference(id: &str) -> String {
    let base = if id.contains(':') { "" } else { NO_BASE };
    format!("{base}{}", without_blanks(id))
}

/// The characters and the text of a mention. brat has one line for it, so one with line breaks
/// is written in parts, without them.
fn on_one_line(span: &Span) -> (String, String) {
    let text = span.text.as_deref().unwrap_or_default();
    let is_break = |c: char| matches!(c, '\n' | '\r');
    let (mut places, mut parts, mut start) = (Vec::new(), Vec::new(), span.start);
    for part in text.split(is_break) {
        let end = start + part.chars().count();
        if !part.is_empty() {
            places.push(format!("{start} {end}"));
            parts.push(part);
        }
        start = end + 1;
    }
    (places.join(";"), parts.join(" "))
}

/// A name that brat takes: letters and digits of ASCII, `_` and `-`. Any other character is written
/// as its number (`-u3a-` for `:`), which [`name_of`] reads.
fn type_name(name: &str) -> String {
    if name.is_empty() {
        return UNNAMED.into();
    }
    let name = without_blanks(name);
    let is_plain = |place: usize, c: char| match c {
        '-' => number_at(&name[place..]).is_none(),
        _ => c.is_ascii_alphanumeric() || c == '_',
    };
    let mut written = String::new();
    for (place, c) in name.char_indices() {
        match is_plain(place, c) {
            true => written.push(c),
            false => written.push_str(&format!("{NUMBER}{:x}-", u32::from(c))),
        }
    }
    written
}

/// What a character's number stands behind.
const NUMBER: &str = "-u";

/// The character that a text starts with as its number, and the text behind it.
fn number_at(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.strip_prefix(NUMBER)?.split_once('-')?;
    let is_plain = |digit: char| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase();
    let is_number = !digits.is_empty() && digits.chars().all(is_plain);
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some((char::from_u32(number)?, rest))
}

/// The name that [`type_name`] wrote.
fn name_of(written: &str) -> String {
    let (mut name, mut rest) = (String::new(), written);
    while let Some(c) = rest.chars().next() {
        let (c, behind) = number_at(rest).unwrap_or((c, &rest[c.len_utf8()..]));
        name.push(c);
        rest = behind;
    }
    name
}
