//! `docre compare`

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    experiment::{CompareSettings, Comparison, ComparisonResults, ListedRun, RunState},
    files::write_atomically,
};

use super::train::default_folder;
use crate::{
    encoder::Search,
    long_work::{Again, LongWork},
    output,
    outputs::{self, Held},
    table::{Columns, percent},
};

/// Trains recipes side by side, each with several seeds, and shows the papers' tables
///
/// What is compared is a TOML file, or recipes and models named one by one. Every run is checked
/// before the first one starts, and has a folder of its own, ROW/seed-N. The same command goes on
/// where it was stopped, by Ctrl-C or a crash, and skips what is done; rows and seeds may be
/// added later. The tables show mean and standard deviation over seeds, the gain over the
/// baseline with its significance, and what a run costs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre compare losses.toml
  docre compare losses.toml --list
  docre compare losses.toml --results --markdown table.md --html table.html
  docre compare atl.toml cmm.toml runs/old/model --seeds 66,67,68 --baseline atl

A file says what the rows are; [[rows]] may have a recipe or a model of their own:
  name = \"losses\"
  base = \"quickstart\"          # a recipe file or a built-in recipe
  seeds = [66, 67, 68]
  baseline = \"ATL\"
  set.schedule.epochs = 4      # for every row
  [[rows]]
  name = \"ATL\"
  [[rows]]
  name = \"CMM\"
  set.loss = { kind = \"cmm\" }

axes, which stands before the rows, makes a row for each choice of one from each list:
  axes = [
    [{ name = \"ATL\" }, { name = \"CMM\", set.loss.kind = \"cmm\" }],
    [{ name = \"ATLOP\" }, { name = \"DocuNet\", set.relation.kind = \"docunet\" }],
  ]")]
pub struct Options {
    /// A file that describes a comparison; or recipes (files or names of built-in ones) and
    /// models' folders
    #[arg(required = true, value_name = "FILE | RECIPE...")]
    rows: Vec<PathBuf>,
    /// The folder of all runs [default: runs/<the comparison's name>]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Train every row with these seeds
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    seeds: Vec<u64>,
    /// The row that the others' gain is measured against
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Change a setting of every row's recipe; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Do only the runs of this row; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Show which runs are done, begun and left, and do nothing
    #[arg(long, conflicts_with_all = ["results", "only"])]
    list: bool,
    /// Show the tables of what is done, and train nothing
    #[arg(long, conflicts_with = "only")]
    results: bool,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    files: Files,
}

/// Files that take the tables beside the terminal.
#[derive(Debug, clap::Args)]
struct Files {
    /// Write the tables in Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write one table of plain numbers
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write a page with the tables, F1 as bars and every run
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Trains what is left and shows all.
pub fn run(options: &Options) -> Result<ExitCode> {
    let settings = CompareSettings {
        seeds: options.seeds.clone(),
        baseline: options.baseline.clone(),
        overrides: options.set.clone(),
    };
    let comparison = Comparison::find(&options.rows, &settings)?;
    let folder = options.run.clone().unwrap_or_else(|| default_folder(&comparison.name));
    if options.list {
        return list(&comparison.list(&folder)?, options.json);
    }
    let inputs = options.rows.iter().cloned().chain(comparison.files(&folder));
    let _held = options.files.check(inputs)?;
    if !options.results {
        let again = Again::SameCommand;
        let search = &options.search;
        let work = LongWork { search, folder: &folder, json: options.json, again };
        let done = work.run(|session| comparison.run(&folder, &options.only, session))?;
        if let ControlFlow::Break(code) = done {
            return Ok(code);
        }
    }
    let results = comparison.results(&folder)?;
    options.files.write(&results)?;
    if options.json {
        let mut all = output::json(&results);
        let (done, planned) = results.done();
        all["outcome"] = if done == planned { "finished" } else { "unfinished" }.into();
        all["run"] = output::json(&folder);
        output::print_json(&all)?;
    } else {
        output::print(tables(&results))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn list(runs: &[ListedRun], json: bool) -> Result<ExitCode> {
    if json {
        output::print_json(&output::json(&runs))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Columns::new(&["", "row", ">seed", ">F1", "folder"]);
    for run in runs {
        let state = match run.state {
            RunState::Done => "done",
            RunState::Begun => "begun",
            RunState::Left => "left",
        };
        let seed = run.seed.map(|seed| seed.to_string()).unwrap_or_default();
        let f1 = run.f1.map(percent).unwrap_or_default();
        table.row(&[state, &run.row, &seed, &f1, &run.run.display().to_string()]);
    }
    output::print(table.text())?;
    Ok(ExitCode::SUCCESS)
}

fn tables(results: &ComparisonResults) -> String {
    let tables = results.noted_tables().map(|(table, note)| {
        format!("{}\n\n{}\n\n{note}\n\n", table.caption, Columns::of(&table).text())
    });
    tables.concat() + &results.about()
}

impl Files {
    /// Refuses files that can't be written before anything is done.
    fn check(&self, inputs: impl IntoIterator<Item = PathBuf>) -> Result<Held> {
        let files = [&self.markdown, &self.csv, &self.html];
        outputs::check(files.into_iter().flatten().map(PathBuf::as_path), inputs)
    }

    fn write(&self, results: &ComparisonResults) -> Result<()> {
        write(self.markdown.as_deref(), || Ok(results.to_markdown()))?;
        write(self.csv.as_deref(), || Ok(results.to_csv()))?;
        write(self.html.as_deref(), || results.to_page().to_html())
    }
}

fn write(file: Option<&Path>, text: impl FnOnce() -> Result<String>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let text = text()?;
    write_atomically(file, |file| file.write_all(text.as_bytes()))
}
