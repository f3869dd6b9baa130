//! `docre shrink`

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    device::DeviceName,
    model::{Extractor, Weights, model_folder},
};

use crate::{messages::note, outputs};

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
}

/// Reads and writes.
pub fn run(options: &Options) -> Result<ExitCode> {
    let Options { model, out } = options;
    if !outputs::is_free(out) {
        let problem = "is there already; name a new folder for the smaller model";
        return Err(Error::file(out, problem));
    }
    let extractor = Extractor::load(model, &DeviceName::default().open()?)?;
    extractor.save_as(out, Weights::Int8)?;
    let before = megabytes(&model_folder(model)?);
    let after = megabytes(out);
    note(format!("model written: {} ({after} MB, of {before} MB)", out.display()));
    Ok(ExitCode::SUCCESS)
}

/// The size of a folder's files, in millions of bytes.
fn megabytes(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| fs::metadata(entry.path()).ok());
    let bytes: u64 = sizes.filter(|found| found.is_file()).map(|found| found.len()).sum();
    format!("{:.1}", bytes as f64 / 1e6)
}
