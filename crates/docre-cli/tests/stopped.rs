//! Work that Ctrl-C stops says in one way where it stands, and goes on from there.
#![cfg(unix)]

mod support;

use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{Place, recipe};

/// Work that is long enough to be stopped, in the folder `run`.
struct Work {
    arguments: &'static [&'static str],
    /// The run that is on when it is stopped.
    run: &'static str,
    /// What its JSON says of the piece of work that is on.
    within: Value,
    /// The same in words.
    words: &'static str,
    /// How it goes on.
    again: &'static str,
}

fn all() -> [Work; 5] {
    let resume = "go on with: docre train --resume --run run";
    let same = "the same command goes on";
    [
        Work {
            arguments: &["train", "recipe.toml", "--run", "run"],
            run: "run",
            within: json!({}),
            words: "",
            again: resume,
        },
        Work {
            arguments: &["train", "chain.toml", "--run", "run"],
            run: "run/second",
            within: json!({"stage": "second"}),
            words: " of stage \"second\"",
            again: resume,
        },
        Work {
            arguments: &["train", "recipe.toml", "--run", "run", "--seeds", "66,67"],
            run: "run/seed-66",
            within: json!({"seed": 66}),
            words: " of seed 66",
            again: same,
        },
        Work {
            arguments: &["compare", "chains.toml", "--run", "run"],
            run: "run/ATL/seed-68/second",
            within: json!({"row": "ATL", "seed": 68, "stage": "second"}),
            words: " of row \"ATL\", seed 68, stage \"second\"",
            again: same,
        },
        Work {
            arguments: &["audit", "recipe.toml", "--data", "train.json", "--run", "run"],
            run: "run/fold-1/small-seed-66",
            within: json!({"recipe": "small", "seed": 66, "fold": 1}),
            words: " of recipe \"small\", seed 66, fold 1",
            again: same,
        },
    ]
}

fn place() -> Place {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "epochs = 6", "epochs = 9999");
    let stages = "[[stages]]\nname = \"first\"\nschedule = { epochs = 1 }\n\
                  [[stages]]\nname = \"second\"\nstart = \"first\"\n";
    let recipe = recipe().replace("[data]", "[data]\nrelations = \"rel2id.json\"");
    let recipe = recipe.replace("epochs = 6", "epochs = 9999");
    place.write_text("chain.toml", &(recipe + stages));
    place.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 2}"#);
    let rows = "name = \"chains\"\nbase = \"chain.toml\"\nseeds = [68]\n[[rows]]\nname = \"ATL\"\n";
    place.write_text("chains.toml", rows);
    place
}

/// Runs a command, interrupts it `at` a checkpoint behind that step, and gives what it printed.
fn interrupted(place: &Place, arguments: &[&str], run: &str, at: u64) -> (String, String) {
    let mut command = place.command(&[arguments, &["--json"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pointer = place.at(run).join("checkpoint.json");
    let begun = Instant::now();
    let step = || -> Option<u64> {
        let text = std::fs::read_to_string(&pointer).ok()?;
        serde_json::from_str::<Value>(&text).ok()?["step"].as_u64()
    };
    while step().is_none_or(|step| step < at) {
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint in {run}");
        sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    (stdout, stderr)
}

#[test]
fn all_long_work_says_where_it_stands_and_goes_on() {
    for Work { arguments, run, within, words, again } in all() {
        let place = place();
        let (stdout, stderr) = interrupted(&place, arguments, run, 1);
        let mut told: Value = serde_json::from_str(&stdout).unwrap();
        let step = told.as_object_mut().unwrap().remove("step").unwrap().as_u64().unwrap();
        let mut expected = json!({"outcome": "stopped", "run": "run"});
        expected.as_object_mut().unwrap().extend(within.as_object().unwrap().clone());
        assert_eq!(told, expected);
        let line = format!("stopped at step {step}{words}; {again}");
        assert_eq!(stderr.lines().last(), Some(&line[..]), "{stderr}");

        let resume = [arguments, &["--resume"]].concat();
        let arguments = if again.contains("--resume") { &resume } else { arguments };
        let (stdout, _) = interrupted(&place, arguments, run, step + 1);
        let later: Value = serde_json::from_str(&stdout).unwrap();
        assert!(later["step"].as_u64() > Some(step), "{later} after {step}");
    }
}

#[test]
fn an_audit_prints_json_and_writes_files_by_options_of_their_own() {
    let place = Place::with_recipe();
    let audit = ["audit", "recipe.toml", "--data", "train.json", "--folds", "2", "--run", "run"];
    let short = ["--set", "schedule.epochs=1", "--json", "--suggestions", "found.json"];
    let mut json = place.run(&[&audit[..], &short].concat()).succeeds().json();
    let file: Value = serde_json::from_str(&place.read("found.json")).unwrap();
    let printed = json.as_object_mut().unwrap();
    assert_eq!(printed.remove("outcome"), Some(json!("finished")));
    assert_eq!(printed.remove("run"), Some(json!("run")));
    assert_eq!(json, file);
}
