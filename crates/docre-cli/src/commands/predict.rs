//! `docre predict`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use docre::{
    Result,
    output::{Form, graph::DEFAULT_BASE},
    text::UnknownPieces,
};

use crate::{
    compute::Compute,
    messages::{Warnings, note},
    observer::documents_bar,
    options::{forms, forms_in_text},
    outputs,
    reading::{Reading, say_beside, say_left_out},
    table::counted,
};

/// Writes a model's facts for many documents as a result file for submission
///
/// Documents go through the model a few at a time, so the file may be larger than
/// the memory. A bad document, or a title given twice, is refused before anything is done.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  docre predict --model runs/quickstart/model --data test.json --output result.json")]
pub struct Options {
    /// A model's folder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// The documents; labels are not needed. The file is read twice
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The result file, JSON lines if it ends in .jsonl; - for standard output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[arg(
        long,
        value_name = "FORM",
        help = format!("Another form than the result file: {}", forms()),
        long_help = format!("Another form than the result file:\n{}", forms_in_text())
    )]
    to: Option<Form>,
    /// What IRIs in RDF begin with
    #[arg(long, value_name = "IRI", default_value = DEFAULT_BASE)]
    base: String,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    compute: Compute,
}

/// Predicts and writes.
pub fn run(options: &Options) -> Result<ExitCode> {
    let output = Some(options.output.as_path()).filter(|path| *path != Path::new("-"));
    let form = options.to.unwrap_or(Form::RESULT);
    // A form of several files sees to its folder itself.
    let file = output.filter(|_| !form.is_folder());
    let _held = outputs::check(file, [&options.data, &options.model])?;
    let extractor = options.compute.load(&options.model)?;
    let input = extractor.input();
    let read = options.reading.options_for(&input)?;
    let (count, wrong) = input.count_with(&options.data, &read)?;
    say_left_out(&options.data, &wrong);
    let mut writer = form.writer_with_base(
        outputs::place(output)?,
        &input,
        &extractor.relations,
        &options.base,
    )?;
    let (mut warnings, mut facts) = (Warnings::default(), 0);
    let mut pieces = UnknownPieces::default();
    let bar = documents_bar(Some(count));
    let documents = input.stream_with(&options.data, &read)?;
    say_beside(&options.data, &documents.beside);
    // What can't be read is named above.
    let documents = documents.filter(|document| !read.lenient || document.is_ok());
    let documents = documents.map(|document| document.map(|read| read.document));
    for extracted in extractor.extract_stream(documents) {
        let extracted = extracted?;
        bar.suspend(|| extracted.warnings.iter().for_each(|warning| warnings.push(warning)));
        writer.push(&extracted.document, &extracted.facts)?;
        pieces.merge(extracted.pieces);
        facts += extracted.facts.len();
        bar.inc(1);
    }
    writer.finish()?;
    bar.finish_and_clear();
    warnings.finish();
    pieces.warning(&options.data).iter().for_each(note);
    let [items, findings] = input.nouns();
    note(format!("{} read, {} written", counted(count, items), counted(facts, findings)));
    Ok(ExitCode::SUCCESS)
}
