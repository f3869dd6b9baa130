//! `docre train` through the program: a run, its end, and what stops it in between.

mod support;

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use support::{PROGRAM, Place, documents};

/// Eighteen steps, one evaluation an epoch.
const WEIGHTS: &str = "model.safetensors";
const KEPT: &str = "run/model/model.safetensors";
const MOMENTS: &str = "optimizer.safetensors";
const LOG: &str = "run/metrics.jsonl";

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];

/// What the run left that has to be the same each time.
fn results(place: &Place) -> [Vec<u8>; 4] {
    let [weights, moments] = [WEIGHTS, MOMENTS].map(|name| place.checkpoint("run", name));
    [KEPT, &weights, &moments, LOG].map(|name| place.bytes(name))
}

/// The weights after the last step.
fn last(place: &Place) -> Vec<u8> {
    place.bytes(&place.checkpoint("run", WEIGHTS))
}

/// Starts the program and leaves it alone.
fn start(place: &Place, arguments: &[&str]) -> Child {
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the run has a checkpoint of this step or a later one.
fn wait_for_checkpoint(place: &Place, step: u64) {
    let begun = Instant::now();
    while checkpoint(place).is_none_or(|found| found < step) {
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint");
        sleep(Duration::from_millis(2));
    }
}

fn checkpoint(place: &Place) -> Option<u64> {
    let text = std::fs::read_to_string(place.at("run/checkpoint.json")).ok()?;
    serde_json::from_str::<Value>(&text).unwrap()["step"].as_u64()
}

#[test]
fn a_run_leaves_a_model_that_finds_facts() {
    let place = Place::with_model();
    let files = place.files();
    for name in [
        "run/recipe.toml",
        "run/metrics.jsonl",
        "run/curve.svg",
        "run/checkpoint.json",
        "run/model/config.toml",
        "run/model/model.safetensors",
        "run/model/relations.json",
        "run/model/tokenizer.json",
    ] {
        assert!(files.iter().any(|file| file == name), "no {name} in {files:?}");
    }
    let recipe = place.read("run/recipe.toml");
    assert!(recipe.contains("seed = 66") && recipe.contains("beta_2 = 0.999"), "{recipe}");
    assert!(place.read("run/curve.svg").contains("<svg"));
    let steps = place.read(LOG).lines().filter(|line| line.contains("\"step\",")).count();
    assert_eq!(steps, 18);

    let scores = place.run(&["evaluate", "--model", "run/model", "--truth", "dev.json", "--json"]);
    let f1 = scores.succeeds().json()["f1"].as_f64().unwrap();
    assert!(f1 > 0.5, "dev F1 is {f1}");
}

/// The scores that `docre evaluate` gives the kept model.
fn evaluated(place: &Place) -> Value {
    let model = ["evaluate", "--model", "run/model"];
    let options = ["--truth", "dev.json", "--train", "train.json", "--json"];
    let mut scores = place.run(&[&model[..], &options].concat()).succeeds().json();
    assert_eq!(scores["about"]["truth"], "dev.json");
    scores.as_object_mut().unwrap().remove("about");
    scores
}

#[test]
fn the_end_is_told_in_words_and_as_json() {
    let place = Place::with_model();
    let words = place.run(&["train", "--resume", "--run", "run"]).succeeds();
    assert!(words.stdout.contains("The kept model on dev.json"), "{words:?}");
    assert!(words.stdout.contains("Ign") && words.stdout.contains("run/model"), "{words:?}");
    let json = place.run(&["train", "--resume", "--run", "run", "--json"]).succeeds().json();
    assert_eq!((&json["outcome"], &json["model"]), (&"finished".into(), &"run/model".into()));
    assert_eq!(json["scores"], evaluated(&place));
}

#[test]
fn a_deberta_is_trained_and_its_folder_holds_all_of_it() {
    for encoder in ["deberta", "deberta-v2"] {
        let place = Place::with_recipe();
        place.replace("recipe.toml", "encoders/bert", &format!("encoders/{encoder}"));
        let done = place.run(&[&TRAIN[..], &["--json"]].concat()).succeeds().json();
        assert!(place.read("run/model/config.toml").contains("pos_att_type"));
        assert_eq!(done["scores"], evaluated(&place));
        let f1 = done["scores"]["f1"].as_f64().unwrap();
        assert!(f1 > 0.5, "dev F1 of {encoder} is {f1}");
        let first = results(&place);
        place.run(&["train", "recipe.toml", "--run", "again"]).succeeds();
        assert!(first[0] == place.bytes("again/model/model.safetensors"), "the same bits");
    }
}

/// Each document is scored as in training once the model is read again, those of several windows
/// too.
#[test]
fn an_encoder_of_each_family_is_trained_saved_and_read_again() {
    for encoder in
        ["mpnet", "electra", "distilbert", "albert", "camembert", "modernbert", "longformer"]
    {
        let place = Place::with_recipe();
        place.replace("recipe.toml", "encoders/bert", &format!("encoders/{encoder}"));
        place.replace("recipe.toml", "epochs = 6", "epochs = 2");
        let done = place.run(&[&TRAIN[..], &["--json"]].concat()).succeeds().json();
        let config = place.read("run/model/config.toml");
        assert!(config.contains(&format!("model_type = \"{encoder}\"")), "{config}");
        assert_eq!(done["scores"], evaluated(&place), "{encoder}");
        let first = place.bytes("run/model/model.safetensors");
        place.run(&["train", "recipe.toml", "--run", "again"]).succeeds();
        assert!(first == place.bytes("again/model/model.safetensors"), "{encoder}: the same bits");
    }
}

#[test]
fn without_a_dev_file_the_last_model_is_kept() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "dev = \"dev.json\"", "");
    let done = place.run(&TRAIN).succeeds();
    assert!(done.stdout.contains("the last model is kept"), "{done:?}");
    assert_eq!(place.bytes(KEPT), last(&place));
}

#[test]
fn dev_facts_of_unknown_relations_are_told_and_count_as_missed() {
    let place = Place::with_recipe();
    let mut dev = documents(2, 0);
    dev[1]["labels"][0]["r"] = "P9".into();
    place.write("dev.json", &dev);
    let done = place.run(&TRAIN).succeeds();
    assert!(done.stderr.contains("training doesn't know: 1 (\"P9\" first)"), "{done:?}");
}

#[test]
fn one_process_at_a_time_trains_a_run() {
    let place = Place::with_recipe();
    let mut first = start(&place, &TRAIN);
    wait_for_checkpoint(&place, 3);
    let second = place.run(&["train", "--resume", "--run", "run"]);
    if first.try_wait().unwrap().is_none() {
        second.refuses(&["run: is being trained by another docre"]);
    }
    first.wait().unwrap();
    assert!(results(&Place::with_model()) == results(&place));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let whole = Place::with_model();
    let again = Place::with_recipe();
    again.run(&TRAIN).succeeds();
    assert!(results(&whole) == results(&again));
    let other = Place::with_recipe();
    other.run(&[&TRAIN[..], &["--set", "seed=67"]].concat()).succeeds();
    assert_ne!(last(&whole), last(&other));
}

#[test]
fn a_killed_run_ends_where_the_unbroken_one_does() {
    let whole = Place::with_model();
    let broken = Place::with_recipe();
    for (step, arguments) in [(4, &TRAIN[..]), (9, &["train", "--resume", "--run", "run"][..])] {
        let mut child = start(&broken, arguments);
        wait_for_checkpoint(&broken, step);
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        assert!(checkpoint(&broken).unwrap() < 18, "the run ended before it was killed");
    }
    broken.run(&[&TRAIN[..], &["--resume"]].concat()).succeeds();
    assert!(results(&whole) == results(&broken));
}

/// The encoders that read the table of entity pairs, one with running statistics.
#[test]
fn a_killed_run_of_another_relational_encoder_ends_where_the_unbroken_one_does() {
    for relation in [
        "kind = \"docunet\"\nfilters = 8\noutputs = 8\nwidth = 32",
        "kind = \"axial\"\nform = \"public\"\nlayers = 1",
    ] {
        let place = || {
            let place = Place::with_recipe();
            place.replace("recipe.toml", "kind = \"atlop\"\nwidth = 32", relation);
            place
        };
        let (whole, broken) = (place(), place());
        whole.run(&TRAIN).succeeds();
        let mut child = start(&broken, &TRAIN);
        wait_for_checkpoint(&broken, 4);
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        broken.run(&[&TRAIN[..], &["--resume"]].concat()).succeeds();
        assert!(results(&whole) == results(&broken));
        whole.run(&["evaluate", "--model", "run/model", "--truth", "dev.json"]).succeeds();
    }
}

#[test]
fn a_relational_encoder_that_does_not_fit_the_encoder_is_refused() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "kind = \"atlop\"\nwidth = 32\nblock = 8", "kind = \"axial\"");
    place.run(&TRAIN).refuses(&["relation.block", "the encoder's width"]);
    assert!(!place.at("run").exists());
}

#[test]
fn a_run_killed_before_its_first_checkpoint_begins_again() {
    let whole = Place::with_model();
    let broken = Place::with_recipe();
    let mut child = start(&broken, &TRAIN);
    while !broken.at("run/recipe.toml").exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // However far it came: without a checkpoint.
    let _ = std::fs::remove_file(broken.at("run/checkpoint.json"));
    broken.run(&["train", "--resume", "--run", "run"]).succeeds();
    assert!(results(&whole) == results(&broken));
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let whole = Place::with_model();
    let place = Place::with_recipe();
    let child = start(&place, &TRAIN);
    wait_for_checkpoint(&place, 4);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    let told = stderr.lines().last().unwrap();
    assert!(told.starts_with("stopped at step "), "{stderr}");
    let command = told.split_once("go on with: docre ").unwrap().1;
    let arguments: Vec<&str> = command.split(' ').collect();
    place.run(&arguments).succeeds();
    assert!(results(&whole) == results(&place));
}

#[test]
fn another_recipe_is_refused_when_a_run_goes_on() {
    let place = Place::with_model();
    place.run(&[&TRAIN[..], &["--resume", "--set", "schedule.batch=4"]].concat()).refuses(&[
        "run: holds the checkpoint of another recipe",
        "batch = 2",
        "batch = 4",
    ]);
    // A setting that only one of them has moves the lines behind it.
    place
        .run(&[&TRAIN[..], &["--resume", "--set", "data.limit=8"]].concat())
        .refuses(&["(there: no data.limit; here: data.limit = 8)"]);
}
