//! `docre shrink`

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    device::DeviceName,
    model::{Extractor, Weights, model_folder},
};

use serde_json::json;

use crate::{messages::note, output, outputs};

/// Writes a model with its weights in eight bits, in a quarter of the room
///
/// Large matrices become signed bytes with a scale for each row; what is small stays as it is. The
/// folder is used like any other, in each precision, and --precision int8 is the fastest.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre shrink runs/text/model runs/text/small
  docre extract --model runs/text/small --precision int8 article.txt")]
pub struct Options {
    /// A model's folder
    model: PathBuf,
    /// The new folder
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads and writes.
pub fn run(options: &Options) -> Result<ExitCode> {
    let Options { model, out, .. } = options;
    outputs::check_free(out)?;
    let extractor = Extractor::load(model, &DeviceName::default().open()?)?;
    extractor.save_as(out, Weights::Int8)?;
    let (before, after) = (bytes(&model_folder(model)?), bytes(out));
    if options.json {
        let made = json!({"model": out, "bytes": after, "bytes_before": before});
        output::print_json(&made)?;
    } else {
        let (after, before) = (after as f64 / 1e6, before as f64 / 1e6);
        note(format!("model written: {} ({after:.1} MB, of {before:.1} MB)", out.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The size of a folder's files.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| fs::metadata(entry.path()).ok());
    sizes.filter(|found| found.is_file()).map(|found| found.len()).sum()
}
