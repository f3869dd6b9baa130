//! `docre convert`

use std::{path::PathBuf, process::ExitCode};

use docre::{
    Error, Result,
    corpus::{
        self, Conversion, ConvertOptions, Format, HeldOut, Omission, Omissions, Part, Titles,
        texts::{TextOptions, files_beside},
    },
};

use crate::{
    messages::one_line,
    options::formats_in_text,
    output,
    outputs::{self, Held},
    reading::Reading,
    table::{Columns, thousands},
};

const EXAMPLES: &str = "\
Examples:
  docre convert notes/ notes.jsonl                      # brat's folder to DocRED's JSON lines
  docre convert notes.jsonl notes/ --to brat
  docre convert export.json train.json                  # from Label Studio
  docre convert train.json tasks.json --to label-studio
  docre convert dwie/annos_with_content train.jsonl --part train --tune 98 --seed 66
  docre convert dwie/annos_with_content dev.jsonl --titles dev-titles.json
  docre convert Train.PubTator train.jsonl              # BioRED
  docre convert train.json train.marked                 # to label in an editor
  docre convert goemotions/train.tsv train.jsonl --none neutral";

/// Converts documents, or texts with labels, from one format to another
///
/// Each document is read back as it was written, and what the output can't hold is counted.
/// Offsets are checked against the text. The output is whole or not there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("Formats:\n{}\n{EXAMPLES}", formats_in_text()))]
pub struct Options {
    /// A file or folder
    input: PathBuf,
    /// What to write; a folder must not be there yet
    output: PathBuf,
    /// The input's format, where it isn't told by what is in it; see the list below
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// The output's format; DocRED's for .json and .jsonl, else it has to be given
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    /// Take the documents that DWIE tags as train (without those for tuning) or test, or those
    /// for tuning
    #[arg(long)]
    part: Option<PartName>,
    /// How many of the documents tagged train are for tuning, drawn at random
    #[arg(long, value_name = "COUNT", default_value_t = 0, requires = "part")]
    tune: usize,
    /// Draws the same documents for tuning again
    #[arg(long, default_value_t = 66, requires = "part")]
    seed: u64,
    /// Take only documents with these titles: a file with a JSON list, or a title a line
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    /// Take all documents but those with these titles
    #[arg(long, value_name = "FILE")]
    not_titles: Option<PathBuf>,
    /// The label of texts that says that no other holds; texts with it and another are left out
    #[arg(long, value_name = "LABEL")]
    none: Option<String>,
    /// A file with the names of labels, one a line, for texts with ids
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PartName {
    Train,
    Tune,
    Test,
}

/// Converts and says what is lost.
pub fn run(options: &Options) -> Result<ExitCode> {
    let _held = options.check()?;
    let held_out = HeldOut { count: options.tune, seed: options.seed };
    let part = options.part.map(|part| match part {
        PartName::Train => Part::Train(held_out),
        PartName::Tune => Part::Tune(held_out),
        PartName::Test => Part::Test,
    });
    let texts = TextOptions { none: options.none.clone(), names: options.names.clone() };
    if options.from.map_or_else(|| Format::guess(&options.input), Ok)? == Format::TEXTS {
        options.reading.refuse_of_texts()?;
    }
    let read = options.reading.options();
    let list = |path: &Option<PathBuf>| path.as_ref().map(Titles::read).transpose();
    let titles = Titles { only: list(&options.titles)?, without: list(&options.not_titles)? };
    let convert = ConvertOptions { from: options.from, to: options.to, part, texts, read, titles };
    let done = corpus::convert(&options.input, &options.output, &convert)?;
    if options.json {
        output::print_json(&output::json(&done))?;
    } else {
        output::print(summary(&done))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// Refuses a draw from documents that aren't taken, and to write over what is read: the
    /// input, and the names of its labels.
    fn check(&self) -> Result<Option<Held>> {
        corpus::check_data(&self.input)?;
        if matches!(self.part, Some(PartName::Test)) && self.tune > 0 {
            let problem = "draws from the documents tagged train; leave it out where test is taken";
            return Err(Error::setting("tune", problem));
        }
        if self.output.is_dir() {
            return Ok(None); // writing refuses a folder that is there already
        }
        let inputs = [self.input.clone()].into_iter().chain(files_beside(&self.input));
        outputs::check(
            [self.output.as_path()],
            inputs
                .chain(self.names.clone())
                .chain(self.titles.clone())
                .chain(self.not_titles.clone()),
        )
        .map(Some)
    }
}

fn summary(done: &Conversion) -> String {
    let Conversion { from, to, documents, .. } = done;
    let Conversion { ambiguous_texts, repeated_facts, left_out, lost, .. } = done;
    let item = if *from == Format::TEXTS.name() { "text" } else { "document" };
    let mut text = format!("{} from {from} to {to}", counted(*documents, item));
    for (count, what, more) in [
        (*repeated_facts, "repeated fact", ""),
        (done.other_documents, "document", " with other titles"),
        (*ambiguous_texts, "text", " with the none class and another"),
    ] {
        if count > 0 {
            text += &format!("\n{}{more} left out", counted(count, what));
        }
    }
    if let Some(first) = done.unused_titles.first() {
        let (count, more) =
            (done.unused_titles.len(), if done.unused_titles.len() > 1 { ", ..." } else { "" });
        text += &format!("\n{} of no document: {}{more}", counted(count, "title"), one_line(first));
    }
    text += &wrong(
        &done.problems,
        done.left_out.count(Omission::BadItem) + done.left_out.count(Omission::BadDocument),
    );
    for (what, losses) in [(format!("not in {item}s:"), left_out), ("lost:".into(), lost)] {
        if !losses.is_empty() {
            text += &format!("\n{what}\n{}", list(losses));
        }
    }
    text
}

/// "1 text", "2,000 texts".
fn counted(count: usize, thing: &str) -> String {
    format!("{} {thing}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// What was wrong and left out, each on a line.
pub fn wrong(problems: &[String], count: usize) -> String {
    let list: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    match problems {
        [] => String::new(),
        _ if count > problems.len() => {
            format!("\nleft out as wrong:{list}\n  and {} more", thousands(count - problems.len()))
        }
        _ => format!("\nleft out as wrong:{list}"),
    }
}

/// How many names of a kind are shown.
const NAMES: usize = 5;

/// The names under which something was lost, most first.
fn names(losses: &Omissions, loss: Omission) -> String {
    let names = losses.names(loss);
    let shown = names.iter().take(NAMES);
    let mut list: Vec<_> =
        shown.map(|(name, count)| format!("{name} {}", thousands(*count))).collect();
    if names.len() > NAMES {
        list.push("...".into());
    }
    if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) }
}

/// Omissions, one a line.
pub fn list(losses: &Omissions) -> String {
    let mut table = Columns::without_header(&[">", ""]);
    for (loss, count) in losses.iter() {
        table.row(&[thousands(count), format!("{loss}{}", names(losses, loss))]);
    }
    table.text()
}
