//! What `docre analyze` measures and writes.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, documents, golden};

fn path(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_result_file_is_measured_as_the_papers_measure() {
    let [predictions, truth, train] = ["predictions", "truth", "train"]
        .map(|name| path(&golden(&format!("metrics/{name}.json"))));
    let place = Place::new();
    let files = ["analyze", "--predictions", &predictions, "--truth", &truth, "--train", &train];
    let relations = path(&golden("metrics/rel2id.json"));
    let options = ["--relations", &relations, "--json"];
    let analysis = place.run(&[&files[..], &options].concat()).succeeds().json();
    let expected: Value =
        serde_json::from_slice(&fs::read(golden("metrics/expected.json")).unwrap()).unwrap();
    for (found, wanted) in [
        ("/facts/scores/f1", "/re/f1"),
        ("/facts/distance/inter/f1", "/inter/f1"),
        ("/facts/infer/sides/f1", "/infer/f1"),
        ("/facts/errors/wrong", "/errors_kd_table7/wrong"),
        ("/facts/false_predictions/fn_rel", "/errors_arpdl_table5/fn_rel"),
        ("/facts/binary_labels/binary/f1", "/binary_kd_table8/f1"),
    ] {
        let number = |json: &Value, at: &str| json.pointer(at).and_then(Value::as_f64);
        let (found, wanted) = (number(&analysis, found), number(&expected, wanted));
        assert!((found.unwrap() - wanted.unwrap()).abs() < 1e-9, "{found:?}, {wanted:?}");
    }
    let about = &analysis["about"];
    assert_eq!((&about["data"], &about["train"]), (&json!(truth), &json!(train)));
    assert_eq!(about["predictions"], json!(predictions));
    assert_eq!(about["labels"], expected["re"]["gold"]);
    // A file of predictions has no scores of the relations that weren't predicted.
    assert_eq!(analysis["scores"], Value::Null);
    assert_eq!(analysis["training"], json!([]));
}

#[test]
fn a_model_is_analysed_with_its_scores_and_its_training() {
    let place = Place::with_model();
    let options = ["--truth", "dev.json", "--train", "train.json", "--html", "report.html"];
    let done = place.run(&[&["analyze", "--model", "run/model", "--json"], &options[..]].concat());
    let analysis = done.succeeds().json();

    let evaluated = ["evaluate", "--model", "run/model", "--json", "--truth", "dev.json"];
    let mut evaluated = place.run(&[&evaluated[..], &["--train", "train.json"]].concat()).json();
    let about = evaluated.as_object_mut().unwrap().remove("about").unwrap();
    let docre = env!("CARGO_PKG_VERSION");
    assert_eq!(about, json!({"truth": "dev.json", "train": "train.json", "docre": docre}));
    assert_eq!(analysis["facts"]["scores"], evaluated);

    let scores = &analysis["scores"];
    let relations = serde_json::from_str::<Value>(&place.read("run/model/relations.json")).unwrap();
    let relations = relations["relations"].as_array().unwrap().len() as u64;
    let bars = scores["margins"].as_array().unwrap();
    let labels = |side: &str| bars.iter().map(|bar| bar[side].as_u64().unwrap()).sum::<u64>();
    let pairs = analysis["facts"]["errors"]["pairs"].as_u64().unwrap();
    assert_eq!(labels("positive") + labels("negative"), pairs * relations);
    assert_eq!(json!(labels("positive")), analysis["about"]["labels"]);
    let predicted = &analysis["facts"]["scores"]["counts"]["facts"]["predicted"];
    assert!(predicted.as_u64().unwrap() > 0);
    assert_eq!(&scores["reliability"]["facts"], predicted);
    assert!(!analysis["training"].as_array().unwrap().is_empty());

    let page = place.read("report.html");
    for part in [
        "run&#x2f;model",
        "dev.json",
        "<dt>Evidence</dt><dd>sentences with more than",
        "Margins",
        "Calibration",
        "fitted on the dev file of the training, so on that file the error is lower",
        "COMM, Figure 4",
        "Note 100",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(!page.contains("http://") || !page.contains("src=\"http"), "it needs a network");
}

#[test]
fn the_page_says_how_many_labels_name_no_evidence() {
    let place = Place::with_model();
    let analyze = ["analyze", "--model", "run/model", "--truth", "dev.json", "--json", "--html"];
    let arguments = [&analyze[..], &["page.html"]].concat();
    let without = |place: &Place| {
        let json = place.run(&arguments).succeeds().json();
        json["about"]["labels_without_evidence"].clone()
    };
    assert_eq!(without(&place), 0);
    assert!(!place.read("page.html").contains("labelled facts name none"));
    let mut dev = documents(4, 100);
    for document in &mut dev.as_array_mut().unwrap()[..3] {
        document["labels"][1].as_object_mut().unwrap().remove("evidence");
    }
    place.write("dev.json", &dev);
    assert_eq!(without(&place), 3);
    assert!(place.read("page.html").contains("3 of 16 labelled facts name none"));
}

#[test]
fn facts_are_written_in_each_form() {
    let place = Place::with_model();
    let extract = ["extract", "--model", "run/model", "dev.json"];
    let json = place.run(&[&extract[..], &["--json"]].concat()).succeeds().stdout;
    let count: usize = json
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["facts"].as_array().unwrap().len())
        .sum();
    assert!(count > 0, "{json}");
    for (name, read) in [
        ("facts.csv", (|text| text.lines().count() - 1) as fn(&str) -> usize),
        ("facts.json", |text| {
            serde_json::from_str::<Value>(text).unwrap().as_array().unwrap().len()
        }),
        ("facts.txt", |text| text.lines().filter(|line| line.starts_with(" 0.")).count()),
    ] {
        place.run(&[&extract[..], &["--output", name]].concat()).succeeds();
        assert_eq!(read(&place.read(name)), count, "{name}");
    }
    place.run(&[&extract[..], &["--output", "facts.jsonl"]].concat()).succeeds();
    assert_eq!(place.read("facts.jsonl"), json);
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    place.run(&[&predict[..], &["made.json"]].concat()).succeeds();
    assert_eq!(place.read("made.json"), place.read("facts.json"));
    place.run(&[&predict[..], &["made", "--to", "csv"]].concat()).succeeds();
    assert_eq!(place.read("made"), place.read("facts.csv"));
    place.run(&[&extract[..], &["--output", "facts.xls"]].concat()).refuses(&[
        "facts.xls",
        "its name doesn't tell the form",
        ".csv",
    ]);
    place.run(&[&extract[..], &["--to", "xls"]].concat()).refuses(&["--to", "xls", "csv"]);
}

#[test]
fn extracted_facts_name_their_sentences() {
    let place = Place::with_model();
    let extracted =
        place.run(&["extract", "--model", "run/model", "dev.json", "--json"]).succeeds();
    let mut count = 0;
    for line in extracted.stdout.lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        for fact in document["facts"].as_array().unwrap() {
            let evidence = fact["evidence"].as_array().unwrap();
            assert!(!evidence.is_empty() && evidence.len() <= 4, "{fact}");
            assert!((0.0..1.0).contains(&fact["score"].as_f64().unwrap()), "{fact}");
            count += 1;
        }
    }
    assert!(count > 0);
    // Tuned on the dev file with the model that is kept.
    let config = place.read("run/model/config.toml");
    assert!(config.contains("temperature = ") && !config.contains("temperature = 1.0"), "{config}");
}

#[test]
fn without_labels_nothing_can_be_analysed() {
    let place = Place::with_model();
    let mut unlabelled = documents(2, 100);
    unlabelled[1].as_object_mut().unwrap().remove("labels");
    place.write("unlabelled.json", &unlabelled);
    let options = ["--truth", "unlabelled.json", "--html", "page.html"];
    place
        .run(&[&["analyze", "--model", "run/model"], &options[..]].concat())
        .refuses(&["unlabelled.json: document 1", "has no labels"]);
    assert!(!place.files().contains(&"page.html".to_owned()));
    place
        .run(&["analyze", "--model", "nowhere", "--truth", "dev.json"])
        .refuses(&["nowhere: is not a docre model"]);
    place.write("rel2id.json", &json!({"Na": 0, "P1": 1}));
    let both = ["analyze", "--model", "run/model", "--truth", "dev.json", "--relations", "x"];
    assert_eq!(place.run(&both).code, Some(2));
}

#[test]
fn a_file_of_relations_lacks_none() {
    let place = Place::with_model();
    place.write("result.json", &json!([]));
    let files = ["analyze", "--predictions", "result.json", "--truth", "dev.json"];
    let analyze = [&files[..], &["--relations", "rel2id.json", "--json"]].concat();
    place.write("rel2id.json", &json!({"Na": 0, "P1": 1}));
    place.run(&analyze).refuses(&["rel2id.json", "lacks relation \"P2\""]);
    place.write("rel2id.json", &json!({"Na": 0, "P1": 1, "P2": 2}));
    place.run(&analyze).succeeds();
    let other = json!([{"title": "Note 100", "h_idx": 0, "t_idx": 1, "r": "P9", "evidence": []}]);
    place.write("result.json", &other);
    place.run(&analyze).refuses(&["rel2id.json", "lacks relation \"P9\""]);
}

#[test]
fn predictions_that_fit_nothing_are_counted_on_the_page() {
    let place = Place::with_model();
    let fact = |title: &str, head: u64, relation: &str| json!({"title": title, "h_idx": head, "t_idx": 1, "r": relation, "evidence": []});
    let good = fact("Note 100", 0, "P1");
    let files = ["analyze", "--predictions", "result.json", "--truth", "dev.json"];
    let analyze = [&files[..], &["--html", "page.html"]].concat();
    place.write("result.json", &json!([good]));
    place.run(&analyze).succeeds();
    assert!(!place.read("page.html").contains("count as wrong"));
    let all = [good, fact("Note 9", 0, "P1"), fact("Note 8", 0, "P1"), fact("Note 101", 7, "P1")];
    place.write("result.json", &json!(all));
    place.run(&analyze).succeeds();
    let page = place.read("page.html");
    for part in ["Of 4 predictions 2 with a title that no document", "1 with a pair of entities"] {
        assert!(page.contains(part), "no {part:?}");
    }
}

#[test]
fn a_report_takes_no_input_s_place() {
    let place = Place::with_model();
    let before = place.read("dev.json");
    let analyze = ["analyze", "--model", "run/model", "--truth", "dev.json", "--html"];
    place.run(&[&analyze[..], &["./dev.json"]].concat()).refuses(&["dev.json: is read by this"]);
    assert_eq!(place.read("dev.json"), before);
    for file in ["run/model/config.toml", "run/model/relations.json", "run/result.json"] {
        let before = place.read(file);
        place
            .run(&[&analyze[..], &[file]].concat())
            .refuses(&[file, "is part of an input, a model"]);
        assert_eq!(place.read(file), before);
    }
    let page = [&analyze[..], &["run/model/page.html"]].concat();
    place.run(&page).succeeds();
    place.run(&page).succeeds();
    place.run(&[&analyze[..], &["nowhere/page.html"]].concat()).refuses(&["nowhere"]);
}

#[test]
fn another_run_s_log_is_not_taken_for_a_model_s() {
    let place = Place::with_model();
    support::copy(&place.at("run/model"), &place.at("other/model"));
    let log = place.read("run/metrics.jsonl").replace("\"step\":", "\"step\":9");
    place.write_text("other/metrics.jsonl", &log);
    let training = |model: &str| {
        let analyze = ["analyze", "--model", model, "--truth", "dev.json", "--json"];
        place.run(&analyze).succeeds().json()["training"].as_array().unwrap().len()
    };
    assert!(training("run/model") > 0);
    assert_eq!(training("other/model"), 0);
}

#[test]
fn predictions_for_a_document_without_entities_are_of_no_pair() {
    let place = Place::with_model();
    let mut dev = documents(1, 100);
    let empty =
        json!({"title": "Empty", "sents": [["Nothing", "."]], "vertexSet": [], "labels": []});
    dev.as_array_mut().unwrap().push(empty);
    place.write("dev.json", &dev);
    place.write("result.json", &json!([{"title": "Empty", "h_idx": 0, "t_idx": 0, "r": "P1"}]));
    let files = ["--predictions", "result.json", "--truth", "dev.json"];
    for command in ["evaluate", "analyze"] {
        let done = place.run(&[&[command][..], &files].concat()).succeeds();
        let warning = "1 of 1 predictions with a pair of entities that its document doesn't have";
        assert!(done.stderr.contains(warning), "{done:#?}");
    }
}
