//! DWIE (Zaporojets et al. 2021): a folder with an annotation file for each article.
//!
//! A file has `id`, `tags` (with the split, `train` or `test`), `mentions` by characters
//! (`begin`, `end`), `concepts` with their types among their `tags`, `relations` between
//! concepts, and `content`, the text. Where DWIE is published without texts, its own download
//! script adds them; a text may also stand beside the file (`ID.txt`).
//!
//! - Tokens and sentences are docre's own, so scores differ a little from those of others.
//! - Concepts without a mention can't take part in a document: they and their relations are
//!   left out and counted. With 1,228 of 23,130 concepts left out a document has the 27 entities
//!   and 24 facts on average that ARPDL's Table 1 gives.
//! - A concept has a type for each level of DWIE's ontology; the entity type is the main one
//!   (`person`, `organization`, `location`, ...).

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DocumentsWriter, FormatRow, Layout, Tell, lost};
use crate::corpus::folder::{NewFolder, Stems, file_stem, list};
use crate::corpus::objects::Object;
use crate::corpus::offsets::Unit;
use crate::corpus::omissions::{Omission, Omissions};
use crate::corpus::options::ReadOptions;
use crate::corpus::parse::parse as parse_json;
use crate::corpus::raw::{Parsed, RawLabel, Refused};
use crate::corpus::segment::Split;
use crate::corpus::spans::{AnnotatedText, Rendered, Span};
use crate::document::Document;
use crate::inputs::check_file;
use crate::{Error, Result as DocreResult};

pub(in crate::corpus) static ROW: FormatRow = FormatRow {
    name: "dwie",
    about: "a folder of annotation files with texts",
    endings: &[],
    layout: Layout::Folder { extension: "json" },
    tell: Tell {
        folder: |path| match list(path, "json")?.first() {
            Some(first) => has_mentions(first),
            None => Ok(false),
        },
        object: |keys| keys.has("concepts"),
        ..Tell::NOTHING
    },
    read,
    create: Some(|path| Ok(Box::new(DwieFolder::create(path)?))),
};

/// How much of a file is looked at.
const BEGINNING: u64 = 1 << 16;

/// Whether the beginning of a file names what each file of DWIE has; it may be broken.
fn has_mentions(path: &Path) -> DocreResult<bool> {
    let mut beginning = Vec::new();
    File::open(path)
        .and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning))
        .map_err(Error::io(path, "read"))?;
    Ok(String::from_utf8_lossy(&beginning).contains("\"mentions\""))
}

#[derive(Deserialize)]
#[serde(expecting = "an annotation file of DWIE")]
struct Raw {
    id: String,
    tags: Option<Vec<String>>,
    content: Option<String>,
    mentions: Vec<RawMention>,
    concepts: Vec<Concept>,
    relations: Option<Vec<Relation>>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(expecting = "a mention")]
struct RawMention {
    begin: usize,
    end: usize,
    text: String,
    concept: i64,
}

#[derive(Deserialize)]
#[serde(expecting = "a concept")]
struct Concept {
    concept: i64,
    tags: Option<Vec<String>>,
    link: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a relation")]
struct Relation {
    s: i64,
    p: String,
    o: i64,
}

/// The tags of a file, which name its split.
#[derive(Deserialize)]
#[serde(expecting = "an annotation file of DWIE")]
struct Tags {
    tags: Vec<String>,
}

/// The tags of the files in a folder, by file, in the order of their names.
pub(in crate::corpus) fn tags(files: Vec<PathBuf>) -> DocreResult<Vec<(PathBuf, Vec<String>)>> {
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).map_err(Error::io(&path, "read"))?;
        let tags: Tags = parse_json(&bytes).map_err(|p| Error::file(&path, p))?;
        Ok((path, tags.tags))
    };
    files.into_iter().map(read).collect()
}

fn read(object: &Object, options: &ReadOptions) -> Result<Parsed, Refused> {
    parse(object.bytes(), object.file.as_deref(), options)
}

fn parse(bytes: &[u8], file: Option<&Path>, options: &ReadOptions) -> Result<Parsed, Refused> {
    let raw: Raw = parse_json(bytes).map_err(|problem| {
        let title = parse_json::<Id>(bytes).ok().map(|id| id.id);
        Refused { title, problem }
    })?;
    let title = raw.id.clone();
    let refuse = |problem| Refused::new(&title, problem);
    let annotated = annotated(raw, file, options).map_err(refuse)?;
    let (document, left_out) = annotated.tokenize().map_err(refuse)?;
    document.check(left_out)
}

fn annotated(
    raw: Raw,
    file: Option<&Path>,
    options: &ReadOptions,
) -> Result<AnnotatedText, String> {
    let text = text(&raw, file)?;
    let mut left_out = Omissions::default();
    let is_split = |tag: &&String| ["train", "test"].contains(&tag.as_str());
    left_out.add(Omission::SplitTag, raw.tags.iter().flatten().filter(is_split).count());
    let mut spans = spans(&raw)?;
    let mut entities = Vec::new();
    let mut numbers: HashMap<i64, Option<usize>> = HashMap::new();
    for Concept { concept, tags, link } in &raw.concepts {
        let mut spans = spans.remove(concept).unwrap_or_default();
        let number = (!spans.is_empty()).then_some(entities.len());
        if numbers.insert(*concept, number).is_some() {
            return Err(format!("concepts: {concept} is given twice"));
        }
        if spans.is_empty() {
            left_out.add(Omission::UnmentionedEntity, 1);
            continue;
        }
        let tags = tags.as_deref().unwrap_or_default();
        let types = types(tags);
        left_out.add(Omission::OtherTag, tags.len() - types.len());
        let kind = main_type(&types);
        left_out.add(Omission::FurtherType, types.len() - usize::from(!kind.is_empty()));
        let named = if options.field_types { field_type(kind) } else { kind };
        for span in &mut spans {
            span.kind.push_str(named);
            span.entity_id.clone_from(link);
        }
        entities.push(spans);
    }
    let labels = raw.relations.as_deref().map(|all| labels(all, &numbers, &mut left_out));
    let labels = labels.transpose()?;
    Ok(AnnotatedText {
        title: raw.id,
        text,
        split: Split::Rules,
        unit: Unit::Characters,
        marked: false,
        entities,
        labels,
        left_out,
        problems: Vec::new(),
    })
}

fn text(raw: &Raw, file: Option<&Path>) -> Result<String, String> {
    let beside = file.map(|file| file.with_file_name(format!("{}.txt", file_stem(&raw.id))));
    match (&raw.content, beside) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) if path.exists() => {
            check_file(&path).map_err(|error| error.to_string())?;
            fs::read_to_string(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))
        }
        _ => Err(format!(
            "has no content and there is no {}.txt beside it; DWIE's download script adds the texts",
            raw.id
        )),
    }
}

/// The mentions of each concept.
fn spans(raw: &Raw) -> Result<HashMap<i64, Vec<Span>>, String> {
    let known: HashSet<i64> = raw.concepts.iter().map(|concept| concept.concept).collect();
    let mut spans: HashMap<i64, Vec<Span>> = HashMap::new();
    for (number, mention) in raw.mentions.iter().enumerate() {
        let RawMention { begin, end, text, concept } = mention;
        if !known.contains(concept) {
            return Err(format!("mention {number}: there is no concept {concept}"));
        }
        spans.entry(*concept).or_default().push(Span {
            id: number.to_string(),
            start: *begin,
            end: *end,
            text: Some(text.clone()),
            kind: String::new(),
            entity_id: None,
        });
    }
    Ok(spans)
}

fn labels(
    relations: &[Relation],
    numbers: &HashMap<i64, Option<usize>>,
    left_out: &mut Omissions,
) -> Result<Vec<RawLabel>, String> {
    let mut labels = Vec::new();
    for (place, Relation { s, p, o }) in relations.iter().enumerate() {
        let number = |concept: &i64| {
            let number = numbers.get(concept).copied();
            number.ok_or_else(|| format!("relation {place}: there is no concept {concept}"))
        };
        match (number(s)?, number(o)?) {
            _ if s == o => left_out.add(Omission::FactWithItself, 1),
            (Some(head), Some(tail)) => labels.push(RawLabel::new(head, p, tail)),
            _ => left_out.add(Omission::FactOfUnmentionedEntity, 1),
        }
    }
    Ok(labels)
}

const TYPE: &str = "type::";

fn types(tags: &[String]) -> Vec<&str> {
    tags.iter().filter_map(|tag| tag.strip_prefix(TYPE)).collect()
}

/// The second level of DWIE's ontology of types.
const MAIN_TYPES: [&str; 10] = [
    "person",
    "organization",
    "location",
    "event",
    "misc",
    "ethnicity",
    "language",
    "time",
    "role",
    "money",
];

/// The root classes, which say little.
const ROOT_TYPES: [&str; 3] = ["entity", "value", "other"];

/// The main type, else any that isn't a root, else a root; empty where there is none.
fn main_type<'a>(types: &[&'a str]) -> &'a str {
    let main = MAIN_TYPES.iter().find_map(|main| types.iter().find(|kind| *kind == main));
    let other = || types.iter().find(|kind| !ROOT_TYPES.contains(kind));
    main.or_else(other).or_else(|| types.first()).copied().unwrap_or_default()
}

/// The type as the field maps it: a main one, or this for all others and none.
fn field_type(kind: &str) -> &str {
    if MAIN_TYPES.contains(&kind) { kind } else { "other" }
}

/// Writes a folder of annotation files with their texts.
#[derive(Debug)]
struct DwieFolder {
    folder: NewFolder,
    stems: Stems,
}

impl DwieFolder {
    fn create(path: &Path) -> DocreResult<Self> {
        Ok(Self { folder: NewFolder::create(path)?, stems: Stems::default() })
    }
}

impl DocumentsWriter for DwieFolder {
    fn push(&mut self, document: &Document) -> DocreResult<Result<Omissions, String>> {
        let stem = self.stems.of(&document.title);
        let written = format!("{:#}\n", write(document));
        let back = parse(written.as_bytes(), None, &ReadOptions::default());
        let found = lost(document, back);
        match &found {
            Ok(_) => self.folder.write(&format!("{stem}.json"), &written)?,
            Err(_) => self.stems.give_back(&document.title, &stem),
        }
        Ok(found)
    }

    fn finish(self: Box<Self>) -> DocreResult<()> {
        self.folder.finish()
    }
}

fn write(document: &Document) -> Value {
    let rendered =
        Rendered::of_source(document).unwrap_or_else(|| Rendered::new(document, str::to_owned));
    let spans = rendered.spans(document);
    let mention = |concept: usize, span: &Span| json!({"begin": span.start, "end": span.end, "text": span.text, "concept": concept});
    let mentions = spans.iter().enumerate();
    let mentions =
        mentions.flat_map(|(concept, spans)| spans.iter().map(move |s| mention(concept, s)));
    let concepts = document.entities.iter().enumerate().map(|(concept, entity)| {
        let tags = if entity.kind().is_empty() { vec![] } else { vec![format!("{TYPE}{}", entity.kind())] };
        let count = entity.mentions.len();
        let mut written = json!({"concept": concept, "text": entity.name(), "keyword": false, "count": count, "tags": tags});
        if let Some(id) = &entity.id {
            written["link"] = id.as_str().into();
        }
        written
    });
    let mut written = json!({
        "id": document.title,
        "content": rendered.text,
        "tags": ["all"],
        "mentions": mentions.collect::<Vec<_>>(),
        "concepts": concepts.collect::<Vec<_>>(),
    });
    if let Some(facts) = &document.facts {
        let relation = |fact: &crate::document::Fact| json!({"s": fact.head, "p": fact.relation, "o": fact.tail});
        written["relations"] = facts.iter().map(relation).collect();
    }
    written
}
