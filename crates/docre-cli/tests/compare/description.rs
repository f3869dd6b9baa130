//! What a description says, and what is wrong in one.

use super::*;

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
