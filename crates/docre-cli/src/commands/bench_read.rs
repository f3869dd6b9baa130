//! `docre bench --mode read`

use std::{path::Path, process::ExitCode};

use docre::{
    Result,
    bench::{ReadRate, bench_reading},
};

use crate::{
    output,
    table::{Columns, thousands},
};

/// Measures with the tokenizer of a folder, and prints.
pub fn run(data: &Path, tokenizer: &Path, json: bool) -> Result<ExitCode> {
    let measured = bench_reading(data, tokenizer)?;
    if json {
        output::print_json(&output::json(&measured))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Columns::new(&["", ">one thread", ">all threads"]);
    let rates = [measured.one_thread, measured.all_threads];
    let mut row = |name: &str, number: fn(ReadRate) -> String| {
        let [one, all] = rates.map(number);
        table.row(&[name, &one, &all]);
    };
    row("threads", |rate| rate.threads.to_string());
    row("documents a second, read", |rate| thousands(rate.read_docs_per_s as usize));
    row("documents a second, as examples", |rate| thousands(rate.examples_docs_per_s as usize));
    row("  for each second of a core", |rate| {
        rate.examples_docs_per_core_s.map_or(String::new(), |rate| thousands(rate as usize))
    });
    row("seconds for the examples of all", |rate| format!("{:.2}", rate.examples_s));
    output::print(table.text())?;
    let peak =
        measured.peak_mb.map_or(String::new(), |peak| format!("; at most {peak:.0} MB held"));
    output::print(format_args!(
        "\n{} documents, {} word pieces; {} bytes kept of a document{peak}",
        thousands(measured.docs),
        thousands(measured.tokens),
        thousands(measured.kept_bytes_per_doc as usize),
    ))?;
    Ok(ExitCode::SUCCESS)
}
