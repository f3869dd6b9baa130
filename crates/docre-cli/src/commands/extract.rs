//! `docre extract`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::Input,
    document::{Document, RelationSet},
    files,
    model::{Extracted, Extractor},
    report::{DocumentFacts, PageAbout, ScoredLabel, TextLabels, document_page},
};

use crate::{
    compute::Compute,
    messages::{Warnings, exit_code, note, one_line, show_error},
    output, outputs,
    table::{Columns, thousands},
};

/// Shows the facts that a model finds in documents, with names and scores
///
/// A bad document is named and left out; the others are read, and the exit code is 2.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre extract --model runs/quickstart/model notes.jsonl
  docre extract --model runs/quickstart/model notes.jsonl --json > facts.jsonl
  docre extract --model runs/quickstart/model data/re-docred/dev.json --index 3 --html page.html")]
pub struct Options {
    /// A model's folder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// The documents, in DocRED's form (a JSON list, or one document a line) or another that
    /// docre reads; for a model of texts: JSON lines, a table, or a text a line
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    compute: Compute,
    /// Print one JSON object a document
    #[arg(long)]
    json: bool,
    /// Write a page that shows the document with its entities and facts
    #[arg(long, value_name = "FILE", requires = "Choice")]
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

/// Extracts and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    outputs::check(options.html.as_deref(), [&options.file, &options.model])?;
    let extractor = options.compute.load(&options.model)?;
    if let (Some(_), Input::Texts { .. }) = (&options.html, extractor.input()) {
        let problem = "shows entities and their pairs, and the model labels texts; leave it out";
        return Err(Error::setting("html", problem));
    }
    let documents = extractor.input().stream(&options.file)?;
    if options.choice.is_made() {
        let document = options.choice.find(documents, &options.file)?;
        show_one(options, &extractor, document)
    } else {
        show_all(options, &extractor, documents)
    }
}

fn show_one(options: &Options, extractor: &Extractor, document: Document) -> Result<ExitCode> {
    let extracted = extractor.extract_stream([Ok(document)]).next().expect("one document")?;
    show(&extracted, extractor, options.json)?;
    let mut warnings = Warnings::default();
    extracted.warnings.iter().for_each(|warning| warnings.push(warning));
    warnings.finish();
    if let Some(path) = &options.html {
        write_page(path, &extracted, &extractor.relations, &options.model, &options.file)?;
        note(format!("page written: {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn show_all(
    options: &Options,
    extractor: &Extractor,
    documents: impl Iterator<Item = Result<Document>>,
) -> Result<ExitCode> {
    let (mut read, mut skipped, mut facts) = (0, 0, 0);
    let mut warnings = Warnings::default();
    for extracted in extractor.extract_stream(documents) {
        match extracted {
            Ok(extracted) => {
                show(&extracted, extractor, options.json)?;
                extracted.warnings.iter().for_each(|warning| warnings.push(warning));
                read += 1;
                facts += extracted.facts.len();
            }
            Err(error) => {
                show_error(error);
                skipped += 1;
            }
        }
    }
    warnings.finish();
    let [read, facts] = [read, facts].map(thousands);
    let [items, findings] = extractor.input().nouns();
    note(format!("{read} {items} read, {skipped} skipped, {facts} {findings} found"));
    Ok(exit_code(skipped))
}

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

fn show(extracted: &Extracted, extractor: &Extractor, json: bool) -> Result<()> {
    let relations = &extractor.relations;
    if let Input::Texts { .. } = extractor.input() {
        return show_text(&TextLabels::new(&extracted.document, &extracted.facts, relations), json);
    }
    let mut found = DocumentFacts::new(&extracted.document, &extracted.facts, relations);
    if json {
        return output::print(output::json(&found));
    }
    found.facts.sort_by(|a, b| b.score.partial_cmp(&a.score).expect("scores are numbers"));
    let mut table = Columns::without_header(&[">", "", "", "", ""]);
    for fact in &found.facts {
        let score = fact.score.map_or(String::new(), |score| format!("{score:.3}"));
        let sentences: Vec<String> = fact.evidence.iter().map(usize::to_string).collect();
        let evidence = match sentences.is_empty() {
            true => String::new(),
            false => format!("sentence {}", sentences.join(", ")),
        };
        table.row(&[&score, &fact.head.name, &fact.relation.name, &fact.tail.name, &evidence]);
    }
    let (title, count) = (one_line(&found.title), found.facts.len());
    let s = if count == 1 { "" } else { "s" };
    output::print(format_args!("{title}: {count} fact{s}"))?;
    if count > 0 { output::print(table.text() + "\n") } else { Ok(()) }
}

fn show_text(text: &TextLabels, json: bool) -> Result<()> {
    if json {
        return output::print(output::json(text));
    }
    let label = |label: &ScoredLabel| {
        let score = label.score.map_or(String::new(), |score| format!(" {score:.3}"));
        format!("{}{score}", label.label)
    };
    let labels: Vec<_> = text.labels.iter().map(label).collect();
    let labels = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
    output::print(format_args!("{}: {labels}", one_line(&text.id)))
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
