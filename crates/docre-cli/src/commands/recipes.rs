//! `docre recipes`

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use docre::{
    Result,
    datasets::DataSet,
    experiment::{BuiltIn, ListedRecipe},
    recipe::{Published, PublishedScore},
};

use super::train::default_folder;
use crate::{output, table::Columns};

/// Lists the built-in recipes, or prints one
///
/// A recipe repeats a row of a paper's table, which the list quotes: the table, what the model
/// was scored on, F1 and Ign F1, or F1c or mAP. A twin has the same setting with the encoder
/// minilm on few documents, for a machine without a GPU; it has no published score.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  docre recipes
  docre recipes comm
  docre recipes pemscl/table2-pemscl-re-docred-roberta-large > mine.toml
  docre train pemscl/table2-pemscl-re-docred-minilm")]
pub struct Options {
    /// A recipe to print, or a paper whose recipes are listed
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists or prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    let chosen: Vec<_> = match &options.name {
        None => BuiltIn::all().collect(),
        Some(name) => BuiltIn::in_folder(name).collect(),
    };
    match &options.name {
        Some(name) if chosen.is_empty() => print_one(BuiltIn::find(name)?, options.json)?,
        _ => print_list(&chosen, options.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_one(built_in: &BuiltIn, json: bool) -> Result<()> {
    if json {
        let plan = built_in.plan(&[])?;
        let stages = plan.stages(default_folder(plan.name()));
        return match stages.as_slice() {
            [stage] => output::print_json(&output::json(&stage.recipe)),
            stages => {
                let recipes: Vec<_> =
                    stages.iter().map(|stage| output::json(&stage.recipe)).collect();
                output::print_json(&serde_json::json!({"stages": recipes}))
            }
        };
    }
    output::print(built_in.text.trim_end())
}

fn print_list(chosen: &[&BuiltIn], json: bool) -> Result<()> {
    let recipes = chosen.iter().map(|one| one.listed()).collect::<Result<Vec<_>>>()?;
    if json {
        return output::print_json(&output::json(&recipes));
    }
    output::print(recipes_in_text(&recipes))?;
    let needs: BTreeMap<_, _> = recipes.iter().flat_map(|recipe| &recipe.about.needs).collect();
    if needs.is_empty() {
        return Ok(());
    }
    output::print(format_args!("\n{}", needs_in_text(&needs)))
}

fn recipes_in_text(recipes: &[ListedRecipe]) -> String {
    let columns = [
        "recipe", "paper", "data", "encoder", "loss", "relation", "on", ">F1", ">Ign F1", "also",
        "needs",
    ];
    let mut table = Columns::new(&columns);
    for recipe in recipes {
        let [paper, on, f1, ign_f1, also] = published(recipe);
        let (data, needs) = (&recipe.about.data, join(recipe.about.needs.keys()));
        let (encoder, loss, relation) = (&recipe.encoder, &recipe.loss, &recipe.relation);
        let name = recipe.name;
        table.row(&[name, &paper, data, encoder, loss, relation, &on, &f1, &ign_f1, &also, &needs]);
    }
    table.text()
}

/// Paper and table, what was scored, and of the first score F1, Ign F1 and the other measures.
fn published(recipe: &ListedRecipe) -> [String; 5] {
    let Some(row) = recipe.about.published.first() else {
        let twin = if recipe.about.twin_of.is_empty() { "" } else { "twin" };
        return [twin.into(), String::new(), String::new(), String::new(), String::new()];
    };
    let paper = format!("{}, Table {}", row.paper, row.table);
    let Some(first) = row.scores.first() else {
        return [paper, String::new(), String::new(), String::new(), String::new()];
    };
    let digits = digits(row);
    let shown = |score: f64| format!("{score:.digits$}");
    let [f1, ign_f1] = [first.f1, first.ign_f1].map(|score| score.map_or(String::new(), shown));
    let also = [("F1c", first.f1c), ("mAP", first.map)];
    let also = also.iter().filter_map(|(name, score)| Some(format!("{name} {}", shown((*score)?))));
    [paper, first.on.clone(), f1, ign_f1, also.collect::<Vec<_>>().join(", ")]
}

/// The digits behind the point with which a row is printed.
fn digits(row: &Published) -> usize {
    let all = |score: &PublishedScore| [score.f1, score.ign_f1, score.f1c, score.map];
    let scores = row.scores.iter().flat_map(all).flatten();
    let digits = |score: f64| score.to_string().split_once('.').map_or(0, |(_, after)| after.len());
    scores.map(digits).max().unwrap_or(0)
}

fn needs_in_text(needs: &BTreeMap<&String, &String>) -> String {
    let mut table = Columns::new(&["needed", "got by", "what it is and where it goes"]);
    for (name, what) in needs {
        table.row(&[name, &got_by(what), what]);
    }
    table.text()
}

/// The command that gets what is needed, where there is one.
fn got_by(what: &str) -> String {
    let places = what.split(|c: char| c.is_whitespace() || c == ',');
    let set = places
        .filter(|place| place.starts_with("data/"))
        .find_map(|place| DataSet::of_path(Path::new(place)));
    match set {
        Some(set) if what.contains("train_distant") => format!("docre pull {}-distant", set.name),
        Some(set) => format!("docre pull {}", set.name),
        None => String::new(),
    }
}

fn join<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}
