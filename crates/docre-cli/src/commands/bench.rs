//! `docre bench`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;
use docre::{
    Device, Error, Result,
    bench::{Bench, BenchEncoder, BenchMode, bench, bench_sweep},
    encoder::EncoderConfig,
    recipe::relation_settings,
};

use super::bench_read;
use crate::{compute::Compute, encoder::Search, output, table::Columns};

/// Measures training, inference or the reading of documents on this machine
///
/// A relational encoder with the adaptive thresholding loss, on documents in file order; the first two
/// steps aren't counted. The first keys of the JSON are those of the PyTorch peer in bench/.
/// With --sweep, single documents of 128 to 4,096 word pieces and of 5 to 200 entities, made
/// from the words of the data. Reading is that of the whole file into training examples.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre bench --mode train --encoder minilm --data corpus/world/dev
  docre bench --mode train --encoder minilm --data corpus/world/dev --precision bf16
  docre bench --mode infer --encoder minilm --data corpus/world/dev --sweep
  docre bench --mode train --encoder minilm --data corpus/world/dev --relation axial \\
    --set relation.form=public
  docre bench --mode infer --encoder random-base --tokenizer .encoders/minilm --data docs.json
  docre bench --mode read --encoder minilm --data train.json")]
pub struct Options {
    /// What to measure
    #[arg(long, value_enum)]
    mode: Mode,
    /// An encoder's name or folder; random-base and random-minilm are BERT-base and MiniLM with
    /// random weights
    #[arg(long)]
    encoder: String,
    /// The folder of the tokenizer for random weights
    #[arg(long, value_name = "DIR")]
    tokenizer: Option<PathBuf>,
    /// The relational encoder, as recipes name it: atlop, docunet or axial
    #[arg(long, value_name = "KIND", default_value = "atlop")]
    relation: String,
    /// Changes a size of the relational encoder, as relation.width=384; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Documents, labelled ones for training
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// rel2id.json, which decides the number of classes [default: the data's relations]
    #[arg(long, value_name = "FILE")]
    rel: Option<PathBuf>,
    /// Documents that go through the model at a time
    #[arg(long, default_value_t = 4)]
    batch: usize,
    /// Documents to measure
    #[arg(long, default_value_t = 48)]
    docs: usize,
    /// Measure how cost grows with length and entities instead
    #[arg(long)]
    sweep: bool,
    #[command(flatten)]
    compute: Compute,
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
    /// Reading and tokenizing, without a model
    Read,
}

/// Measures and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let folder = encoder_folder(options)?;
    let relation = relation_settings(&options.relation, &options.set)?;
    let wanted = Bench {
        mode: match options.mode {
            Mode::Train => BenchMode::Train,
            Mode::Infer => BenchMode::Infer,
            Mode::Read if options.sweep => {
                return Err(Error::setting(
                    "--sweep",
                    "measures a model: --mode is train or infer",
                ));
            }
            Mode::Read => return bench_read::run(&options.data, &folder, options.json),
        },
        encoder: match random(options) {
            Some(config) => BenchEncoder::Random(Box::new(config), &folder),
            None => BenchEncoder::Folder(&folder),
        },
        relation: &relation,
        data: &options.data,
        relations: options.rel.as_deref(),
        precision: options.compute.precision,
        batch: options.batch,
        docs: options.docs,
    };
    let device = options.compute.noted_device()?;
    if options.sweep {
        sweep(options, &wanted, &device)
    } else {
        measure(options, &wanted, &device)
    }
}

fn measure(options: &Options, wanted: &Bench, device: &Device) -> Result<ExitCode> {
    let measured = bench(wanted, device)?;
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
    table.row(&["matrix products made with", measured.products]);
    table.row(&["matrix products, GFLOP/s", &format!("{:.0}", measured.gflop_per_s)]);
    let best = measured.matmul_gflop_per_s;
    table.row(&["one large product, GFLOP/s", &format!("{best:.0}")]);
    table.row(&["share of it, %", &format!("{:.0}", 100.0 * measured.matmul_share)]);
    output::print(table.text())?;
    Ok(ExitCode::SUCCESS)
}

/// A row of the sweep as it comes, since all of them take minutes.
fn sweep(options: &Options, wanted: &Bench, device: &Device) -> Result<ExitCode> {
    let line = |cells: [String; 6]| {
        let [pieces, entities, pairs, seconds, us, peak] = cells;
        format!("{pieces:>11} {entities:>9} {pairs:>8} {seconds:>9} {us:>10} {peak:>9}")
    };
    let mut printed = Ok(());
    let mut header = Some(["word pieces", "entities", "pairs", "seconds", "µs a pair", "peak, MB"]);
    let sweep = bench_sweep(wanted, device, |row| {
        if options.json {
            return;
        }
        if let Some(names) = header.take() {
            printed = output::print(line(names.map(String::from)));
        }
        if printed.is_ok() {
            printed = output::print(line([
                row.pieces.to_string(),
                row.entities.to_string(),
                row.pairs.to_string(),
                format!("{:.3}", row.seconds),
                format!("{:.0}", row.us_per_pair),
                row.peak_mb.map_or_else(|| "-".into(), |peak| format!("{peak:.0}")),
            ]));
        }
    })?;
    printed?;
    if options.json {
        output::print_json(&output::json(&sweep))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The sizes of an encoder with random weights, if that is asked for.
fn random(options: &Options) -> Option<EncoderConfig> {
    match options.encoder.as_str() {
        "random-base" => Some(EncoderConfig::bert_base()),
        "random-minilm" => Some(EncoderConfig::minilm()),
        _ => None,
    }
}

/// The encoder's folder, or for random weights the tokenizer's.
fn encoder_folder(options: &Options) -> Result<PathBuf> {
    if random(options).is_none() {
        if options.tokenizer.is_some() {
            let problem = "is for random-base and random-minilm; other encoders have their own";
            return Err(Error::setting("--tokenizer", problem));
        }
        return Ok(options.search.find(&options.encoder, None)?.folder);
    }
    let tokenizer = options.tokenizer.as_deref().map(Path::to_path_buf);
    tokenizer.ok_or_else(|| {
        let problem = format!("is needed with --encoder {}, which has none", options.encoder);
        Error::setting("--tokenizer", problem)
    })
}
