//! Which facts count: pairs of entity types, and relations that hold in both directions.

mod support;

use serde_json::{Value, json};
use support::{Place, documents, recipe};

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];

/// A folder with the usual documents and lines more in the recipe's `[data]`.
fn place(data: &str) -> Place {
    let place = Place::with_recipe();
    place.write_text("recipe.toml", &recipe().replace("[data]", &format!("[data]\n{data}")));
    place
}

/// The documents with `P1` in one direction alone.
fn one_direction(count: usize, first: usize, kept: usize) -> Value {
    let mut all = documents(count, first);
    for document in all.as_array_mut().unwrap() {
        let labels = document["labels"].as_array_mut().unwrap();
        labels.retain(|label| label["r"] != "P1" || label["h"] == kept);
    }
    all
}

/// Head, relation and tail of each fact that a model finds.
fn found(place: &Place) -> Vec<(String, String, String)> {
    let lines = place.run(&["extract", "--model", "run/model", "dev.json", "--json"]).succeeds();
    let mut found = Vec::new();
    for line in lines.stdout.lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        for fact in document["facts"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (head, tail) = (text(&fact["head"]["name"]), text(&fact["tail"]["name"]));
            found.push((head, text(&fact["relation"]["id"]), tail));
        }
    }
    found
}

fn gold(place: &Place) -> Value {
    let files = ["evaluate", "--model", "run/model", "--truth", "dev.json", "--json"];
    place.run(&files).succeeds().json()["counts"]["facts"].clone()
}

#[test]
fn pairs_of_other_types_dont_count() {
    let place = place("pairs = { types = [['PER', 'LOC']] }");
    let trained = place.run(&TRAIN).succeeds();
    for part in [
        "pairs of entities that count: PER to LOC",
        "training facts between other types than those of data.pairs, left out: 24",
        "dev facts between other types than those of data.pairs, left out: 8",
    ] {
        assert!(trained.stderr.contains(part), "no {part} in {trained:#?}");
    }
    let config = place.read("run/model/config.toml");
    assert!(config.contains("[scope]") && config.contains("\"PER\""), "{config}");
    let counts = gold(&place);
    assert_eq!((&counts["gold"], &counts["correct"]), (&json!(8), &json!(8)), "{counts}");
    let found = found(&place);
    assert!(!found.is_empty() && found.iter().all(|(_, r, tail)| r == "P2" && tail == "Oslo"));
    let again = ["train", "recipe.toml", "--run", "run", "--resume"];
    let again = place.run(&again).succeeds();
    assert!(again.stderr.contains("is finished"), "{again:#?}");
}

#[test]
fn learned_pairs_are_those_with_a_fact_in_training() {
    for written in ["pairs = 'learned'", "pairs = { learned = true }"] {
        let place = place(written);
        let trained = place.run(&TRAIN).succeeds();
        let said = "pairs of entities that count: PER to LOC, PER to PER";
        assert!(trained.stderr.contains(said), "{trained:#?}");
        let recipe = place.read("run/recipe.toml");
        assert!(recipe.contains("pairs = \"learned\""), "{recipe}");
        assert_eq!(gold(&place)["gold"], 16);
    }
}

#[test]
fn a_symmetric_fact_is_meant_in_both_directions_and_counted_once() {
    let place = place("symmetric = ['P1']");
    place.write("train.json", &one_direction(12, 0, 0));
    place.write("dev.json", &one_direction(4, 100, 1)); // the other one
    place.run(&TRAIN).succeeds();
    // The usual documents give both directions, so they teach the same.
    let weights = "run/model/model.safetensors";
    let both = Place::with_model();
    assert!(place.bytes(weights) == both.bytes(weights));
    let counts = gold(&place);
    assert_eq!((&counts["gold"], &counts["correct"]), (&json!(12), &json!(12)), "{counts}");
    let mut once: Vec<_> = found(&both)
        .into_iter()
        .map(|(head, relation, tail)| match relation.as_str() {
            "P1" if tail < head => (tail, relation, head),
            _ => (head, relation, tail),
        })
        .collect();
    assert_eq!(counts["predicted"], found(&place).len());
    for document in 0..4 {
        let of_document = once.len() / (4 - document);
        let mut facts: Vec<_> = once.drain(..of_document).collect();
        facts.sort();
        facts.dedup();
        assert_eq!(facts.len(), found(&place).len() / 4);
    }
    // Both directions in the labels are one fact, too.
    place.write("dev.json", &documents(4, 100));
    assert_eq!(gold(&place), counts);
}

#[test]
fn a_symmetric_fact_may_be_given_against_the_types_that_count() {
    let place = place("symmetric = ['P2']\npairs = { types = [['LOC', 'PER']] }");
    place.run(&TRAIN).succeeds();
    assert_eq!(gold(&place), json!({"correct": 8, "predicted": 8, "gold": 8}));
    assert!(found(&place).iter().all(|(head, _, _)| head == "Oslo"));
}

#[test]
fn tables_of_pairs_and_comparisons_know_what_counts() {
    let place = place("pairs = { types = [['PER', 'LOC']] }");
    let own = place.read("recipe.toml").replace("name = \"small\"", "name = \"scoped\"");
    place.write_text("scoped.toml", &own.replace("epochs = 6", "epochs = 2"));
    let table = own.replace("kind = \"atlop\"", "kind = \"docunet\"\nfilters = 8\noutputs = 8");
    let table = table.replace("epochs = 6", "epochs = 1").replace("scoped", "table");
    place.write_text("table.toml", &table);
    let rows = ["scoped", "table"]
        .map(|name| format!("[[rows]]\nname = '{name}'\nrecipe = '{name}.toml'\n"));
    place.write_text("compare.toml", &format!("name = 'c'\nbaseline = 'table'\n{}", rows.concat()));
    let compared = place.run(&["compare", "compare.toml", "--run", "compared", "--json"]);
    let results = compared.succeeds().json();
    assert_eq!(results["rows"][0]["runs"][0]["scope"]["pairs"], json!([["PER", "LOC"]]));
    assert!(results["rows"][0]["gain"]["p_value"].is_number(), "{results}");
}

#[test]
fn what_training_doesnt_have_is_refused() {
    let refused = |data: &str, parts: &[&str]| place(data).run(&TRAIN).refuses(parts);
    refused(
        "pairs = { types = [['PER', 'PLACE']] }",
        &["data.pairs", "train.json", "\"PLACE\"", "LOC, PER"],
    );
    refused("pairs = { types = [['LOC', 'PER']] }", &["train.json", "no fact", "LOC to PER"]);
    refused("pairs = { types = [] }", &["data.pairs", "names no pair"]);
    refused("symmetric = ['P7']", &["data.symmetric", "\"P7\"", "P1, P2"]);
    refused("pairs = 'some'", &["data.pairs", "\"learned\"", "[[\"Chemical\", \"Disease\"]]"]);
    refused("pairs = { kinds = 3 }", &["data.pairs", "kinds", "`types` or `learned`"]);
}

/// A result file of `P1` from the first to the second person of each dev document, and of `P2`
/// from the first to the place.
fn predictions(place: &Place) {
    let predicted = |number: usize| {
        let made = |r: &str, t: usize| json!({"title": format!("Note {number}"), "h_idx": 0, "t_idx": t, "r": r});
        [made("P1", 1), made("P2", 2)]
    };
    place.write("result.json", &Value::Array((100..104).flat_map(predicted).collect()));
}

fn counts_of(place: &Place, more: &[&str]) -> Value {
    let files = ["evaluate", "--predictions", "result.json", "--truth", "dev.json", "--json"];
    place.run(&[&files, more].concat()).succeeds().json()["counts"]["facts"].clone()
}

#[test]
fn predictions_are_scored_by_what_counts() {
    let place = Place::new();
    predictions(&place);
    place.write("dev.json", &one_direction(4, 100, 1)); // the other direction
    let directed = json!({"correct": 4, "predicted": 8, "gold": 12});
    assert_eq!(counts_of(&place, &[]), directed);
    let both = json!({"correct": 8, "predicted": 8, "gold": 12});
    assert_eq!(counts_of(&place, &["--symmetric", "P1"]), both);
    let of_pairs = json!({"correct": 4, "predicted": 4, "gold": 8});
    assert_eq!(counts_of(&place, &["--pairs", "PER:LOC"]), of_pairs);
    let both = ["--pairs", "PER:LOC", "--pairs", "PER:PER", "--symmetric", "P1"];
    let said = ["evaluate", "--predictions", "result.json", "--truth", "dev.json"];
    let said = place.run(&[&said[..], &both].concat()).succeeds();
    for part in ["PER to LOC, PER to PER", "hold in both directions: P1"] {
        assert!(said.stderr.contains(part), "no {part} in {said:#?}");
    }
    let analyze = ["analyze", "--predictions", "result.json", "--truth", "dev.json"];
    let table = |more: &[&str]| place.run(&[&analyze, more].concat()).succeeds().stdout;
    assert_ne!(table(&[]), table(&["--symmetric", "P1"]));
    for (option, value, parts) in [
        ("--pairs", "PER:PLACE", &["--pairs", "\"PLACE\"", "LOC, PER"][..]),
        ("--symmetric", "P7", &["--symmetric", "\"P7\"", "P1, P2"]),
    ] {
        for command in [&said_of("evaluate"), &said_of("analyze")] {
            place
                .run(&[&command[..], &["--pairs", "PER:PER", option, value]].concat())
                .refuses(parts);
        }
    }
    let wrong = place.run(&[&said_of("evaluate")[..], &["--pairs", "PER"]].concat());
    assert!(wrong.code == Some(2) && wrong.stderr.contains("Chemical:Disease"), "{wrong:#?}");
}

fn said_of(command: &str) -> [&str; 5] {
    [command, "--predictions", "result.json", "--truth", "dev.json"]
}

#[test]
fn a_models_own_settings_reach_predictions() {
    let place = place("symmetric = ['P1']\npairs = { types = [['PER', 'PER']] }");
    place.write("train.json", &one_direction(12, 0, 0));
    place.write("dev.json", &one_direction(4, 100, 1));
    place.run(&TRAIN).succeeds();
    let of_model = gold(&place);
    assert_eq!(of_model["gold"], 4, "{of_model}");
    place.write_text("result.json", &place.read("run/predictions.json"));
    assert_eq!(counts_of(&place, &["--scope-of", "run/model"]), of_model);
    // Those that a run keeps lie beside its model.
    let kept = ["evaluate", "--predictions", "run/predictions.json", "--truth", "dev.json"];
    let kept = place.run(&[&kept[..], &["--json"]].concat()).succeeds();
    assert_eq!(kept.json()["counts"]["facts"], of_model);
    assert!(kept.stderr.contains("as the recipe of run/model says"), "{kept:#?}");
    assert_eq!(kept.json()["about"]["scope"]["symmetric"], json!(["P1"]));
}

#[test]
fn what_is_found_in_text_is_scored_as_it_is_extracted() {
    let place = place("symmetric = ['P1']");
    let own = place.read("recipe.toml").replace("epochs = 6", "epochs = 60");
    place.write_text("recipe.toml", &format!("{own}\n[finder]\nwidth = 32\n"));
    place.write("train.json", &one_direction(12, 0, 0));
    place.write("dev.json", &one_direction(4, 100, 1));
    place.run(&TRAIN).succeeds();
    let files = ["--model", "run/model", "--truth", "dev.json", "--end-to-end", "--json"];
    let scores = place.run(&[&["evaluate"][..], &files].concat()).succeeds().json();
    let of_text = &scores["end_to_end"];
    let extract = ["extract", "--model", "run/model", "dev.json", "--find-entities", "--json"];
    let lines = place.run(&extract).succeeds();
    let facts = lines.stdout.lines().map(|line| {
        let document: Value = serde_json::from_str(line).unwrap();
        document["facts"].as_array().unwrap().len()
    });
    let extracted: usize = facts.sum();
    assert!(extracted > 4, "{scores}");
    for kind in ["relation_strict", "relation_relaxed"] {
        assert_eq!(of_text[kind]["predicted"], extracted, "{kind} in {scores}");
        assert_eq!(of_text[kind]["gold"], 12);
    }
    // The labels give the other direction, which is as good.
    assert!(of_text["relation_relaxed"]["correct"].as_u64() > Some(8), "{scores}");
    let result: Value = serde_json::from_str(&place.read("run/result.json")).unwrap();
    assert_eq!(result["from_text"]["relation_f1"], of_text["relation_strict"]["f1"]);
}
