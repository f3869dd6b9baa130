//! A run of a plan before it has a folder.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Stage, lay_over};
use crate::{Error, Result, recipe::Recipe};

/// A run of a plan, wherever that will be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlannedRun {
    /// The stage's name; none where the plan is a single run.
    pub name: Option<String>,
    /// What it does. Models of earlier stages are named as they lie in the plan's folder.
    pub recipe: Recipe,
    /// The earlier stage that it starts from.
    start: Option<String>,
    /// The earlier stage that teaches it.
    teacher: Option<String>,
}

impl PlannedRun {
    /// The run of a plan without stages.
    pub fn single(recipe: Recipe) -> Self {
        Self { name: None, recipe, start: None, teacher: None }
    }

    /// A stage of the plan `plan`, with settings of its own over those of all, behind others.
    pub fn stage(plan: &str, base: &Table, own: &Table, before: &[Self]) -> Result<Self> {
        let number = before.len();
        let key = |key: &str| format!("stages[{number}].{key}");
        let name = name(own, before).map_err(|problem| Error::setting(key("name"), problem))?;
        let mut table = base.clone();
        lay_over(&mut table, own);
        table.insert("name".into(), format!("{plan}-{name}").into());
        let mut earlier = |reference: &str| -> Result<Option<&Self>> {
            let Some(to) = own.get(reference) else { return Ok(None) };
            let to = to.as_str().unwrap_or_default();
            let stage = before.iter().find(|stage| stage.name.as_deref() == Some(to));
            let stage = stage.ok_or_else(|| {
                let problem = format!("must name an earlier stage, but \"{to}\" is none");
                Error::setting(key(reference), problem)
            })?;
            table.insert(reference.into(), format!("{to}/model").into());
            Ok(Some(stage))
        };
        let (start, teacher) = (earlier("start")?, earlier("teacher")?);
        let recipe = Recipe::from_table(table).map_err(|error| match error {
            Error::Setting { key: at, problem } => Error::setting(key(&at), problem),
            other => other,
        })?;
        for (reference, source) in [("start", start), ("teacher", teacher)] {
            let Some(source) = source else { continue };
            fits_with(&recipe, &source.recipe, reference)
                .map_err(|problem| Error::setting(key(reference), problem))?;
        }
        let name_of = |stage: Option<&Self>| stage.and_then(|stage| stage.name.clone());
        let (start, teacher) = (name_of(start), name_of(teacher));
        Ok(Self { name: Some(name), recipe, start, teacher })
    }

    /// The run in the plan's folder.
    pub fn below(&self, folder: &Path) -> Stage {
        let model = |stage: &Option<String>| -> Option<PathBuf> {
            stage.as_ref().map(|stage| folder.join(stage).join("model"))
        };
        Stage {
            name: self.name.clone(),
            folder: self.name.as_ref().map_or(folder.to_path_buf(), |name| folder.join(name)),
            recipe: self.recipe.clone().with_models(model(&self.start), model(&self.teacher)),
        }
    }
}

/// The name of a stage, or what is wrong with it.
fn name(own: &Table, before: &[PlannedRun]) -> Result<String, &'static str> {
    let name = own.get("name").and_then(Value::as_str).unwrap_or_default();
    let taken = before.iter().any(|stage| stage.name.as_deref() == Some(name));
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || taken || !name.chars().all(fits) {
        return Err("must be there, different from other stages', and of letters, digits, \
                    - and _: it is the folder's name");
    }
    Ok(name.to_owned())
}

/// Refuses a model of an earlier stage that can't serve a later one, before either is run.
fn fits_with(recipe: &Recipe, source: &Recipe, reference: &str) -> Result<(), String> {
    let (own, earlier) = (&recipe.data, &source.data);
    let same_relations = own.relations == earlier.relations;
    if !same_relations || own.relations.is_none() && own.train != earlier.train {
        return Err("has relations of its own: give both stages the same data.relations, so that \
                    their columns mean the same"
            .into());
    }
    if reference == "start" && recipe.relation != source.relation {
        return Err("has another relational encoder; give both stages the same [relation]".into());
    }
    if reference == "teacher" && own.max_length != earlier.max_length {
        return Err("cuts documents at another length; give both the same data.max_length".into());
    }
    Ok(())
}
