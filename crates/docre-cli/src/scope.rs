//! Which facts count where a file of predictions is scored.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use docre::{
    Error, Result,
    corpus::Prediction,
    document::{Entity, FactScope},
    eval::Truth,
    model::ModelConfig,
};

use crate::messages::note;

/// Which facts count; a model knows it of its recipe.
#[derive(Debug, clap::Args)]
pub struct Scope {
    /// Only pairs of entities of these types count, head and tail: Chemical:Disease; may be given
    /// several times
    #[arg(long, value_name = "HEAD:TAIL", value_parser = types, conflicts_with = "model")]
    pairs: Vec<(String, String)>,
    /// A relation that holds in both directions, and counts once; may be given several times
    #[arg(long, value_name = "RELATION", conflicts_with = "model")]
    symmetric: Vec<String>,
    /// A model's folder: what counts is what its recipe says [default: the model of the run that
    /// the predictions are kept in]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["model", "pairs", "symmetric"])]
    scope_of: Option<PathBuf>,
}

fn types(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((head, tail)) if !tail.contains(':') => Ok((head.into(), tail.into())),
        _ => Err("two types of entities with one colon between them, as Chemical:Disease".into()),
    }
}

impl Scope {
    /// What counts of the predictions of this file.
    pub fn of(&self, predictions: &Path) -> Result<FactScope> {
        if let Some(folder) = &self.scope_of {
            return Ok(ModelConfig::read(folder)?.scope);
        }
        if self.pairs.is_empty() && self.symmetric.is_empty() {
            return of_run(predictions);
        }
        let pairs = (!self.pairs.is_empty()).then(|| self.pairs.iter().cloned().collect());
        Ok(FactScope { pairs, symmetric: self.symmetric.iter().cloned().collect() })
    }

    /// Refuses types and relations that were typed and are nowhere in the documents and
    /// predictions.
    pub fn check(&self, truth: &Truth, predictions: &[Prediction]) -> Result<()> {
        let kinds = truth.documents().iter().flat_map(|document| &document.entities);
        let kinds: BTreeSet<&str> = kinds.map(Entity::kind).collect();
        let mut typed = self.pairs.iter().flat_map(|(head, tail)| [head, tail]);
        if let Some(unknown) = typed.find(|kind| !kinds.contains(kind.as_str())) {
            return Err(unknown_name("pairs", "entity has the type", unknown, truth, kinds));
        }
        let predicted = predictions.iter().map(|prediction| prediction.relation.as_str());
        let relations: BTreeSet<&str> = truth.relations().chain(predicted).collect();
        match self.symmetric.iter().find(|relation| !relations.contains(relation.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                Err(unknown_name("symmetric", "fact has the relation", unknown, truth, relations))
            }
        }
    }
}

/// What the recipe of a run counts that keeps these predictions.
fn of_run(predictions: &Path) -> Result<FactScope> {
    let folder = predictions.parent().unwrap_or(Path::new(""));
    let model = folder.join("model");
    let is_of_run = predictions.file_name().is_some_and(|name| name == "predictions.json");
    if !is_of_run || !folder.join("run.json").is_file() || !model.join("config.toml").is_file() {
        return Ok(FactScope::default());
    }
    let scope = ModelConfig::read(&model)?.scope;
    if !scope.is_all() {
        note(format!("facts count as the recipe of {} says", model.display()));
    }
    Ok(scope)
}

/// Says what counts, where not all does.
pub fn say(truth: &Truth) {
    let FactScope { pairs, symmetric } = truth.scope();
    if let Some(pairs) = pairs {
        note(format!("pairs of entities that count: {pairs}"));
    }
    if !symmetric.is_empty() {
        let names: Vec<&str> = symmetric.iter().map(String::as_str).collect();
        note(format!("relations that hold in both directions: {}", names.join(", ")));
    }
    if truth.outside() > 0 {
        note(format!("labelled facts between other types, left out: {}", truth.outside()));
    }
}

/// How many names a message lists.
const LISTED: usize = 12;

fn unknown_name(
    key: &str,
    has: &str,
    unknown: &str,
    truth: &Truth,
    known: BTreeSet<&str>,
) -> Error {
    let more = if known.len() > LISTED { ", ..." } else { "" };
    let known: Vec<&str> = known.into_iter().take(LISTED).collect();
    let (path, known) = (truth.path().display(), known.join(", "));
    Error::setting(key, format!("no {has} \"{unknown}\" in {path}; there are {known}{more}"))
}
