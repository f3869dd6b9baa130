//! `docre convert-model`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Error, Result,
    corpus::relations::{read_names, read_rel2id},
    device::DeviceName,
    model::{ForeignModel, Layout},
};
use serde_json::json;

use crate::{encoder::Search, output, outputs};

/// Makes a model's folder of a PyTorch checkpoint of ATLOP, DocuNet, KD-DocRE or DREEAM
///
/// The checkpoint is what the public code saves: torch.save(model.state_dict(), ...). It is told by
/// the names of its tensors, and every tensor is checked by its shape. The encoder's folder needs its
/// config.json and its tokenizer; the weights come from the checkpoint.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre convert-model atlop.pt runs/atlop --encoder bert-base-cased --relations rel2id.json
  docre convert-model best.ckpt runs/dreeam --layout dreeam --encoder roberta-large/ \\
    --relations rel2id.json --names rel_info.json")]
pub struct Options {
    /// The checkpoint (.pt, .pth, .bin, .ckpt or .safetensors)
    checkpoint: PathBuf,
    /// The new folder
    out: PathBuf,
    /// The encoder that it was trained from: a folder, or a Hugging Face name
    #[arg(long, value_name = "NAME|DIR")]
    encoder: String,
    /// The relations in the columns that the training had
    #[arg(long, value_name = "rel2id.json")]
    relations: PathBuf,
    /// The relations' names for people
    #[arg(long, value_name = "rel_info.json")]
    names: Option<PathBuf>,
    /// Whose code saved it: atlop, docunet, kd-docre or dreeam
    #[arg(long, value_name = "NAME")]
    layout: Option<Layout>,
    #[command(flatten)]
    search: Search,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads, checks and writes.
pub fn run(options: &Options) -> Result<ExitCode> {
    let Options { checkpoint, out, .. } = options;
    if !outputs::is_free(out) {
        let problem = "is there already; name a new folder for the model";
        return Err(Error::file(out, problem));
    }
    let mut relations = read_rel2id(&options.relations)?;
    if let Some(names) = &options.names {
        relations = relations.with_names(&read_names(names)?);
    }
    let (checkpoint, encoder) = (checkpoint.clone(), options.encoder()?);
    let layout = options.layout;
    let model = ForeignModel { checkpoint, encoder, relations, layout };
    let extractor = model.load(&DeviceName::default().open()?)?;
    extractor.save(out)?;
    let count = extractor.relations.classes() - 1;
    if options.json {
        let about = &extractor.config.origin.recipe;
        output::print_json(&json!({ "model": out, "from": about, "relations": count }))?;
    } else {
        let (from, out) = (&extractor.config.origin.recipe, out.display());
        output::print(format_args!("model  {out}\nfrom   {from}, {count} relations"))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// The encoder's folder. One that is named needs no weights.
    fn encoder(&self) -> Result<PathBuf> {
        let named = Path::new(&self.encoder);
        match named.join("config.json").exists() {
            true => Ok(named.to_path_buf()),
            false => Ok(self.search.find(&self.encoder, None)?.folder),
        }
    }
}
