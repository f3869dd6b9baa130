//! The file that describes a comparison, and what is asked beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

use super::{
    Comparison,
    model_row::ModelRow,
    row::{Row, Source, folder_name, in_row},
};
use crate::{
    Error, Result,
    experiment::{Plan, find_plan, plan::lay_over, seeds},
    inputs,
    recipe::{self, Recipe},
};

/// What is asked of a comparison beside its rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CompareSettings {
    /// The seeds of every row, in place of those of the description; may be empty.
    pub seeds: Vec<u64>,
    /// The row that the others' gain is measured against, in place of the description's.
    pub baseline: Option<String>,
    /// Settings of the form `section.key=value`, which win over those of every row.
    pub overrides: Vec<String>,
}

/// A file that describes a comparison.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    /// The recipe of the rows that have none of their own.
    base: Option<PathBuf>,
    #[serde(default)]
    seeds: Vec<u64>,
    baseline: Option<String>,
    /// Settings of every row.
    #[serde(default)]
    set: Table,
    /// Lists of choices: a row for each way to choose one of each.
    #[serde(default)]
    axes: Vec<Vec<Choice>>,
    #[serde(default)]
    rows: Vec<RowDescription>,
}

/// The most rows: more would be no table, and axes multiply without end.
const MOST_ROWS: usize = 1_000;

/// A choice on an axis.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    name: String,
    #[serde(default)]
    set: Table,
}

/// A row of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowDescription {
    name: String,
    /// A recipe in place of the base.
    recipe: Option<PathBuf>,
    /// A model that is scored as it is.
    model: Option<PathBuf>,
    seeds: Option<Vec<u64>>,
    #[serde(default)]
    set: Table,
}

impl Comparison {
    /// The comparison of what is given: a file that describes one, or recipes (files or names
    /// of built-in ones) and models (folders).
    pub fn find(given: &[PathBuf], asked: &CompareSettings) -> Result<Self> {
        match (given, given.iter().find(|path| describes_rows(path))) {
            ([file], Some(_)) => Self::read(file, asked),
            (_, Some(file)) => {
                let problem = "describes a whole comparison, so nothing can stand beside it; name \
                               it alone, and give it what else is to be compared as [[rows]] with \
                               recipe = \"...\" or model = \"...\"";
                Err(Error::file(file, problem))
            }
            (_, None) => Self::of(given, asked),
        }
    }

    /// Reads the description of a comparison.
    pub fn read(path: impl AsRef<Path>, asked: &CompareSettings) -> Result<Self> {
        let path = path.as_ref();
        let text = inputs::read_settings(path)?;
        Self::parse(&text, asked).map_err(|error| error.within(path))
    }

    /// Parses the description of a comparison and checks the recipe of every row.
    pub fn parse(text: &str, asked: &CompareSettings) -> Result<Self> {
        let description: Description = recipe::deserialize(recipe::table(text, &[])?)?;
        description.comparison(asked)
    }

    /// Each recipe and each model is a row with its own name.
    fn of(given: &[PathBuf], asked: &CompareSettings) -> Result<Self> {
        let row = |path: &PathBuf| -> Result<RowDescription> {
            if path.join("config.toml").exists() {
                let name = path.display().to_string();
                return Ok(RowDescription {
                    name,
                    model: Some(path.clone()),
                    ..Default::default()
                });
            }
            let name = find_plan(path, &[])?.name().to_owned();
            Ok(RowDescription { name, recipe: Some(path.clone()), ..Default::default() })
        };
        let rows = given.iter().map(row).collect::<Result<Vec<_>>>()?;
        Description { name: "comparison".into(), rows, ..Default::default() }.comparison(asked)
    }
}

/// Whether a file describes a comparison, not a recipe. One without rows, or with [[row]], may
/// be told by what else it has.
fn describes_rows(path: &Path) -> bool {
    let keys = ["rows", "axes", "row", "axis", "base", "baseline", "seeds"];
    let table = inputs::read_settings(path).ok().and_then(|text| text.parse::<Table>().ok());
    table.is_some_and(|table| keys.iter().any(|key| table.contains_key(*key)))
}

impl Description {
    fn comparison(mut self, asked: &CompareSettings) -> Result<Comparison> {
        let base = self.base.as_ref().map(|base| find_plan(base, &[])).transpose()?;
        let mut described = self.of_axes()?;
        described.append(&mut self.rows);
        check_names(&described)?;
        let plan = |row: &RowDescription| self.plan(base.as_ref(), row, asked);
        let trained = described.iter().find(|row| row.model.is_none());
        // Models are scored on the documents of the base or of the first recipe.
        let nothing = RowDescription::default();
        let reference = trained.or(base.as_ref().map(|_| &nothing)).map(plan).transpose()?;
        let Some(reference) = reference else {
            let problem = "name a recipe whose data.dev models are scored on, as base or as a row";
            return Err(Error::setting("rows", problem));
        };
        let reference = reference.last();
        let input = reference.input();
        let Some(dev) = reference.data.dev.clone() else {
            return Err(Error::setting("data.dev", "is missing: rows are compared on it"));
        };
        let rows = described.iter().map(|row| {
            let source = match &row.model {
                Some(model) => Source::Model(model_row(row, model, reference, &dev)?),
                None => {
                    let plan = plan(row)?;
                    check_scored(&plan, reference, &dev)
                        .map_err(|error| in_row(&row.name, error))?;
                    let plans = seeds::seeded(&plan, &self.seeds(row, &plan, asked)?);
                    Source::Trained(plans.map_err(|error| in_row(&row.name, error))?)
                }
            };
            Ok(Row { name: row.name.clone(), source })
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let recipes = described.iter().filter_map(|row| row.recipe.clone());
        let recipes = recipes.chain(self.base.clone()).collect();
        let baseline = asked.baseline.clone().or(self.baseline);
        check_baseline(baseline.as_deref(), &rows)?;
        let reading = reference.data.reading();
        Ok(Comparison { name: self.name, dev, input, reading, baseline, rows, recipes })
    }

    /// A row for each way to choose one of each axis.
    fn of_axes(&self) -> Result<Vec<RowDescription>> {
        if let Some(place) = self.axes.iter().position(Vec::is_empty) {
            return Err(Error::setting(format!("axes[{place}]"), "has no choice"));
        }
        let sizes = self.axes.iter().map(Vec::len);
        if sizes.fold(1, usize::saturating_mul) > MOST_ROWS {
            let problem =
                format!("describe more than {MOST_ROWS} rows; leave out axes, or choices of them");
            return Err(Error::setting("axes", problem));
        }
        let Some((first, others)) = self.axes.split_first() else { return Ok(Vec::new()) };
        let mut chosen = first.clone();
        for axis in others {
            let with = |before: &Choice| {
                let before = before.clone();
                axis.iter().map(move |choice| before.and(choice)).collect::<Vec<_>>()
            };
            chosen = chosen.iter().flat_map(with).collect();
        }
        let row = |Choice { name, set }: Choice| RowDescription { name, set, ..Default::default() };
        Ok(chosen.into_iter().map(row).collect())
    }

    /// The recipe of a row that is trained.
    fn plan(
        &self,
        base: Option<&Plan>,
        row: &RowDescription,
        asked: &CompareSettings,
    ) -> Result<Plan> {
        let mut set = self.set.clone();
        lay_over(&mut set, &row.set);
        let plan = match (&row.recipe, base) {
            (Some(recipe), _) => find_plan(recipe, &[]),
            (None, Some(base)) => Ok(base.clone()),
            (None, None) => {
                let problem = "must be there, or base for all rows";
                Err(Error::setting("recipe", problem))
            }
        };
        let changed = plan.and_then(|plan| {
            check_set(&set)?;
            plan.changed(&set, &asked.overrides)
        });
        changed.map_err(|error| in_row(&row.name, error))
    }

    fn seeds(
        &self,
        row: &RowDescription,
        plan: &Plan,
        asked: &CompareSettings,
    ) -> Result<Vec<u64>> {
        let given = [&asked.seeds, row.seeds.as_ref().unwrap_or(&self.seeds)];
        let seeds = match given.into_iter().find(|seeds| !seeds.is_empty()) {
            Some(seeds) => seeds.clone(),
            None => vec![plan.last().seed],
        };
        seeds::check(&seeds, "seeds").map_err(|error| in_row(&row.name, error))?;
        Ok(seeds)
    }
}

impl Choice {
    /// This choice and one on another axis.
    fn and(&self, other: &Self) -> Self {
        let mut set = self.set.clone();
        lay_over(&mut set, &other.set);
        Self { name: format!("{}, {}", self.name, other.name), set }
    }
}

fn model_row(
    row: &RowDescription,
    model: &Path,
    reference: &Recipe,
    dev: &Path,
) -> Result<ModelRow> {
    if row.recipe.is_some() || row.seeds.is_some() || !row.set.is_empty() {
        let problem = "is scored as it is, so the row can have no recipe, seeds or set";
        return Err(in_row(&row.name, Error::setting("model", problem)));
    }
    Ok(ModelRow {
        model: model.to_path_buf(),
        dev: dev.to_path_buf(),
        train: reference.data.train.clone(),
        input: reference.input(),
        reading: reference.data.reading(),
        device: reference.device,
        precision: reference.precision,
    })
}

/// Refuses rows that would share a folder.
fn check_names(rows: &[RowDescription]) -> Result<()> {
    if rows.is_empty() {
        return Err(Error::setting("rows", "must be there, or axes: nothing is to be compared"));
    }
    if rows.len() > MOST_ROWS {
        let problem = format!("must be at most {MOST_ROWS}, but are {}", rows.len());
        return Err(Error::setting("rows", problem));
    }
    let mut names = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        let folder = folder_name(&row.name).to_lowercase();
        if folder.is_empty() {
            let problem = format!("\"{}\" must hold a letter or a digit", row.name);
            return Err(Error::setting(format!("rows[{place}].name"), problem));
        }
        if let Some(other) = names.insert(folder, &row.name) {
            let problem = format!(
                "there are two rows of this name (\"{}\" and \"{}\"), which would share a folder; \
                 give one another name",
                other, row.name
            );
            return Err(Error::setting(format!("row \"{}\"", row.name), problem));
        }
    }
    Ok(())
}

/// Refuses settings that a comparison makes itself.
fn check_set(set: &Table) -> Result<()> {
    match ["name", "seed", "stages"].iter().find(|key| set.contains_key(**key)) {
        Some(key) => {
            let problem = "can't be set in a row: names and seeds are the comparison's, and \
                           stages belong into a recipe";
            Err(Error::setting(format!("set.{key}"), problem))
        }
        None => Ok(()),
    }
}

/// Refuses a row whose scores would be on other documents than those of the first, or of other
/// things in them.
fn check_scored(plan: &Plan, first: &Recipe, dev: &Path) -> Result<()> {
    let own = plan.last();
    if own.input() != first.input() {
        let problem = "classifies other things than the first row does (the pairs of documents, \
                       texts, or argument pairs of dialogues), so that nothing can be compared";
        return Err(Error::setting("relation.kind", problem));
    }
    if own.data.reading() != first.data.reading() {
        let problem = "(or join or text_key) isn't that of the first row, so that the documents of \
                       data.dev wouldn't be the same";
        return Err(Error::setting("data.lenient", problem));
    }
    let own = own.data.dev.as_deref();
    if own == Some(dev) {
        return Ok(());
    }
    let own = own.map_or("missing".into(), |own| own.display().to_string());
    let problem = format!(
        "is {own}, but {} in the first row; rows are compared on the same documents",
        dev.display()
    );
    Err(Error::setting("data.dev", problem))
}

fn check_baseline(baseline: Option<&str>, rows: &[Row]) -> Result<()> {
    let Some(baseline) = baseline else { return Ok(()) };
    if rows.iter().any(|row| row.name == baseline) {
        return Ok(());
    }
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let problem = format!("\"{baseline}\" is no row; there are {}", names.join("; "));
    Err(Error::setting("baseline", problem))
}
