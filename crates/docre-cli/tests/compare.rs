//! `docre compare` through the program: its tables, its end after a kill, and what it refuses.

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
fn recipes_and_models_are_compared_by_name() {
    let place = Place::with_model();
    place.write_text("other.toml", &support::recipe().replace("small", "other"));
    let command = [
        "compare",
        "recipe.toml",
        "other.toml",
        "run/model",
        "--run",
        "all",
        "--baseline",
        "small",
        "--set",
        "schedule.epochs=1",
        "--seeds",
        "66,67",
        "--json",
    ];
    let json = place.run(&command).succeeds().json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(f1s(&rows[0]), f1s(&rows[1]), "they differ by name alone");
    assert_eq!((&rows[1]["gain"]["f1"], &rows[1]["gain"]["p_value"]), (&json!(0.0), &json!(1.0)));
    let model = &rows[2];
    assert_eq!((&model["name"], &model["gain"]["pairs"]), (&json!("run/model"), &json!(2)));
    let options = ["--truth", "dev.json", "--train", "train.json", "--json"];
    let scores = place.run(&[&["evaluate", "--model", "run/model"], &options[..]].concat());
    let scores = scores.succeeds().json();
    assert_eq!(model["runs"][0]["dev"]["f1"], scores["f1"]);
    let origin = &model["origin"];
    assert_eq!((&origin["model"], &origin["recipe"]), (&json!("run/model"), &json!("small")));
    assert_eq!(origin["train"], json!(["train.json"]));
    assert_eq!(rows[1]["origin"]["recipe"], "other");
    assert_eq!(model["runs"][0]["dev"]["ign_f1"], scores["ign_f1"]);
    // It is scored once, and another model isn't taken for it, nor another training file.
    let train = place.read("train.json");
    for trained in ["small/seed-66", "small/seed-67", "other/seed-66", "other/seed-67"] {
        std::fs::remove_file(place.at(&format!("all/{trained}/train-file.json"))).unwrap();
    }
    place.write("train.json", &documents(13, 0));
    place.run(&command).refuses(&["train.json: isn't the file that all/run-model was done with"]);
    place.write_text("train.json", &train);
    let again = place.run(&command).succeeds();
    assert!(!again.stderr.contains("run "), "{again:?}");
    place.replace("run/model/config.toml", "recipe = \"small\"", "recipe = \"else\"");
    place.run(&command).refuses(&["all/run-model", "another model"]);
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

#[test]
fn mistakes_are_named_before_anything_is_done() {
    let place = place();
    place.write("dev2.json", &documents(3, 200));
    let cases: [(&str, &str, &[&str]); 12] = [
        ("m = 0.5 }", "m = \"x\" }", &["losses.toml", "row \"CMM, m = 0.5\"", "loss", "m"]),
        ("kind = \"cmm\"", "kind = \"cnn\"", &["row \"CMM, m = 0.5\"", "loss", "cnn"]),
        ("epochs = 1", "epochs = 0", &["row \"few epochs\"", "schedule.epochs", "1 or more"]),
        ("epochs = 1", "epoks = 1", &["row \"few epochs\"", "schedule", "epoks"]),
        ("baseline = \"ATL\"", "baseline = \"ALT\"", &["baseline", "\"ALT\" is no row", "ATL; "]),
        ("name = \"few epochs\"", "name = \"atl\"", &["row \"atl\"", "two rows of this name"]),
        ("name = \"few epochs\"", "name = \"..\"", &["rows[2].name", "letter"]),
        ("seeds = [67]", "seeds = [67, 67]", &["row \"few epochs\"", "seeds", "different"]),
        ("seeds = [67]", "model = \"x\"", &["row \"few epochs\"", "model", "no recipe"]),
        ("base = \"recipe.toml\"", "", &["row \"ATL\"", "recipe", "base"]),
        ("set.schedule.epochs = 1", "set.seed = 1", &["row \"few epochs\"", "set.seed"]),
        (
            "set.schedule.epochs = 1",
            "set.data.dev = \"dev2.json\"",
            &["row \"few epochs\"", "data.dev", "dev2.json", "the same documents"],
        ),
    ];
    for (from, to, parts) in cases {
        place.write_text("losses.toml", &LOSSES.replacen(from, to, 1));
        place.run(&COMPARE).refuses(parts);
        assert!(!place.at("all").exists(), "{to}");
    }
    place.write_text("losses.toml", &LOSSES.replace("[[rows]]", "[[row]]"));
    place.run(&COMPARE).refuses(&["losses.toml", "unknown field `row`", "`rows`"]);
    place.write_text("losses.toml", LOSSES);
    place.run(&[&COMPARE[..], &["--baseline", "BCE"]].concat()).refuses(&["baseline", "BCE"]);
    place.run(&[&COMPARE[..], &["--only", "BCE"]].concat()).refuses(&["--only", "BCE"]);
    place.run(&[&COMPARE[..], &["--csv", "no/table.csv"]].concat()).refuses(&["no/table.csv"]);
    place.run(&[&COMPARE[..], &["--seeds", "1,1"]].concat()).refuses(&["seeds", "different"]);
    let encoder = "encoder.from=missing/bert";
    place.run(&[&COMPARE[..], &["--set", encoder]].concat()).refuses(&["missing/bert"]);
    std::fs::remove_file(place.at("train.json")).unwrap();
    place.run(&COMPARE).refuses(&["train.json"]);
    assert!(!place.at("all").exists());
}

#[test]
fn the_documents_of_a_later_row_are_read_before_anything_is_done() {
    let place = place();
    let mut unlabelled = documents(4, 0);
    unlabelled[1].as_object_mut().unwrap().remove("labels");
    place.write("unlabelled.json", &unlabelled);
    let mut broken = documents(4, 0);
    broken[2]["sents"] = json!([]);
    place.write("broken.json", &broken);
    let refused = |from: &str, file: &str, parts: &[&str]| {
        let to = format!("set.data.{from} = \"{file}\"");
        place.write_text("losses.toml", &LOSSES.replacen("set.schedule.epochs = 1", &to, 1));
        place.run(&COMPARE).refuses(&[&[file], parts].concat());
        assert!(!place.at("all").exists(), "{to}");
    };
    refused("train", "unlabelled.json", &["document 1 \"Note 1\"", "has no labels"]);
    refused("train", "broken.json", &["document 2 \"Note 2\"", "no sentence"]);
}

#[test]
fn a_description_stands_alone() {
    let place = place();
    for rows in [["losses.toml", "recipe.toml"], ["run/model", "losses.toml"]] {
        let refused = place.run(&[&["compare"], &rows[..], &["--run", "all"]].concat());
        refused.refuses(&["losses.toml", "a whole comparison", "[[rows]]", "recipe = "]);
    }
    let twice = ["compare", "losses.toml", "losses.toml"];
    place.run(&twice).refuses(&["losses.toml", "a whole comparison"]);
    assert!(!place.at("all").exists());
}

#[test]
fn the_comparisons_of_the_project_are_whole() {
    for (name, runs) in [("gold", 33), ("noisy", 21)] {
        let output = Command::new(PROGRAM)
            .args([
                "compare",
                &format!("bench/{name}.toml"),
                "--list",
                "--json",
                "--run",
                "nowhere",
            ])
            .current_dir(support::repository(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let listed: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(listed.len(), runs, "{name}");
        assert!(listed.iter().all(|run| run["state"] == "left"));
    }
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

#[test]
fn a_run_without_its_recipe_is_named() {
    let place = Place::with_recipe();
    let compare = ["compare", "recipe.toml", "--run", "all", "--set", "schedule.epochs=1"];
    place.run(&compare).succeeds();
    let recipe = place.files().into_iter().find(|name| name.ends_with("seed-66/recipe.toml"));
    fs::remove_file(place.at(&recipe.unwrap())).unwrap();
    for more in [&[][..], &["--results"], &["--list"]] {
        let done = place.run(&[&compare[..], more].concat());
        let done = done.refuses(&["all/small/seed-66: ", "holds no run: it has no recipe.toml"]);
        assert!(!done.stderr.contains("--resume"), "{done:?}");
    }
}

#[test]
fn a_table_takes_no_place_of_what_is_compared() {
    let place = Place::with_model();
    let rows = "[[rows]]\nname = \"ATL\"\n[[rows]]\nname = \"old\"\nmodel = \"run/model\"\n";
    let head = "name = \"two\"\nbase = \"recipe.toml\"\nset.schedule.epochs = 1\n";
    place.write_text("two.toml", &format!("{head}{rows}"));
    let compare = ["compare", "two.toml", "--run", "all"];
    let refused = |option: &str, file: &str, part: &str| {
        let before = place.read(file);
        let arguments = [&compare[..], &["--results", option, file]].concat();
        place.run(&arguments).refuses(&[file, part]);
        assert_eq!(place.read(file), before);
    };
    for file in ["two.toml", "recipe.toml", "./train.json", "dev.json"] {
        refused("--csv", file, "is read by this very command");
    }
    place.run(&compare).succeeds();
    for file in [
        "all/ATL/seed-66/result.json",
        "all/ATL/seed-66/model/config.toml",
        "all/old/scored.json",
        "run/model/relations.json",
    ] {
        refused("--html", file, "is part of an input, a model or a run");
    }
    let table = [&compare[..], &["--results", "--csv", "all/table.csv"]].concat();
    place.run(&table).succeeds();
    place.run(&table).succeeds();
}

#[test]
fn another_dev_file_than_the_runs_were_scored_on_is_refused() {
    let place = place();
    place.run(&COMPARE).succeeds();
    let mut dev: Value = serde_json::from_str(&place.read("dev.json")).unwrap();
    for document in dev.as_array_mut().unwrap() {
        document["labels"].as_array_mut().unwrap().truncate(1);
    }
    place.write("dev.json", &dev);
    place
        .run(&[&COMPARE[..], &["--results"]].concat())
        .refuses(&["dev.json: isn't the file that", "was scored on"]);
}

#[test]
fn another_training_file_than_the_runs_were_done_with_is_refused() {
    let place = place();
    let command = [&COMPARE[..], &["--set", "schedule.epochs=1", "--seeds", "66"]].concat();
    let results = [&command[..], &["--results"]].concat();
    place.run(&[&command[..], &["--only", "ATL"]].concat()).succeeds();
    let train = place.read("train.json");
    place.write("train.json", &documents(13, 0));
    for command in [&command, &results] {
        let parts =
            ["train.json: isn't the file that all/ATL/seed-66 was done with", "put the old"];
        place.run(command).refuses(&parts);
    }
    assert!(!place.at("all/CMM-m-0.5").exists(), "nothing is done before it");
    // What has gone can't be compared, and is back when it is back.
    std::fs::remove_file(place.at("train.json")).unwrap();
    place.run(&results).succeeds();
    place.write_text("train.json", &train);
    place.run(&results).succeeds();
    // A run of an older docre doesn't say what it was done with.
    std::fs::remove_file(place.at("all/ATL/seed-66/train-file.json")).unwrap();
    place.write("train.json", &documents(13, 0));
    place.run(&results).succeeds();
}
