//! What an audit refuses, and the files that it leaves alone.

use super::*;

#[test]
fn gold_labels_of_other_documents_are_refused_before_anything_is_done() {
    let place = place_with_noise();
    let mut gold = documents(12, 0);
    gold[3]["vertexSet"].as_array_mut().unwrap().pop();
    gold[3]["labels"] = json!([]);
    place.write("fewer.json", &gold);
    let mut gold = documents(12, 0);
    gold[6]["vertexSet"][1][0]["pos"] = json!([1, 2]);
    place.write("moved.json", &gold);
    place.write("others.json", &documents(12, 5));
    let cases = [
        ("fewer.json", "\"Note 3\"", "3 entities here, but 2"),
        ("moved.json", "\"Note 6\"", "entity 1: has other mentions"),
        ("others.json", "\"Note 0\"", "no document"),
    ];
    for (gold, title, problem) in cases {
        let arguments = [&AUDIT[..], &["--gold", gold]].concat();
        place.run(&arguments).refuses(&["noisy.json", title, problem, gold]);
    }
    assert!(!place.at("run").exists());
}

#[test]
fn what_cannot_be_audited_is_refused_before_anything_is_done() {
    let place = place_with_noise();
    let refused = |more: &[&str], parts: &[&str]| {
        place.run(&[&AUDIT[..], more].concat()).refuses(parts);
        assert!(!place.at("run").exists());
    };
    refused(&["--seeds", "66,66"], &["--seeds", "must differ"]);
    refused(&["--set", "data.limit=3"], &["data.limit", "audit"]);
    refused(&["--set", "start=model"], &["start", "may have learned"]);
    let untuned = "decision.rule=global-probability";
    refused(&["--set", "loss.kind=bce", "--set", untuned], &["decision.rule", "threshold"]);
    place
        .run(&["audit", "recipe.toml", "--data", "noisy.json", "--folds", "13"])
        .refuses(&["--folds", "12", "13"]);
    place
        .run(&["audit", "recipe.toml", "--data", "noisy.json", "--folds", "1"])
        .refuses(&["--folds", "from 2"]);

    place.write_text("later.toml", &recipe().replace("small", "later"));
    place.replace("later.toml", support::golden("encoders/bert").to_str().unwrap(), "no/bert");
    place
        .run(&["audit", "recipe.toml", "later.toml", "--data", "noisy.json", "--run", "run"])
        .refuses(&["no/bert"]);
    assert!(!place.at("run").exists());

    let mut unlabelled = documents(12, 0);
    unlabelled[7].as_object_mut().unwrap().remove("labels");
    place.write("noisy.json", &unlabelled);
    refused(&[], &["noisy.json", "document 7 \"Note 7\"", "has no labels"]);
    for document in unlabelled.as_array_mut().unwrap() {
        document["labels"] = json!([]);
    }
    place.write("noisy.json", &unlabelled);
    refused(&[], &["noisy.json", "no labelled fact"]);
    let mut twice = documents(12, 0);
    twice[7]["title"] = json!("Note 2");
    place.write("noisy.json", &twice);
    refused(&[], &["noisy.json", "document 7", "document 2 has it too"]);
}

#[test]
fn nothing_that_an_audit_needs_is_overwritten() {
    let place = place_with_noise();
    place.write("names.json", &json!({"P1": "is related to"}));
    let short = ["--set", "schedule.epochs=1", "--set", "data.names=names.json"];
    let audit = |more: &[&str]| place.run(&[&AUDIT[..8], &short, more].concat());
    let cases =
        [("--suggestions", "recipe.toml"), ("--html", "./names.json"), ("--html", "noisy.json")];
    for (option, file) in cases {
        let before = place.read(file);
        audit(&[option, file]).refuses(&[file, "is read by this very command"]);
        assert_eq!(place.read(file), before);
    }
    assert!(!place.at("run").exists());
    audit(&["--suggestions", "run.json"]).succeeds();
    audit(&["--suggestions", "run/audit.json"]).refuses(&["run/audit.json", "is read by"]);
    for file in ["run/fold-1/train.json", "run/fold-1/small-seed-66/ratings.jsonl"] {
        audit(&["--suggestions", file]).refuses(&[file, "is part of an input, a model or a run"]);
    }
    // A report may lie in the run's folder, and be written again.
    audit(&["--suggestions", "run/found.json"]).succeeds();
    audit(&["--suggestions", "run/found.json"]).succeeds();
}

#[test]
fn a_folder_is_of_one_audit() {
    let place = place_with_noise();
    let mut json = audit(&place, &[]);
    let whole = place.at("run").display().to_string();
    json["run"] = json!(whole);
    let again = [&AUDIT[..6], &["--run", &whole, "--json"]].concat();
    assert_eq!(place.run(&again).succeeds().json(), json);
    let other = |more: &[&str]| place.run(&[&AUDIT[..], more].concat());
    other(&["--fold-seed", "1"]).refuses(&["run", "3 folds", "fold seed 66"]);
    other(&["--set", "schedule.epochs=2"]).refuses(&["run/fold-1", "epochs = 6", "epochs = 2"]);
    place.write("noisy.json", &documents(12, 0));
    other(&[]).refuses(&["run", "other documents"]);
}
