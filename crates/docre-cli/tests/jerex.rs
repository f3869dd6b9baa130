//! JEREX through the program: trained, stopped, gone on with, applied to texts.

mod support;

use std::sync::OnceLock;

use serde_json::Value;
use support::{Place, copy, recipe};
use tempfile::TempDir;

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];
const NOTE: &str = "Anna and Otto met in Oslo.\nThere Anna sang, and they danced.\n";

fn prepared() -> Place {
    let place = Place::with_recipe();
    let atlop = "[relation]\nkind = \"atlop\"\nwidth = 32\nblock = 8\n";
    let jerex = "markers = \"none\"\n\n[relation]\nkind = \"jerex\"\n\n[finder]\nwidth = 32\n\
                 mentions = \"spans\"\nlinkage = \"complete\"\n\n[finder.spans]\nlongest = 4\n\
                 threshold = 0.5\n\n[loss]\nkind = \"bce\"\n\n[decision]\n\
                 rule = \"global-probability\"\n";
    let recipe = recipe().replace(&format!("\n{atlop}"), jerex);
    assert!(recipe.contains("spans"), "{recipe}");
    let recipe = recipe.replace("epochs = 6", "epochs = 60").replace("1e-3", "3e-3");
    place.write_text("recipe.toml", &recipe);
    place
}

/// A folder with a trained model, trained once for all tests here.
fn with_model() -> Place {
    static TRAINED: OnceLock<TempDir> = OnceLock::new();
    let trained = TRAINED.get_or_init(|| {
        let place = prepared();
        place.run(&TRAIN).succeeds();
        let folder = TempDir::new().unwrap();
        copy(place.path(), folder.path());
        folder
    });
    let place = Place::new();
    copy(trained.path(), place.path());
    place
}

fn extracted(place: &Place, more: &[&str]) -> Value {
    let extract = ["extract", "--model", "run/model", "note.txt", "--json"];
    let done = place.run(&[&extract, more].concat()).succeeds();
    serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap()
}

#[test]
fn a_text_becomes_typed_entities_and_facts() {
    let place = with_model();
    place.write_text("note.txt", NOTE);
    let document = extracted(&place, &[]);
    let entities = document["entities"].as_array().unwrap();
    let of = |name: &str| {
        let is_it = |entity: &&Value| entity["name"] == name;
        entities.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {document}"))
    };
    assert_eq!(of("Anna")["mentions"].as_array().unwrap().len(), 2, "{document}");
    assert_eq!((&of("Otto")["type"], &of("Oslo")["type"]), (&"PER".into(), &"LOC".into()));
    assert!(document["facts"].as_array().is_some_and(|facts| !facts.is_empty()), "{document}");
}

#[test]
fn it_is_scored_end_to_end_and_with_given_entities() {
    let place = with_model();
    let evaluate = ["evaluate", "--model", "run/model", "--truth", "dev.json", "--json"];
    let given: Value = serde_json::from_str(&place.run(&evaluate).succeeds().stdout).unwrap();
    assert!(given.to_string().contains("f1"), "{given}");
    let from_text = [&evaluate[..], &["--end-to-end"]].concat();
    let found = place.run(&from_text).succeeds().stdout;
    assert!(found.contains("relation_strict"), "{found}");
}

#[test]
fn a_stopped_training_goes_on_to_the_same_bytes() {
    let whole = with_model();
    let place = prepared();
    let begun = std::cell::Cell::new(false);
    let kills = place.run_through_kills(|| {
        match begun.replace(true) && place.at("run/checkpoint.json").exists() {
            true => vec!["train", "--resume", "--run", "run"],
            false => TRAIN.to_vec(),
        }
    });
    assert!(kills > 0);
    for name in ["run/model/model.safetensors", "run/model/config.toml", "run/metrics.jsonl"] {
        assert_eq!(place.bytes(name), whole.bytes(name), "{name}");
    }
}

#[test]
fn mentions_are_changed_in_training_if_asked() {
    let place = prepared();
    let plain = with_model();
    let train = |run: &'static str| {
        place.run(&["train", "recipe.toml", "--run", run, "--set", "finder.jitter=0.3"]).succeeds();
        place.bytes(&format!("{run}/model/model.safetensors"))
    };
    let changed = train("one");
    assert_eq!(changed, train("two"));
    assert_ne!(changed, plain.bytes("run/model/model.safetensors"));
}

#[test]
fn eight_bits_and_a_long_text_are_read_too() {
    let place = with_model();
    place.write_text("note.txt", &NOTE.repeat(400));
    let document = extracted(&place, &[]);
    assert!(document["entities"].as_array().is_some_and(|found| !found.is_empty()));
    place.write_text("note.txt", NOTE);
    extracted(&place, &["--precision", "int8"]);
    place.write_text("note.txt", "");
    assert_eq!(extracted(&place, &[])["entities"], serde_json::json!([]));
}

#[test]
fn wrong_settings_are_refused() {
    let place = prepared();
    for (set, parts) in [
        ("finder.spans.longest=0", ["finder.spans.longest", "from 1 to 256"]),
        ("finder.spans.threshold=1", ["finder.spans.threshold", "below 1"]),
        ("finder.mentions=\"tags\"", ["finder.spans", "leave it out"]),
        ("finder.jitter=2", ["finder.jitter", "from 0 to 1"]),
        ("relation.dropout=1", ["relation.dropout", "[0, 1)"]),
        ("relation.embedding=0", ["relation.embedding", "must be 1"]),
    ] {
        place.run(&["train", "recipe.toml", "--run", "run", "--set", set]).refuses(&parts);
        assert!(!place.at("run").exists(), "{set}");
    }
}
