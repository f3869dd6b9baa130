//! Reads texts with labels.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use super::files::{delimiter, label_file, names_file, read_plain};
use super::item::{Found, item};
use super::objects::read_objects;
use super::options::TextOptions;
use super::table::{names_of_file, read_table};
use super::{Problem, TextItem, Texts, labels};
use crate::corpus::omissions::Omissions;
use crate::corpus::words::counted;
use crate::document::RelationSet;
use crate::{Error, Result};

/// Reads a file of texts with labels:
///
/// - `.tsv` without a header as GoEmotions has it: text, ids of labels with commas between them,
///   id of the text; `labels.txt` beside it names the labels.
/// - `.tsv` and `.csv` with a header: columns `text`, `id` (may be missing), and `labels` with
///   names and commas between them, or else a column of 0 and 1 for each label. A TSV has no
///   quotes.
/// - `text_NAME` with `label_NAME` beside it, as AAPD has it: a text a line, and its labels with
///   blanks between them.
/// - Any other file as JSON lines or a list of objects with `text`, `labels` and `id`.
pub fn read(path: impl AsRef<Path>, options: &TextOptions) -> Result<Texts> {
    let path = path.as_ref();
    let texts = read_labelled(path, options)?;
    match &options.none {
        Some(none) => texts.with_none(none).map_err(|problem| Error::file(path, problem)),
        None => Ok(texts),
    }
}

/// The same, where a file in which every text has a label needn't know the none class.
pub(in crate::corpus) fn read_where_known(path: &Path, none: Option<&str>) -> Result<Texts> {
    let options = TextOptions { none: none.map(str::to_owned), names: None };
    let texts = read_labelled(path, &options)?;
    match none {
        Some(none) if texts.labels.column(none).is_some() => {
            texts.with_none(none).map_err(|problem| Error::file(path, problem))
        }
        _ => Ok(texts),
    }
}

/// Reads texts whose none class is a label among the others.
fn read_labelled(path: &Path, options: &TextOptions) -> Result<Texts> {
    let mut found = if let Some(delimiter) = delimiter(path) {
        read_table(path, delimiter, options)?
    } else if let Some(labels) = label_file(path) {
        read_two_files(path, &labels)?
    } else {
        read_objects(path)?
    };
    name_ids(path, &mut found, options)?;
    check(found, options.none.as_deref()).map_err(|problem| Error::file(path, problem))
}

fn check(found: Found, none: Option<&str>) -> Result<Texts, Problem> {
    let Found { items, labels, left_out } = found;
    let mut known = HashSet::new();
    for item in &items {
        if !known.insert(item.id.as_str()) {
            return Err(format!("the id \"{}\" is given twice", item.id));
        }
    }
    if items.is_empty() {
        return Err("holds no text".into());
    }
    if labels.is_none() {
        refuse_missing(&items, none)?;
    }
    let labels = match labels {
        Some(labels) => RelationSet::new(labels).map_err(|error| error.to_string())?,
        None => Texts::infer_labels(&items)?,
    };
    let doubts = doubts(&labels);
    Ok(Texts { items, labels, ambiguous: Vec::new(), left_out, doubts })
}

/// Refuses labels that are what Python writes where there is no value.
fn refuse_missing(items: &[TextItem], none: Option<&str>) -> Result<(), Problem> {
    for TextItem { id, labels, .. } in items {
        let is_missing =
            |label: &&String| labels::is_missing(label) && Some(label.as_str()) != none;
        if let Some(label) = labels.iter().find(is_missing) {
            return Err(format!(
                "text \"{id}\": the label \"{label}\" is what programs write where there is no value; \
                 leave it out, or name it as the none class, where it stands for texts of no label"
            ));
        }
    }
    Ok(())
}

/// Gives labels that are ids their names, where a file names them.
fn name_ids(path: &Path, found: &mut Found, options: &TextOptions) -> Result<()> {
    let mut labels = found.items.iter().flat_map(|item| &item.labels);
    if found.labels.is_some() || labels.clone().next().is_none() {
        return Ok(());
    }
    if !labels.all(|label| labels::is_number(label)) {
        let problem = "names labels that are given by number, but those of the file have names";
        return match options.names {
            Some(_) => Err(Error::setting("names", problem)),
            None => Ok(()),
        };
    }
    let beside = names_file(path);
    let Some(file) = options.names.as_ref().or(beside.is_file().then_some(&beside)) else {
        return Ok(());
    };
    let names = names_of_file(file)?;
    for item in &mut found.items {
        for label in &mut item.labels {
            *label = labels::name_of(label, &names)
                .map_err(|problem| Error::file(path, format!("text \"{}\": {problem}", item.id)))?;
        }
    }
    found.labels = Some(names);
    Ok(())
}

/// How many labels a doubt quotes.
const QUOTED: usize = 5;

/// What may be meant otherwise: labels that are numbers, and such as differ in capitals alone.
fn doubts(labels: &RelationSet) -> Vec<String> {
    let labels: Vec<&str> = labels.relations().iter().map(|label| label.id.as_str()).collect();
    let quoted = |labels: &[&str]| {
        let more = if labels.len() > QUOTED { ", ..." } else { "" };
        format!("{}{more}", labels[..labels.len().min(QUOTED)].join(", "))
    };
    let mut doubts = Vec::new();
    if labels.iter().all(|label| labels::is_number(label)) {
        doubts.push(format!(
            "the labels are numbers without names ({}); a file labels.txt beside the texts, with a \
             name a line, from 0, names them",
            quoted(&labels)
        ));
    }
    let mut by_letters: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for label in &labels {
        by_letters.entry(label.to_lowercase()).or_default().insert(label);
    }
    let alike: Vec<&str> =
        by_letters.into_values().filter(|same| same.len() > 1).flatten().collect();
    if !alike.is_empty() {
        doubts.push(format!("labels that differ in capitals alone are others: {}", quoted(&alike)));
    }
    doubts
}

fn read_two_files(path: &Path, labels: &Path) -> Result<Found> {
    let (texts, labels_text) = (read_plain(path)?, read_plain(labels)?);
    let (texts, lines): (Vec<_>, Vec<_>) = (texts.lines().collect(), labels_text.lines().collect());
    if texts.len() != lines.len() {
        let problem = format!(
            "has {}, but {} has {}",
            counted(texts.len(), "line"),
            labels.display(),
            lines.len()
        );
        return Err(Error::file(path, problem));
    }
    let item = |(number, (text, labels)): (usize, (&str, &str))| {
        let labels = labels.split_whitespace().map(str::to_owned).collect();
        labels::checked(labels)
            .and_then(|labels| item(number.to_string(), text, labels))
            .map_err(|problem| Error::file(path, format!("line {}: {problem}", number + 1)))
    };
    let items = texts.into_iter().zip(lines).enumerate().map(item).collect::<Result<_>>()?;
    Ok(Found { items, labels: None, left_out: Omissions::default() })
}
