//! `docre stats`

use std::{collections::HashMap, path::PathBuf, process::ExitCode};

use docre::{
    Result,
    corpus::{Frequency, Spread, Statistics, relations::read_names},
};

use crate::{
    output,
    table::{Columns, percent, thousands},
};

/// Counts what a file of documents holds, and checks every document of it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  docre stats data/re-docred/dev.json --names data/meta/rel_info.json")]
pub struct Options {
    /// The documents, in DocRED's form: a JSON list, or one document a line
    file: PathBuf,
    /// A file of relation names (`rel_info.json`) to show beside the identifiers
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Counts and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let names = options.names.as_ref().map(read_names).transpose()?;
    let statistics = Statistics::of_file(&options.file)?;
    if options.json {
        output::print_json(&output::json(&statistics))?;
    } else {
        output::print(numbers(&statistics))?;
        output::print(frequencies("entity type", "entities", &statistics.entity_types, None))?;
        output::print(frequencies("relation", "facts", &statistics.relations, names.as_ref()))?;
    }
    Ok(ExitCode::SUCCESS)
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
    row("sentences", counts.sentences, String::new());
    row("tokens", counts.tokens, longest.unwrap_or_default());
    row("entities", counts.entities, spread("a document", counts.entities_per_document));
    row("mentions", counts.mentions, spread("an entity", counts.mentions_per_entity));
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
    table.text() + "\n"
}

fn spread(of: &str, spread: Spread) -> String {
    format!("{:.2} {of}, at most {}", spread.mean, spread.max)
}

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
        match names {
            Some(names) => {
                let name = names.get(id).map_or("", String::as_str);
                table.row(&[id.as_str(), name, &count, &share]);
            }
            None => table.row(&[id, &count, &share]),
        }
    }
    table.text() + "\n"
}
