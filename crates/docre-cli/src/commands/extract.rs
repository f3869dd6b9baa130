//! `docre extract`

mod into_folder;
mod source;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::{Format, Input, LeftOut},
    document::{Document, RelationSet, RelationTypes},
    files,
    model::{BUILT_IN, Extracted, Extractor},
    output::{FactWriter, FactsPlace, Form, graph::DEFAULT_BASE},
    report::{PageAbout, document_page},
    text::UnknownPieces,
};

use self::source::{Aside, Read, Source};
use crate::{
    compute::Compute,
    messages::{Warnings, exit_code, note, show_error},
    observer::documents_bar,
    options::{forms, forms_in_text},
    outputs,
    reading::{Reading, say_left_out},
    table::{counted, thousands},
};

/// Shows the facts that a model finds in documents, with names and scores
///
/// A bad document is named and left out; the others are read, and the exit code is 2.
///
/// Into a folder (--output FOLDER/) each document's facts go to a file of their own. Stopped or
/// killed, the same command goes on where it was, and does nothing twice.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre extract article.txt
  docre extract notes/ --output facts.csv
  docre extract --model runs/mine/model notes.jsonl --json > facts.jsonl
  docre extract corpus/texts/lighthouse.txt --html page.html")]
pub struct Options {
    /// A model's folder; without it, the model that comes with docre
    #[arg(long, value_name = "DIR", default_value = BUILT_IN)]
    model: PathBuf,
    /// Plain text (.txt, .md, a folder of them, or - for standard input), or documents in DocRED's
    /// form (a JSON list, or one document a line) or another that docre reads; for a model of
    /// texts: JSON lines, a table, or a text a line
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Find the entities anew in documents that come with theirs
    #[arg(long)]
    find_entities: bool,
    /// Between which types of entities that it finds a model's relations may hold
    #[arg(long, value_enum, default_value_t = Types::Learned)]
    types: Types,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    compute: Compute,
    /// Write the facts to a file, in the form that its ending tells, or into a folder (its name
    /// ends in /), a file a document
    #[arg(long, value_name = "FILE|FOLDER/")]
    output: Option<PathBuf>,
    #[arg(
        long,
        value_name = "FORM",
        help = format!("The form of the facts: {}", forms()),
        long_help = format!("The form of the facts:\n{}", forms_in_text())
    )]
    to: Option<Form>,
    /// What IRIs in RDF begin with
    #[arg(long, value_name = "IRI", default_value = DEFAULT_BASE)]
    base: String,
    /// Print one JSON object a document, as --to json does
    #[arg(long, conflicts_with_all = ["to", "output"])]
    json: bool,
    /// Leave out facts with a lower score, from 0 to 1
    #[arg(long, value_name = "SCORE", value_parser = score)]
    min_score: Option<f32>,
    /// Write a page that shows the document with its entities and facts; of several documents
    /// --title or --index names it
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Choice {
    /// Only the first document of this title
    #[arg(long)]
    title: Option<String>,
    /// Only the document at this place in the file, from 0
    #[arg(long, value_name = "N")]
    index: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Types {
    /// Those that the training documents have them between
    Learned,
    /// Any
    Any,
}

/// Extracts and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let form = options.form()?;
    let folder = options.output.as_deref().filter(|output| options.is_folder(form, output));
    // A form of several files sees to its folder itself.
    let file = options.output.as_deref().filter(|_| folder.is_none() && !form.is_folder());
    let written = options.html.as_deref().into_iter().chain(file);
    let _held = outputs::check(written, [&options.file, &options.model])?;
    let mut extractor = options.compute.load(&options.model)?;
    if let (Types::Any, Some(finder)) = (options.types, &mut extractor.config.finder) {
        finder.types = RelationTypes::default();
    }
    if let (Some(_), Input::Texts { .. }) = (&options.html, extractor.input()) {
        let problem = "shows entities and their pairs, and the model labels texts; leave it out";
        return Err(Error::setting("html", problem));
    }
    options.check_entities(&extractor)?;
    options.check_form(form, &extractor)?;
    if let Some(folder) = folder {
        options.check_base_of_folder()?;
        return into_folder::run(options, &extractor, form, folder);
    }
    let source = Source::open(options, &extractor.input(), None)?;
    let output = outputs::place(options.output.as_deref())?;
    let (input, relations) = (extractor.input(), &extractor.relations);
    let writer = form.writer_with_base(output, &input, relations, &options.base)?;
    if options.choice.is_made() {
        let document = options.choice.find(source.documents, &options.file)?;
        write_one(options, &extractor, document, source.aside, writer)
    } else if options.html.is_some() {
        let document = only_one(source.documents, &options.file)?;
        write_one(options, &extractor, document, source.aside, writer)
    } else {
        write_all(options, &extractor, source, writer)
    }
}

/// A score as it is typed.
pub fn score(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("a score is a number from 0 to 1".into()),
    }
}

/// The document of a file that holds one.
fn only_one(
    mut documents: impl Iterator<Item = Result<Document>>,
    path: &Path,
) -> Result<Document> {
    let missing = || Error::file(path, "holds no document, so there is none to show");
    let document = documents.next().ok_or_else(missing)??;
    match documents.next() {
        None => Ok(document),
        Some(_) => {
            let problem =
                "holds several documents, and a page shows one: name it by --title or --index";
            Err(Error::file(path, problem))
        }
    }
}

/// What stands for standard input where a file is named.
const STANDARD_INPUT: &str = "-";

impl Options {
    /// Whether the file is told to be plain text, which standard input isn't before it is read.
    fn is_plain(&self) -> bool {
        let format = || Format::guess(&self.file);
        self.file.as_os_str() != STANDARD_INPUT
            && format().is_ok_and(|format| [Format::TEXT, Format::TEXT_OBJECTS].contains(&format))
    }

    /// Refuses a form that doesn't say which entities were found.
    fn check_form(&self, form: Form, extractor: &Extractor) -> Result<()> {
        match extractor.finds_entities() && (self.find_entities || self.is_plain()) {
            true => form.check_found(),
            false => Ok(()),
        }
    }

    /// Refuses plain text for a model that finds no entities.
    fn check_entities(&self, extractor: &Extractor) -> Result<()> {
        if extractor.finds_entities() || extractor.input() != Input::Documents {
            return Ok(());
        }
        let problem = match self.find_entities {
            true => "finds no entities, which --find-entities asks for",
            false if self.is_plain() => "finds no entities, and plain text has none marked",
            false => return Ok(()),
        };
        let problem = format!(
            "{problem}; train a model with [finder] in its recipe, or mark the entities in one of \
             the formats that docre convert reads"
        );
        Err(Error::file(&self.model, problem))
    }

    /// Leaves out the facts that aren't sure enough.
    fn keep_sure(&self, extracted: &mut Extracted) {
        if let Some(least) = self.min_score {
            extracted.facts.retain(|fact| fact.score.is_none_or(|score| score >= least));
        }
    }

    /// All that a person should know of how a document was read.
    fn warnings(&self, extracted: &Extracted, problems: &[String]) -> Vec<String> {
        let wrong = problems.iter().map(|problem| format!("left out as wrong: {problem}"));
        let left_out = extracted.warnings.iter().map(ToString::to_string);
        let unknown = extracted.pieces.warning(&self.file);
        let unknown = unknown.map(|text| text.trim_start_matches("warning: ").to_owned());
        wrong.chain(left_out).chain(unknown).collect()
    }

    /// Refuses other IRIs where each document has a file: the folder doesn't keep what was asked.
    fn check_base_of_folder(&self) -> Result<()> {
        match self.base == DEFAULT_BASE {
            true => Ok(()),
            false => {
                Err(Error::setting("base", "is for one file of facts; name a file as --output"))
            }
        }
    }

    /// Whether each document has a file of its own, in a folder.
    fn is_folder(&self, form: Form, output: &Path) -> bool {
        !form.is_folder() && into_folder::is_folder(output)
    }

    fn form(&self) -> Result<Form> {
        match (&self.to, &self.output) {
            (Some(form), _) => Ok(*form),
            (None, Some(path)) if into_folder::is_folder(path) => Ok(Form::JSON_LINES),
            (None, Some(path)) => Form::of_file(path),
            (None, None) if self.json => Ok(Form::JSON_LINES),
            (None, None) => Ok(Form::TEXT),
        }
    }
}

fn write_one(
    options: &Options,
    extractor: &Extractor,
    document: Document,
    aside: Aside,
    mut writer: Box<dyn FactWriter>,
) -> Result<ExitCode> {
    let extracted = extractor.extract_stream([Ok(document)]).next();
    let mut extracted = extracted.expect("one document")?;
    options.keep_sure(&mut extracted);
    let problems = aside.last().problems;
    let all = options.warnings(&extracted, &problems);
    writer.push_warned(&extracted.document, &extracted.facts, all)?;
    writer.finish()?;
    let mut warnings = Warnings::default();
    extracted.warnings.iter().for_each(|warning| warnings.push(warning));
    warnings.finish();
    extracted.pieces.warning(&options.file).iter().for_each(note);
    say_left_out(&options.file, &LeftOut { count: problems.len(), documents: 0, first: problems });
    if let Some(path) = &options.html {
        write_page(path, &extracted, &extractor.relations, &options.model, &options.file)?;
        note(format!("page written: {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn write_all(
    options: &Options,
    extractor: &Extractor,
    source: Source,
    mut writer: Box<dyn FactWriter>,
) -> Result<ExitCode> {
    let all = extract_all(options, extractor, source, |extracted, warnings, _| {
        writer.push_warned(&extracted.document, &extracted.facts, warnings)
    })?;
    writer.finish()?;
    Ok(all.say(options, extractor))
}

/// What became of many documents.
#[derive(Default)]
struct All {
    read: usize,
    skipped: usize,
    facts: usize,
    /// Documents without the entities that the model needs.
    bare: usize,
    /// Documents without marked entities, in which the model looked for some.
    looked: usize,
    /// Documents whose facts were there already.
    before: usize,
    warnings: Warnings,
    pieces: UnknownPieces,
    wrong: LeftOut,
}

/// Gives what is found in each document to `write`, with what should be known of how it was read.
fn extract_all(
    options: &Options,
    extractor: &Extractor,
    source: Source,
    mut write: impl FnMut(&Extracted, Vec<String>, Option<FactsPlace>) -> Result<()>,
) -> Result<All> {
    let Source { documents, aside, count } = source;
    let needs_entities = extractor.input() == Input::Documents;
    let mut all = All::default();
    let bar = documents_bar(count);
    for extracted in extractor.extract_stream(documents) {
        let Read { problems, place, before } = aside.next();
        bar.inc(before as u64 + 1);
        all.before += before;
        match extracted {
            Ok(mut extracted) => {
                options.keep_sure(&mut extracted);
                let said = options.warnings(&extracted, &problems);
                // On a terminal the line goes away while something else is written.
                bar.suspend(|| {
                    extracted.warnings.iter().for_each(|warning| all.warnings.push(warning));
                    write(&extracted, said, place)
                })?;
                all.pieces.merge(extracted.pieces);
                all.read += 1;
                all.bare += usize::from(needs_entities && extracted.document.entities.is_empty());
                all.looked += usize::from(extracted.document.entities_found);
                all.facts += extracted.facts.len();
                all.wrong.count += problems.len();
                let room = LISTED.saturating_sub(all.wrong.first.len());
                all.wrong.first.extend(problems.into_iter().take(room));
            }
            Err(error) => {
                bar.suspend(|| show_error(&error));
                all.skipped += 1;
            }
        }
    }
    all.before += aside.before();
    bar.finish_and_clear();
    Ok(all)
}

impl All {
    fn say(mut self, options: &Options, extractor: &Extractor) -> ExitCode {
        let Self { read, skipped, facts, bare, looked, before, .. } = self;
        self.warnings.finish();
        self.pieces.warning(&options.file).iter().for_each(note);
        say_left_out(&options.file, &self.wrong);
        let [items, findings] = extractor.input().nouns();
        let done = match before {
            0 => String::new(),
            before => format!("{} done before, ", thousands(before)),
        };
        let [read_items, found] = [counted(read, items), counted(facts, findings)];
        note(format!("{done}{read_items} read, {skipped} skipped, {found} found"));
        if bare > 0 {
            let which = match bare == read {
                true => "none of them with entities".into(),
                false => format!("{} of them without entities", thousands(bare)),
            };
            let advice = match extractor.finds_entities() {
                true => "the model looked for them",
                false => {
                    "mark them in brat, in Label Studio, or in an editor as marked text, or take a \
                     model that looks for them, such as the one that comes with docre"
                }
            };
            note(format!("{which}, between which facts are found: {advice}"));
        }
        if looked > bare && facts == 0 {
            let looked = counted(looked, items);
            note(format!("no entities are marked in {looked}, so the model looked for some"));
        }
        exit_code(skipped)
    }
}

/// How many things that are wrong are listed.
const LISTED: usize = 20;

impl Choice {
    fn is_made(&self) -> bool {
        self.title.is_some() || self.index.is_some()
    }

    /// The chosen document. Other documents aren't asked whether they are good.
    fn find(
        &self,
        documents: impl Iterator<Item = Result<Document>>,
        path: &Path,
    ) -> Result<Document> {
        let (mut count, mut last_error) = (0, None);
        for document in documents {
            let place = count;
            count += 1;
            match document {
                Ok(document) if self.is(place, &document) => return Ok(document),
                Err(error) if self.index == Some(place) => return Err(error),
                Err(error) => last_error = Some(error),
                Ok(_) => {}
            }
        }
        // The document may be the one that couldn't be read.
        Err(last_error.unwrap_or_else(|| self.missing(count, path)))
    }

    fn is(&self, place: usize, document: &Document) -> bool {
        self.index == Some(place) || self.title.as_ref() == Some(&document.title)
    }

    fn missing(&self, count: usize, path: &Path) -> Error {
        let wanted = match &self.title {
            Some(title) => format!("title \"{title}\""),
            None => format!("index {}, which counts from 0", self.index.unwrap_or_default()),
        };
        Error::file(path, format!("has no document with {wanted} (it has {count} documents)"))
    }
}

/// Writes the page of a document.
pub fn write_page(
    path: &Path,
    extracted: &Extracted,
    relations: &RelationSet,
    model: &Path,
    data: &Path,
) -> Result<()> {
    let about = PageAbout { model: model.display().to_string(), data: data.display().to_string() };
    let page = document_page(&extracted.document, &extracted.facts, relations, &about)?;
    files::write_atomically(path, |file| file.write_all(page.as_bytes()))
}
