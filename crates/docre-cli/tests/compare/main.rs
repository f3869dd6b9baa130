//! `docre compare` through the program: its tables, its end after a kill, and what it refuses.

mod description;
mod files;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use serde_json::{Value, json};
use support::{PROGRAM, Place, documents};

/// Three losses, of which one is a baseline, and two seeds.
const LOSSES: &str = r#"
name = "losses"
base = "recipe.toml"
seeds = [66, 67]
baseline = "ATL"
set.schedule.epochs = 3

[[rows]]
name = "ATL"

[[rows]]
name = "CMM, m = 0.5"
set.loss = { kind = "cmm", m = 0.5 }

[[rows]]
name = "few epochs"
seeds = [67]
set.schedule.epochs = 1
"#;

const COMPARE: [&str; 4] = ["compare", "losses.toml", "--run", "all"];

fn place() -> Place {
    let place = Place::with_recipe();
    place.write_text("losses.toml", LOSSES);
    place
}

/// What has to be the same each time: all but the cost.
fn without_cost(mut results: Value) -> Value {
    for row in results["rows"].as_array_mut().unwrap() {
        let cost = row.as_object_mut().unwrap().remove("cost").unwrap();
        for key in ["documents_per_second", "seconds", "peak_megabytes"] {
            assert!(cost[key].as_f64().unwrap() > 0.0, "{key} in {cost}");
        }
        for run in row["runs"].as_array_mut().unwrap() {
            let cost = run.as_object_mut().unwrap().remove("cost").unwrap();
            assert_eq!(cost["documents"], 12 * epochs(&row_of(run)), "{run}");
        }
    }
    results
}

fn row_of(run: &Value) -> String {
    run["run"].as_str().unwrap().split('/').nth(1).unwrap().to_owned()
}

fn epochs(row: &str) -> u64 {
    if row == "few-epochs" { 1 } else { 3 }
}

fn f1s(row: &Value) -> Vec<f64> {
    let runs = row["runs"].as_array().unwrap();
    runs.iter().map(|run| run["dev"]["f1"].as_f64().unwrap()).collect()
}

#[test]
fn killed_at_any_time_it_ends_with_the_same_table() {
    let whole = place();
    let done = whole.run(&[&COMPARE[..], &["--json"]].concat()).succeeds();
    for run in ["run 1 of 5: ATL, seed 66", "run 2 of 5: CMM, m = 0.5, seed 66"] {
        assert!(done.stderr.contains(run), "{done:?}");
    }
    let expected = without_cost(done.json());

    let broken = place();
    let kills = broken.run_through_kills(|| COMPARE.to_vec());
    assert!(kills > 0, "it was killed at least once");
    let again = broken.run(&[&COMPARE[..], &["--json"]].concat()).succeeds();
    assert!(!again.stderr.contains("run "), "nothing is done again: {again:?}");
    assert_eq!(without_cost(again.json()), expected);
}

#[test]
fn the_table_holds_means_deviations_gains_and_costs() {
    let place = place();
    let files = ["--markdown", "table.md", "--csv", "table.csv", "--html", "table.html"];
    let words = place.run(&[&COMPARE[..], &files].concat()).succeeds();
    let on = "Scored on the 16 labelled facts of the 4 documents of dev.json";
    for part in [" ± ", "gain", "95 %", "documents/s", "5 of 5 runs are done", on, "train.json"] {
        assert!(words.stdout.contains(part), "no {part:?} in {words:?}");
    }
    let json = place.run(&[&COMPARE[..], &["--results", "--json"]].concat()).succeeds().json();
    assert_eq!((&json["outcome"], &json["baseline"]), (&json!("finished"), &json!("ATL")));
    let rows = json["rows"].as_array().unwrap();
    let (atl, cmm, few) = (f1s(&rows[0]), f1s(&rows[1]), f1s(&rows[2]));
    let mean = (cmm[0] + cmm[1]) / 2.0;
    let deviation = ((cmm[0] - mean).powi(2) + (cmm[1] - mean).powi(2)).sqrt();
    let close = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-12;
    assert!(close(&rows[1]["scores"]["f1"]["mean"], mean), "{json}");
    assert!(close(&rows[1]["scores"]["f1"]["deviation"], deviation), "{json}");
    // The gain is seed by seed.
    assert_eq!((&rows[0]["gain"], &rows[2]["gain"]["pairs"]), (&Value::Null, &json!(1)));
    assert!(close(&rows[1]["gain"]["f1"], mean - (atl[0] + atl[1]) / 2.0), "{json}");
    assert!(close(&rows[2]["gain"]["f1"], few[0] - atl[1]), "{json}");
    let p = rows[1]["gain"]["p_value"].as_f64().unwrap();
    assert!(p > 0.0 && p <= 1.0, "{json}");

    let markdown = place.read("table.md");
    assert!(markdown.starts_with("# losses\n"), "{markdown}");
    assert!(markdown.contains("| CMM, m = 0.5 | 66, 67 |"), "{markdown}");
    assert!(markdown.contains("## Cost"), "{markdown}");
    assert!(markdown.contains("| ATL | small | "), "{markdown}");
    let csv = place.read("table.csv");
    assert!(csv.starts_with("row,seeds,f1,"), "{csv}");
    assert!(csv.contains(&format!("\"CMM, m = 0.5\",66 67,{:.4},", 100.0 * mean)), "{csv}");
    let names = ",runs_done,runs_planned,recipe,model,encoder,train,data,docre";
    assert!(csv.lines().next().unwrap().ends_with(names), "{csv}");
    let encoder = support::golden("encoders/bert").display().to_string();
    for (row, runs) in csv.lines().skip(1).zip([2, 2, 1]) {
        let origin = format!("small,,{encoder},train.json");
        let end = format!(",{runs},{runs},{origin},dev.json,{}", env!("CARGO_PKG_VERSION"));
        assert!(row.ends_with(&end), "no {end} in {csv}");
    }
    let html = place.read("table.html");
    for part in [
        "Comparison: losses",
        "16 facts in 4 documents",
        "What is compared",
        "CMM-m-0.5&#x2f;seed-67",
        "<svg",
        "<dt>docre</dt>",
    ] {
        assert!(html.contains(part), "no {part:?} in the page");
    }
    assert!(!html.contains("src=") && !html.contains("<link"), "it needs no network");
    // What is measured can be measured again by hand.
    let predictions = rows[2]["runs"][0]["predictions"].as_str().unwrap();
    let scores =
        place.run(&["evaluate", "--predictions", predictions, "--truth", "dev.json", "--json"]);
    assert_eq!(scores.succeeds().json()["f1"], few[0]);
}

#[test]
fn rows_seeds_and_axes_can_be_added_later() {
    let place = place();
    let few = ["--set", "schedule.epochs=1", "--seeds", "66"];
    let only = place.run(&[&COMPARE[..], &few, &["--only", "ATL"]].concat()).succeeds();
    assert!(only.stdout.contains("1 of 3 runs are done"), "{only:?}");
    place.run(&[&COMPARE[..], &few, &["--results", "--csv", "some.csv"]].concat()).succeeds();
    let csv = place.read("some.csv");
    let planned_and_done = csv.lines().skip(1).map(|line| {
        let mut cells = line.rsplit(',').skip(6);
        (cells.next().unwrap(), cells.next().unwrap())
    });
    assert_eq!(planned_and_done.collect::<Vec<_>>(), [("1", "1"), ("1", "0"), ("1", "0")]);
    let list = place.run(&[&COMPARE[..], &few, &["--list"]].concat()).succeeds();
    let states: Vec<_> = list.stdout.lines().map(|line| line.split_whitespace().next()).collect();
    assert_eq!(states[1..], [Some("done"), Some("left"), Some("left")], "{list:?}");

    place.write_text(
        "losses.toml",
        r#"
name = "losses"
base = "recipe.toml"
baseline = "ATL"
axes = [
  [{ name = "ATL" }, { name = "CMM", set.loss.kind = "cmm" }],
]
[[rows]]
name = "AFL"
set.loss.kind = "afl"
"#,
    );
    let more = place.run(&[&COMPARE[..], &few, &["--json"]].concat()).succeeds();
    assert!(!more.stderr.contains("ATL,") && more.stderr.contains("run 3 of 3: AFL, seed 66"));
    let json = more.json();
    let names: Vec<_> = json["rows"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["ATL", "CMM", "AFL"]);

    // Another recipe under the same name isn't taken for the same.
    let other = ["--set", "schedule.epochs=2", "--seeds", "66,67"];
    for mode in [&[][..], &["--results"], &["--list"]] {
        let refused = place.run(&[&COMPARE[..], &other, mode].concat());
        refused.refuses(&["all/ATL/seed-66", "row \"ATL\"", "epochs = 1", "epochs = 2"]);
    }
    assert!(!place.at("all/ATL/seed-67").exists(), "nothing is done before it");
}

#[test]
fn what_a_run_of_an_older_docre_lacks_stays_empty() {
    let place = place();
    let command = [&COMPARE[..], &["--set", "schedule.epochs=1", "--seeds", "66"]].concat();
    let json = place.run(&[&command[..], &["--json"]].concat()).succeeds().json();
    let run = "all/CMM-m-0.5/seed-66";
    for name in ["cost.json", "predictions.json"] {
        std::fs::remove_file(place.at(&format!("{run}/{name}"))).unwrap();
    }
    let dev = &json["rows"][1]["runs"][0]["dev"];
    let older = json!({"step": 3, "dev": {
        "precision": dev["precision"], "recall": dev["recall"], "f1": dev["f1"], "ign_f1": null,
    }});
    place.write(&format!("{run}/result.json"), &older);
    let results = [&command[..], &["--results", "--json"]].concat();
    let rows = place.run(&results).succeeds().json()["rows"].take();
    assert_eq!(rows[1]["gain"]["f1"], json["rows"][1]["gain"]["f1"]);
    for (part, key) in [("gain", "p_value"), ("scores", "ncre"), ("scores", "ign_f1")] {
        assert_eq!(
            (&rows[0][part][key], &rows[1][part][key]),
            (&json["rows"][0][part][key], &Value::Null)
        );
    }
    assert_eq!(rows[1]["cost"], Value::Null);
    // A run that an older docre began is finished, and its cost stays unknown.
    std::fs::remove_file(place.at(&format!("{run}/result.json"))).unwrap();
    let state = place.checkpoint(run, "state.json");
    let mut older: Value = serde_json::from_str(&place.read(&state)).unwrap();
    older.as_object_mut().unwrap().remove("cost").unwrap();
    place.write(&state, &older);
    let again = place.run(&[&command[..], &["--json"]].concat()).succeeds().json();
    assert_eq!(again["rows"][1]["runs"][0]["dev"], *dev);
    assert_eq!(again["rows"][1]["cost"], Value::Null);
}

#[test]
fn a_result_without_dev_scores_is_refused() {
    let place = place();
    let command = [&COMPARE[..], &["--set", "schedule.epochs=1", "--seeds", "66"]].concat();
    place.run(&command).succeeds();
    place.write("all/ATL/seed-66/result.json", &json!({"step": 3, "epoch": 1.0}));
    for more in [&[][..], &["--results"]] {
        let parts = ["all/ATL/seed-66/result.json", "no scores on a dev file"];
        place.run(&[&command[..], more].concat()).refuses(&parts);
    }
    place.run(&[&command[..], &["--list"]].concat()).succeeds();
    // Without it the run is finished again, as it was.
    std::fs::remove_file(place.at("all/ATL/seed-66/result.json")).unwrap();
    place.run(&command).succeeds();
}

#[test]
fn stages_are_summed() {
    let place = Place::with_recipe();
    place.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 2}"#);
    let base = support::recipe().replace("[data]", "[data]\nrelations = \"rel2id.json\"");
    let stages =
        "\n[[stages]]\nname = \"first\"\n[[stages]]\nname = \"tuned\"\nstart = \"first\"\n";
    place.write_text("chain.toml", &(base + stages));
    let command =
        ["compare", "chain.toml", "recipe.toml", "--run", "all", "--set", "schedule.epochs=2"];
    place.run(&[&command[..], &["--json"]].concat()).refuses(&["there are two rows of this name"]);
    place.replace("recipe.toml", "small", "alone");
    let json = place.run(&[&command[..], &["--json"]].concat()).succeeds().json();
    let documents = |row: usize| &json["rows"][row]["runs"][0]["cost"]["documents"];
    assert_eq!((documents(0), documents(1)), (&json!(48), &json!(24)));
    assert_eq!(
        json["rows"][0]["runs"][0]["predictions"],
        "all/small/seed-66/tuned/predictions.json"
    );
    place.write("train.json", &support::documents(13, 0));
    place.run(&command).refuses(&["train.json: isn't the file that all/small/seed-66/first was"]);
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_saves_and_goes_on_later() {
    let place = place();
    let child = Command::new(PROGRAM)
        .args([&COMPARE[..], &["--set", "schedule.epochs=400", "--json"]].concat())
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !place.at("all/ATL/seed-66/checkpoint.json").exists() {
        sleep(Duration::from_millis(2));
    }
    let stop = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(stop.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let stopped: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&stopped["outcome"], &stopped["row"]), (&json!("stopped"), &json!("ATL")));
    let list = [&COMPARE[..], &["--set", "schedule.epochs=400", "--list", "--json"]].concat();
    let runs = place.run(&list).succeeds().json();
    assert_eq!((&runs[0]["state"], &runs[1]["state"]), (&json!("begun"), &json!("left")));
    let unfinished = [&COMPARE[..], &["--set", "schedule.epochs=400", "--results"]].concat();
    let words = place.run(&unfinished).succeeds();
    assert!(words.stdout.contains("0 of 5 runs are done"), "{words:?}");
}
