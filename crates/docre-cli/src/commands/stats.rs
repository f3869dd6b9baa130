//! `docre stats`

use std::{collections::HashMap, path::PathBuf, process::ExitCode};

use docre::{
    Result,
    corpus::{
        Format, Omission, Omissions, check_data,
        relations::read_names,
        stats::{Frequency, Spread, Statistics},
        texts::{self, TextOptions, TextStatistics},
    },
};

use super::convert::{list, wrong};

use crate::{
    messages::note,
    output,
    reading::Reading,
    table::{Columns, percent, thousands},
};

/// Counts what a file of documents, or of texts with labels, holds, and checks every one of it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre stats corpus/world/dev --names data/meta/rel_info.json
  docre stats dwie/annos_with_content
  docre stats goemotions/train.tsv --none neutral")]
pub struct Options {
    /// The documents: DocRED's JSON or JSON lines, or a file or folder of another format that
    /// `docre convert` reads
    file: PathBuf,
    /// A file of relation names (`rel_info.json`) to show beside the identifiers; of texts with
    /// ids the names of labels, one a line
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// The label of texts that says that no other holds
    #[arg(long, value_name = "LABEL")]
    none: Option<String>,
    #[command(flatten)]
    reading: Reading,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The columns of the narrowest usual terminal.
const TERMINAL: u16 = 80;

/// Counts and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    check_data(&options.file)?;
    let format = Format::guess(&options.file)?;
    if format == Format::TEXTS {
        return run_texts(options);
    }
    TextOptions { none: options.none.clone(), names: None }.check_format(format)?;
    let names = options.names.as_ref().map(read_names).transpose()?;
    let statistics = Statistics::of_file_with(&options.file, &options.reading.options())?;
    if options.json {
        output::print_json(&output::json(&statistics))?;
    } else {
        output::print(numbers(&statistics))?;
        print_left_out("documents", &statistics.left_out)?;
        let left_out = &statistics.left_out;
        let count = left_out.count(Omission::BadItem) + left_out.count(Omission::BadDocument);
        let wrong = wrong(&statistics.problems, count);
        if !wrong.is_empty() {
            output::print(wrong.trim_start().to_owned() + "\n")?;
        }
        output::print(frequencies("entity type", "entities", &statistics.entity_types, None))?;
        output::print(frequencies("relation", "facts", &statistics.relations, names.as_ref()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run_texts(options: &Options) -> Result<ExitCode> {
    options.reading.refuse_of_texts()?;
    let reading = TextOptions { none: options.none.clone(), names: options.names.clone() };
    let counts = TextStatistics::of(&texts::read(&options.file, &reading)?);
    for doubt in &counts.doubts {
        note(format!("warning: {}: {doubt}", options.file.display()));
    }
    if options.json {
        output::print_json(&output::json(&counts))?;
    } else {
        output::print(text_numbers(&counts))?;
        print_left_out("texts", &counts.left_out)?;
        output::print(frequencies("label", "texts", &counts.labels, None))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_left_out(items: &str, left_out: &Omissions) -> Result<()> {
    match left_out.is_empty() {
        true => Ok(()),
        false => output::print(format!("not in {items}:\n{}\n", list(left_out))),
    }
}

fn text_numbers(counts: &TextStatistics) -> String {
    let mut table = Columns::without_header(&["", ">", ""]);
    let labels = spread("a text with any", counts.labels_per_text);
    let characters = counts.characters;
    let about = format!("{:.2} characters, at most {}", characters.mean, characters.max);
    table.row(&["texts", &thousands(counts.texts), &about]);
    table.row(&["  without labels", &thousands(counts.without_labels), ""]);
    table.row(&["  left out", &thousands(counts.ambiguous), "the none class and another label"]);
    table.row(&["labels", &thousands(counts.labels.len()), &labels]);
    table.text() + "\n"
}

fn numbers(counts: &Statistics) -> String {
    let mut table = Columns::without_header(&["", ">", ""]);
    let mut row = |name: &str, count: usize, about: String| {
        table.row(&[name, &thousands(count), &about]);
    };
    let longest = counts.longest_document.as_ref().map(|longest| {
        format!("at most {} (document {} \"{}\")", longest.tokens, longest.index, longest.title)
    });
    row(
        "documents",
        counts.documents,
        format!("{} labelled", thousands(counts.labelled_documents)),
    );
    if counts.repeated_titles > 0 {
        let about = "results name documents by title, so what scores or predicts refuses these";
        row("  titles again", counts.repeated_titles, about.into());
    }
    if counts.documents_without_entities > 0 {
        let about = "so no relation can hold in these";
        row("  without entities", counts.documents_without_entities, about.into());
    }
    row("sentences", counts.sentences, String::new());
    row("tokens", counts.tokens, longest.unwrap_or_default());
    row("entities", counts.entities, spread("a document", counts.entities_per_document));
    row("mentions", counts.mentions, spread("an entity", counts.mentions_per_entity));
    if counts.shared_mentions > 0 {
        row("  shared", counts.shared_mentions, "further entities of these mentions".into());
    }
    row(
        "pairs",
        counts.pairs,
        format!("{} in labelled documents", thousands(counts.labelled_pairs)),
    );
    row(
        "related pairs",
        counts.positive_pairs,
        format!("{} % of them", percent(counts.label_density)),
    );
    row("facts", counts.facts, spread("a related pair", counts.facts_per_positive_pair));
    row("  with evidence", counts.facts_with_evidence, String::new());
    row("  repeated", counts.repeated_facts, "not counted".into());
    table.within(TERMINAL).text() + "\n"
}

fn spread(of: &str, spread: Spread) -> String {
    format!("{:.2} {of}, at most {}", spread.mean, spread.max)
}

/// What an entity type is called that is empty.
const NO_NAME: &str = "(none)";

fn frequencies(
    what: &str,
    counted: &str,
    list: &[Frequency],
    names: Option<&HashMap<String, String>>,
) -> String {
    let mut table = match names {
        Some(_) => Columns::new(&[what, "name", &format!(">{counted}"), ">%"]),
        None => Columns::new(&[what, &format!(">{counted}"), ">%"]),
    };
    for Frequency { id, count, share } in list {
        let (count, share) = (thousands(*count), percent(*share));
        let id = if id.is_empty() { NO_NAME } else { id.as_str() };
        match names {
            Some(names) => {
                let name = names.get(id).map_or("", String::as_str);
                table.row(&[id, name, &count, &share]);
            }
            None => table.row(&[id, &count, &share]),
        }
    }
    table.within(TERMINAL).text() + "\n"
}
