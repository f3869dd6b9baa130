//! Built-in recipes: listed, printed and trained from anywhere.

mod support;

use serde_json::Value;
use support::{Place, repository};

const NCRL: &str = "ncrl/table1-ncrl-docred-roberta-large";

#[test]
fn all_are_listed() {
    let place = Place::new();
    let done = place.run(&["recipes"]).succeeds();
    let line = done.stdout.lines().find(|line| line.contains(NCRL)).expect("it is listed");
    for part in ["NCRL, Table 1", "DocRED", "roberta-large", "ncrl", "atlop", "64.14", "61.94"] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    assert!(done.stdout.contains("Yao et al. 2019: train_annotated.json"), "{done:?}");
    let pemscl =
        done.stdout.lines().find(|line| line.contains("table2-pemscl-docred-deb")).unwrap();
    assert!(pemscl.contains("65.41   63.40"), "digits as printed: {pemscl}");
    assert!(!done.stdout.lines().any(|line| line.ends_with(' ')), "{done:?}");
}

#[test]
fn json_has_all_that_they_say_of_themselves() {
    let recipes = Place::new().run(&["recipes", "--json"]).succeeds().json();
    let named = |name: &str| {
        let recipes = recipes.as_array().unwrap();
        recipes.iter().find(|recipe| recipe["name"] == name).expect("it is listed")
    };
    let ncrl = named(NCRL);
    assert_eq!(ncrl["train"], "data/docred/train_annotated.json");
    let dev = &ncrl["published"][0]["scores"][1];
    assert_eq!(dev["on"], "dev");
    assert_eq!((dev["f1"].as_f64(), dev["f1_std"].as_f64()), (Some(64.18), Some(0.20)));
    let twin = named("ncrl/table1-ncrl-docred-minilm");
    assert!(twin["twin_of"].as_array().unwrap().contains(&Value::from(NCRL)));
}

#[test]
fn a_paper_is_listed_alone() {
    let place = Place::new();
    let recipes = place.run(&["recipes", "comm", "--json"]).succeeds().json();
    let names = recipes.as_array().unwrap().iter().map(|recipe| recipe["name"].as_str().unwrap());
    assert!(names.clone().count() > 0);
    assert!(names.clone().all(|name| name.starts_with("comm/")), "{recipes}");
}

#[test]
fn one_is_printed_as_it_is() {
    let place = Place::new();
    let file = std::fs::read_to_string(repository(&format!("recipes/{NCRL}.toml"))).unwrap();
    assert_eq!(place.run(&["recipes", NCRL]).succeeds().stdout, file);
    let settings = place.run(&["recipes", NCRL, "--json"]).succeeds().json();
    assert_eq!(settings["loss"]["kind"], "ncrl");
    assert_eq!(settings["optimizer"]["epsilon"], 1e-6, "defaults are filled in");
}

#[test]
fn unknown_names_are_refused_with_like_ones() {
    let place = Place::new();
    let typo = "ncrl/table1-ncrl-docred-roberta-larg";
    place.run(&["recipes", typo]).refuses(&[typo, "did you mean", NCRL, "docre recipes"]);
    place.run(&["train", typo]).refuses(&[typo, "neither a file nor", NCRL]);
    place.run(&["recipes", "xyz"]).refuses(&["xyz", "`docre recipes` lists all"]);
}

#[test]
fn one_is_trained_by_its_name() {
    let place = Place::with_recipe();
    let encoder = format!("encoder.from={:?}", support::golden("encoders/bert"));
    let mut arguments = vec!["train", "ncrl/table1-ncrl-docred-minilm", "--run", "run"];
    let changes = [
        "data.train=train.json",
        "data.dev=dev.json",
        "schedule.epochs=1",
        "relation.width=32",
        "relation.block=8",
        &encoder,
    ];
    arguments.extend(changes.iter().flat_map(|change| ["--set", change]));
    // The documents have relations of their own.
    for (name, text) in [("rel2id", r#"{"Na": 0, "P1": 1, "P2": 2}"#), ("rel_info", "{}")] {
        place.write_text(&format!("data/meta/{name}.json"), text);
    }
    place.run(&arguments).succeeds();
    assert!(place.read("run/recipe.toml").contains("twin_of"));
}

#[test]
fn the_documentation_names_those_that_there_are() {
    let recipes = Place::new().run(&["recipes", "--json"]).succeeds().json();
    let known = |name: &str| recipes.as_array().unwrap().iter().any(|one| one["name"] == name);
    for page in ["docs/guide.md", "recipes/README.md"] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        let commands = text.lines().filter_map(|line| line.strip_prefix("docre train "));
        let names = commands.map(|rest| rest.split_whitespace().next().unwrap());
        let built_in: Vec<&str> = names.filter(|name| !name.ends_with(".toml")).collect();
        assert!(!built_in.is_empty(), "{page} shows how to train one");
        for name in built_in {
            assert!(known(name), "{page} names {name}, which no built-in recipe is called");
        }
    }
}
