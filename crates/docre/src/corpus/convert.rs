//! From one format to another.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;

use super::folder::{Files, list};
use super::format::{DocumentsWriter, Format, dwie};
use super::omissions::{Omission, Omissions};
use super::options::ReadOptions;
use super::problems::Problems;
use super::reader::{Documents, read_as};
use super::texts::{self, TextOptions, Texts};
use super::titles::Titles;
use crate::document::{Document, Mention};
use crate::random::Random;
use crate::{Error, Result};

/// How a conversion is done.
#[derive(Debug, Clone, Default)]
pub struct ConvertOptions {
    /// The format that is read; told by what is in the file where it isn't given.
    pub from: Option<Format>,
    /// The format that is written; told by the name of the file where it isn't given.
    pub to: Option<Format>,
    /// The part of the data that is taken, where files are tagged with their split (DWIE).
    pub part: Option<SplitPart>,
    /// How labels of texts are read.
    pub texts: TextOptions,
    /// How documents are read.
    pub read: ReadOptions,
    /// Which documents are taken.
    pub titles: Titles,
}

/// A part of data whose files are tagged `train` or `test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitPart {
    /// The files tagged `train`, without those held out for tuning.
    Train(HeldOut),
    /// Those held out.
    Tune(HeldOut),
    /// The files tagged `test`.
    Test,
}

/// So many of the files tagged `train`, drawn at random, are for tuning.
///
/// ARPDL's split of DWIE has 98 of 700; which ones isn't public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOut {
    /// How many.
    pub count: usize,
    /// Draws the same ones again.
    pub seed: u64,
}

/// What a conversion did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conversion {
    /// The name of the format that was read.
    pub from: &'static str,
    /// The name of the format that was written.
    pub to: &'static str,
    /// How many documents, or texts, were written.
    pub documents: usize,
    /// Documents that weren't taken, by their titles.
    pub other_documents: usize,
    /// Titles that no document has.
    pub unused_titles: Vec<String>,
    /// Texts that were left out because they have the none class and another label.
    pub ambiguous_texts: usize,
    /// Facts that were left out because a document gives them twice.
    pub repeated_facts: usize,
    /// What the input has and documents don't.
    pub left_out: Omissions,
    /// What the written format can't hold: what isn't there when it is read again.
    pub lost: Omissions,
    /// What is wrong and left out, where the reading is lenient: the first twenty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// Converts a file or folder. What is written is whole or not there.
///
/// Each document is read back as it was written, so [`Conversion::lost`] is exact.
pub fn convert(
    input: impl AsRef<Path>,
    output: impl AsRef<Path>,
    options: &ConvertOptions,
) -> Result<Conversion> {
    let (input, output) = (input.as_ref(), output.as_ref());
    let from = options.from.map_or_else(|| Format::guess(input), Ok)?;
    let to = options.to.map_or_else(|| of_output(output, from), Ok)?;
    options.texts.check_format(from)?;
    match [from, to].map(|format| format == Format::TEXTS) {
        [true, true] if options.titles != Titles::default() => {
            Err(Error::file(input, "holds texts with labels, which have no titles to choose by"))
        }
        [true, true] if options.part.is_some() => Err(no_split(input, from)),
        [true, true] => {
            of_output(output, from)?; // the name tells how texts are written
            convert_texts(input, output, &options.texts)
        }
        [false, false] => {
            let documents = open(input, from, options.part)?.with_options(options.read.clone());
            convert_documents(documents, output, [from, to], &options.titles)
        }
        _ => Err(Error::file(
            input,
            format!(
                "is in the format {from}, which can't become {to}: texts with labels have no \
                 entities and relations, and documents no labels of their own"
            ),
        )),
    }
}

/// The format of a file that isn't there yet.
fn of_output(output: &Path, from: Format) -> Result<Format> {
    let extension = output.extension().map(|found| found.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("json" | "jsonl") if from == Format::TEXTS => Ok(Format::TEXTS),
        Some(ending) if from != Format::TEXTS && Format::of_ending(ending).is_some() => {
            Ok(Format::of_ending(ending).unwrap_or(Format::DOCRED))
        }
        _ if texts::delimiter(output).is_some() => Ok(Format::TEXTS),
        _ if from == Format::TEXTS => Err(Error::file(
            output,
            "texts are written to a file that ends in .tsv, .csv, .jsonl or .json",
        )),
        _ => Err(Error::file(
            output,
            "its name doesn't tell the format to write; give the format, or name a file that ends \
             in .json or .jsonl for DocRED's",
        )),
    }
}

fn convert_texts(input: &Path, output: &Path, options: &TextOptions) -> Result<Conversion> {
    let mut texts = texts::read(input, options)?;
    if let Some(none) = &options.none {
        let without = texts.items.iter_mut().filter(|item| item.labels.is_empty());
        without.for_each(|item| item.labels.push(none.clone()));
    }
    texts::write(output, &texts)?;
    Ok(Conversion {
        documents: texts.items.len(),
        ambiguous_texts: texts.ambiguous.len(),
        lost: unused_labels(&texts),
        left_out: texts.left_out,
        ..Conversion::new(Format::TEXTS, Format::TEXTS)
    })
}

/// The labels that no text has: every format names the labels that hold alone.
fn unused_labels(texts: &Texts) -> Omissions {
    let used: HashSet<&String> = texts.items.iter().flat_map(|item| &item.labels).collect();
    let all = texts.labels.relations().iter();
    let mut lost = Omissions::default();
    lost.add(Omission::UnusedLabel, all.filter(|label| !used.contains(&label.id)).count());
    lost
}

impl Conversion {
    fn new(from: Format, to: Format) -> Self {
        Self {
            from: from.name(),
            to: to.name(),
            documents: 0,
            other_documents: 0,
            unused_titles: Vec::new(),
            ambiguous_texts: 0,
            repeated_facts: 0,
            left_out: Omissions::default(),
            lost: Omissions::default(),
            problems: Vec::new(),
        }
    }
}

fn open(input: &Path, from: Format, part: Option<SplitPart>) -> Result<Documents<std::fs::File>> {
    match part {
        None => read_as(input, from),
        Some(part) if from == Format::DWIE => {
            let files = Files::new(part.of(input)?);
            Ok(Documents::of_files(files, input, from))
        }
        Some(_) => Err(no_split(input, from)),
    }
}

/// Writes a document. What makes it impossible is left out where that is allowed.
fn write(
    writer: &mut dyn DocumentsWriter,
    document: &Document,
    lenient: bool,
) -> Result<Result<Omissions, String>> {
    let written = writer.push(document)?;
    if written.is_ok() || !lenient {
        return Ok(written);
    }
    let (rest, blank) = without_blank_mentions(document);
    if blank.is_empty() {
        return Ok(written);
    }
    let written = writer.push(&rest)?;
    Ok(written.map(|mut lost| {
        lost.merge(&blank);
        lost
    }))
}

/// The document without mentions of white space alone, and what goes with them.
fn without_blank_mentions(document: &Document) -> (Document, Omissions) {
    let mut rest = document.clone();
    let is_blank = |mention: &Mention| document.surface(mention).trim().is_empty();
    let (mut lost, mut numbers, mut kept) = (Omissions::default(), Vec::new(), 0);
    for entity in &mut rest.entities {
        let before = entity.mentions.len();
        entity.mentions.retain(|mention| !is_blank(mention));
        let blank = before - entity.mentions.len();
        lost.add_named(Omission::BlankMention, &document.title, blank);
        numbers.push((!entity.mentions.is_empty()).then_some(kept));
        kept += usize::from(!entity.mentions.is_empty());
    }
    lost.add(Omission::Entity, rest.entities.len() - kept);
    rest.entities.retain(|entity| !entity.mentions.is_empty());
    if let Some(facts) = &mut rest.facts {
        let before = facts.len();
        facts.retain_mut(|fact| {
            let pair = numbers[fact.head].zip(numbers[fact.tail]);
            pair.is_some_and(|pair| {
                (fact.head, fact.tail) = pair;
                true
            })
        });
        lost.add(Omission::Fact, before - facts.len());
    }
    if let Some(pairs) = &mut rest.labelled_pairs {
        let pair = |&(head, tail): &(usize, usize)| numbers[head].zip(numbers[tail]);
        *pairs = pairs.iter().filter_map(pair).collect();
    }
    (rest, lost)
}

fn no_split(input: &Path, from: Format) -> Error {
    let problem = format!(
        "is in the format {from}, in which nothing is tagged with a split; only DWIE's documents \
         are. Leave part out"
    );
    Error::file(input, problem)
}

impl SplitPart {
    /// The files of the part, in the order of their names.
    fn of(self, folder: &Path) -> Result<Vec<std::path::PathBuf>> {
        let tagged = dwie::tags(list(folder, "json")?)?;
        let tag = if self == Self::Test { "test" } else { "train" };
        let has_tag = |tags: &[String]| tags.iter().any(|found| found == tag);
        let files = tagged.into_iter().filter(|(_, tags)| has_tag(tags));
        let files: Vec<_> = files.map(|(path, _)| path).collect();
        if files.is_empty() {
            return Err(Error::file(folder, format!("no document is tagged {tag}")));
        }
        let (held_out, tune) = match self {
            Self::Test => return Ok(files),
            Self::Train(held_out) => (held_out, false),
            Self::Tune(held_out) => (held_out, true),
        };
        if held_out.count > files.len() {
            let (count, train) = (held_out.count, files.len());
            let problem = format!("{count} can't be held out: {train} are tagged train");
            return Err(Error::file(folder, problem));
        }
        if !tune && held_out.count == files.len() {
            let problem = format!("all {} documents tagged train are held out", files.len());
            return Err(Error::file(folder, problem));
        }
        if tune && held_out.count == 0 {
            return Err(Error::setting("tune", "must say how many documents are for tuning"));
        }
        let held = held_out.draw(files.len());
        let chosen = files.into_iter().zip(held).filter(|(_, held)| *held == tune);
        Ok(chosen.map(|(path, _)| path).collect())
    }
}

impl HeldOut {
    /// For each of `all` files whether it is held out.
    fn draw(self, all: usize) -> Vec<bool> {
        let mut places: Vec<usize> = (0..all).collect();
        Random::new(self.seed, 0).shuffle(&mut places);
        let mut held = vec![false; all];
        places[..self.count].iter().for_each(|&place| held[place] = true);
        held
    }
}

fn convert_documents(
    documents: Documents<std::fs::File>,
    output: &Path,
    [from, to]: [Format; 2],
    titles: &Titles,
) -> Result<Conversion> {
    let input = documents.path().to_path_buf();
    let mut writer = to.create(output)?;
    let mut done = Conversion::new(from, to);
    done.left_out.merge(documents.beside());
    let mut found = HashSet::new();
    let (lenient, mut unwritten) = (documents.is_lenient(), Problems::new(&input));
    let problems = documents.process_whole(
        |read| read,
        |read| {
            found.insert(read.document.title.clone());
            if !titles.has(&read.document.title) {
                done.other_documents += 1;
                return Ok(());
            }
            let lost = match write(&mut *writer, &read.document, lenient)? {
                Ok(lost) => lost,
                Err(problem) => {
                    unwritten.add(Error::Document {
                        path: input.clone(),
                        index: read.index,
                        title: read.document.title,
                        problem: format!("can't be written as {to}: {problem}"),
                    });
                    return Ok(());
                }
            };
            done.documents += 1;
            done.repeated_facts += read.repeated_facts;
            done.left_out.merge(&read.left_out);
            done.lost.merge(&lost);
            Ok(())
        },
    )?;
    if !lenient {
        unwritten = unwritten.refuse()?;
    }
    done.left_out.add(Omission::BadDocument, problems.documents() + unwritten.documents());
    done.problems = [problems.first(), unwritten.first()].concat();
    done.unused_titles = titles.unused(&found);
    if done.documents == 0 && done.other_documents > 0 {
        titles.refuse_none(&input, &done.unused_titles)?;
    }
    writer.finish()?;
    Ok(done)
}
