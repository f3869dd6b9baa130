//! `docre bench`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;
use docre::{
    Error, Result,
    train::{Bench, BenchEncoder, BenchMode, bench},
};

use crate::{device, encoder::Search, output, precision::PrecisionName, table::Columns};

/// The encoder that has random weights instead of a folder.
const RANDOM_BASE: &str = "random-base";

/// Measures training or inference on this machine
///
/// ATLOP with the adaptive thresholding loss, on documents in file order; the first two
/// steps aren't counted. The keys of the JSON are those of the PyTorch peer in bench/.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre bench --mode train --encoder minilm --data data/re-docred/dev.json
  docre bench --mode infer --encoder random-base --tokenizer .encoders/minilm --data docs.json")]
pub struct Options {
    /// What to measure
    #[arg(long, value_enum)]
    mode: Mode,
    /// An encoder's name or folder; random-base stands for BERT-base with random weights
    #[arg(long)]
    encoder: String,
    /// The folder of the tokenizer for random-base
    #[arg(long, value_name = "DIR")]
    tokenizer: Option<PathBuf>,
    /// Labelled documents
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// rel2id.json, which decides the number of classes [default: the data's relations]
    #[arg(long, value_name = "FILE")]
    rel: Option<PathBuf>,
    /// The precision of matrix products
    #[arg(long, value_enum, default_value = "f32")]
    precision: PrecisionName,
    /// Documents that go through the model at a time
    #[arg(long, default_value_t = 4)]
    batch: usize,
    /// Documents to measure
    #[arg(long, default_value_t = 48)]
    docs: usize,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Forward, backward and optimizer step
    Train,
    /// Forward and decision
    Infer,
}

/// Measures and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let folder = encoder_folder(options)?;
    let encoder = match options.encoder.as_str() {
        RANDOM_BASE => BenchEncoder::RandomBase(&folder),
        _ => BenchEncoder::Folder(&folder),
    };
    let mode = match options.mode {
        Mode::Train => BenchMode::Train,
        Mode::Infer => BenchMode::Infer,
    };
    let measured = bench(
        &Bench {
            mode,
            encoder,
            data: &options.data,
            relations: options.rel.as_deref(),
            precision: options.precision.into(),
            batch: options.batch,
            docs: options.docs,
        },
        &device::inference(),
    )?;
    if options.json {
        output::print_json(&output::json(&measured))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Columns::without_header(&["what", ">number"]);
    table.row(&["documents a second", &format!("{:.2}", measured.docs_per_s)]);
    table.row(&["word pieces a second", &format!("{:.0}", measured.tokens_per_s)]);
    table.row(&["median seconds a step", &format!("{:.3}", measured.median_step_s)]);
    if let Some(peak) = measured.peak_mb {
        table.row(&["peak memory, MB", &format!("{peak:.0}")]);
    }
    output::print(table.text())?;
    Ok(ExitCode::SUCCESS)
}

/// The encoder's folder, or for random weights the tokenizer's.
fn encoder_folder(options: &Options) -> Result<PathBuf> {
    if options.encoder != RANDOM_BASE {
        return Ok(options.search.find(&options.encoder, None)?.folder);
    }
    let tokenizer = options.tokenizer.as_deref().map(Path::to_path_buf);
    tokenizer.ok_or_else(|| {
        let problem = format!("is needed with --encoder {RANDOM_BASE}, which has no tokenizer");
        Error::setting("--tokenizer", problem)
    })
}
