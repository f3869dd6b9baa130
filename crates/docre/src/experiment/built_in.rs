//! The recipes that come with docre.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Plan;
use crate::{
    Error, Result,
    error::Remedy,
    loss::LossSettings,
    recipe::{About, Recipe},
};

/// A recipe that comes with docre, by its place in the folder `recipes`.
///
/// ```
/// use docre::experiment::BuiltIn;
///
/// let quickstart = BuiltIn::find("quickstart").unwrap();
/// assert_eq!(quickstart.recipe().unwrap().encoder.from, "minilm");
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its path in that folder, without `.toml`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All of them, by name.
const ALL: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// The names that are suggested for one that is unknown.
const SUGGESTIONS: usize = 3;
/// How like the unknown name they are at least, from 0 to 1.
const LIKENESS: f64 = 0.5;

impl BuiltIn {
    /// All, by name.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.iter()
    }

    /// Those in a folder, a paper's.
    pub fn in_folder(folder: &str) -> impl Iterator<Item = &'static Self> {
        let parent = |name: &'static str| name.rsplit_once('/').map(|(parent, _)| parent);
        Self::all().filter(move |built_in| parent(built_in.name) == Some(folder))
    }

    /// The one of this name.
    pub fn find(name: &str) -> Result<&'static Self> {
        Self::named(name).ok_or_else(|| unknown(name, "is not a built-in recipe"))
    }

    fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|built_in| built_in.name == name)
    }

    /// The recipe itself, with overrides applied.
    pub fn plan(&self, overrides: &[String]) -> Result<Plan> {
        Plan::parse(self.text, overrides)
    }

    /// The run that gives the model: that of the last stage, if there are several.
    pub fn recipe(&self) -> Result<Recipe> {
        Ok(self.plan(&[])?.last().clone())
    }

    /// What a list shows of it.
    pub fn listed(&self) -> Result<ListedRecipe> {
        let recipe = self.recipe()?;
        Ok(ListedRecipe {
            name: self.name,
            loss: loss_in_words(&recipe.loss),
            relation: kind_of(&recipe.relation),
            encoder: recipe.encoder.from.clone(),
            train: recipe.data.train.clone(),
            dev: recipe.data.dev.clone(),
            about: recipe.about.clone().unwrap_or_default(),
        })
    }
}

/// What a list shows of a built-in recipe.
#[derive(Debug, Serialize)]
pub struct ListedRecipe {
    /// Its name.
    pub name: &'static str,
    /// The pretrained encoder.
    pub encoder: String,
    /// The loss, with its terms.
    pub loss: String,
    /// The relational encoder.
    pub relation: String,
    /// The training file.
    pub train: PathBuf,
    /// The dev file.
    pub dev: Option<PathBuf>,
    /// What it says of itself.
    #[serde(flatten)]
    pub about: About,
}

/// Reads a recipe file or, where there is none, takes the built-in recipe of that name.
pub fn find_plan(given: &Path, overrides: &[String]) -> Result<Plan> {
    let is_file = given.exists() && !given.is_dir();
    if is_file || given.extension().is_some_and(|ending| ending == "toml") {
        return Plan::read(given, overrides);
    }
    let name = given.to_string_lossy();
    let unknown = || unknown(&name, "is neither a file nor a built-in recipe");
    BuiltIn::named(&name).ok_or_else(unknown)?.plan(overrides)
}

fn unknown(name: &str, problem: &str) -> Error {
    let close = close_names(name);
    let close = match close.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    };
    let unknown = Error::setting(format!("recipe {name:?}"), format!("{problem}{close}"));
    unknown.helped_by(Remedy::ListRecipes)
}

/// The names most like this one, or in a folder most like it, the likest first.
fn close_names(given: &str) -> Vec<&'static str> {
    let mut names: Vec<_> =
        BuiltIn::all().map(|one| (likeness(one.name, given), one.name)).collect();
    names.retain(|(likeness, _)| *likeness >= LIKENESS);
    names.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    names.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// From 0 to 1.
fn likeness(name: &str, given: &str) -> f64 {
    let folder = name.split('/').next().unwrap_or_default();
    if name.contains(given) {
        return 1.0;
    }
    let like = strsim::normalized_damerau_levenshtein;
    like(name, given).max(like(folder, given))
}

fn loss_in_words(loss: &LossSettings) -> String {
    let parts = [
        (loss.prior.is_some(), "prior"),
        (loss.contrast.is_some(), "contrast"),
        (loss.distillation.is_some(), "distillation"),
        (loss.evidence.is_some(), "evidence"),
        (loss.negative_sampling.is_some(), "sampling"),
    ];
    let parts = parts.iter().filter(|(there, _)| *there).map(|(_, name)| format!(" + {name}"));
    kind_of(&loss.kind) + &parts.collect::<String>()
}

/// The `kind` by which a recipe names these settings.
fn kind_of(settings: &impl Serialize) -> String {
    let table = toml::Table::try_from(settings).expect("settings have a TOML form");
    table["kind"].as_str().expect("a kind is a word").to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn listed() -> Vec<ListedRecipe> {
        let listed = |one: &BuiltIn| one.listed().unwrap_or_else(|e| panic!("{}: {e}", one.name));
        BuiltIn::all().map(listed).collect()
    }

    /// Those of papers, which lie in folders.
    fn of_papers() -> Vec<ListedRecipe> {
        listed().into_iter().filter(|recipe| recipe.name.contains('/')).collect()
    }

    #[test]
    fn a_run_has_the_name_of_its_recipe() {
        for one in BuiltIn::all() {
            assert_eq!(one.plan(&[]).unwrap().name(), one.name.replace('/', "-"));
        }
    }

    #[test]
    fn a_papers_recipe_has_a_score_and_a_twin() {
        let recipes = of_papers();
        for recipe in recipes.iter().filter(|recipe| recipe.about.twin_of.is_empty()) {
            let name = recipe.name;
            assert!(!recipe.about.published.is_empty(), "{name} has no published score");
            assert!(recipe.about.published.iter().all(|row| !row.scores.is_empty()), "{name}");
            let is_twin = |other: &&ListedRecipe| other.about.twin_of.iter().any(|of| of == name);
            assert!(recipes.iter().any(|other| is_twin(&other)), "{name} has no twin");
        }
    }

    #[test]
    fn a_twin_has_the_setting_of_its_original_and_no_score() {
        let recipes = of_papers();
        for twin in recipes.iter().filter(|recipe| !recipe.about.twin_of.is_empty()) {
            assert!(twin.about.published.is_empty(), "{}", twin.name);
            assert_eq!(twin.encoder, "minilm", "{}", twin.name);
            for name in &twin.about.twin_of {
                let original = recipes.iter().find(|recipe| recipe.name == name);
                let original = original.unwrap_or_else(|| panic!("{} names {name}", twin.name));
                assert_eq!((&twin.loss, &twin.relation), (&original.loss, &original.relation));
            }
        }
    }

    #[test]
    fn what_is_needed_is_told_alike() {
        let recipes = of_papers();
        let mut told = BTreeMap::new();
        for (name, what) in recipes.iter().flat_map(|recipe| &recipe.about.needs) {
            assert_eq!(told.entry(name).or_insert(what), &what);
        }
    }

    #[test]
    fn like_names_are_suggested() {
        let close = |name: &str| close_names(name).join(" ");
        assert!(
            close("pemscl/table2-pemscl-re-docred-robertalarge")
                .starts_with("pemscl/table2-pemscl-re-docred-roberta-large")
        );
        assert!(close("hinge-abl").starts_with("arpdl/table3-hinge-abl"));
        assert!(close("nrcl").starts_with("ncrl/"));
        assert_eq!(close("xyz"), "");
    }
}
