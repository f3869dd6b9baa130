//! What the commands that read print: numbers, JSON, tables.

mod support;

use std::{fs, process::Command};

use serde_json::{Value, json};
use support::{PROGRAM, Place, document, documents, golden, repository};

fn path(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn stats_counts_the_corpus() {
    let dev = path(&repository("corpus/world/dev"));
    let counts = Place::new().run(&["stats", &dev, "--json"]).succeeds().json();
    for (name, count) in [
        ("documents", 24),
        ("labelled_documents", 24),
        ("sentences", 255),
        ("tokens", 5580),
        ("entities", 601),
        ("mentions", 961),
        ("pairs", 15752),
        ("facts", 846),
        ("positive_pairs", 755),
    ] {
        assert_eq!(counts[name], count, "{name}");
    }
    let density = counts["label_density"].as_f64().unwrap();
    assert!((density - 755.0 / 15752.0).abs() < 1e-12, "{density}");
    let frequencies = counts["relations"].as_array().unwrap();
    assert_eq!((&frequencies[0]["id"], &frequencies[0]["count"]), (&json!("P17"), &json!(96)));
    let all: u64 = frequencies.iter().map(|frequency| frequency["count"].as_u64().unwrap()).sum();
    assert_eq!(all, 846);
}

#[test]
fn stats_shows_names_of_relations() {
    let dev = path(&repository("corpus/world/dev"));
    let names = path(&repository("data/meta/rel_info.json"));
    let shown = Place::new().run(&["stats", &dev, "--names", &names]).succeeds();
    let line = shown.stdout.lines().find(|line| line.contains("P27 ")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, ["P27", "country", "of", "citizenship", "17", "2.01"]);
    assert!(shown.stderr.is_empty(), "{shown:?}");
}

#[test]
fn evaluation_equals_the_official_one() {
    let [predictions, truth, train] = ["predictions", "truth", "train"]
        .map(|name| path(&golden(&format!("metrics/{name}.json"))));
    let expected: Value =
        serde_json::from_slice(&fs::read(golden("metrics/expected.json")).unwrap()).unwrap();
    let files = ["evaluate", "--predictions", &predictions, "--truth", &truth];
    let done = Place::new().run(&[&files[..], &["--train", &train, "--json"]].concat()).succeeds();
    let scores = done.json();
    for (name, place) in [
        ("precision", "/re/precision"),
        ("recall", "/re/recall"),
        ("f1", "/re/f1"),
        ("ign_f1", "/ign/f1"),
        ("evidence_f1", "/evidence/f1"),
    ] {
        let difference =
            scores[name].as_f64().unwrap() - expected.pointer(place).unwrap().as_f64().unwrap();
        assert!(difference.abs() < 1e-12, "{name}: {difference}");
    }
    assert_eq!(scores["counts"]["facts"]["correct"], expected["re"]["correct"]);
    assert!(done.stderr.contains("a title that no document of the truth has"), "{done:?}");

    let without = Place::new().run(&[&files[..], &["--json"]].concat()).succeeds().json();
    assert_eq!(without["ign_f1"], Value::Null);
    let table = Place::new().run(&files).succeeds();
    assert!(table.stdout.contains("facts") && !table.stdout.contains("Ign"), "{table:?}");
}

#[test]
fn two_result_files_are_compared_by_more_than_their_scores() {
    let [predictions, truth] =
        ["predictions", "truth"].map(|name| path(&golden(&format!("metrics/{name}.json"))));
    let place = Place::new();
    let all: Value = serde_json::from_slice(&fs::read(&predictions).unwrap()).unwrap();
    let entries = all.as_array().unwrap();
    place.write("half.json", &json!(entries[..entries.len() / 2]));
    let evaluate = |own: &str, other: &str| {
        let files = ["evaluate", "--predictions", own, "--against", other, "--truth", &truth];
        place.run(&[&files[..], &["--json"]].concat()).succeeds().json()
    };
    let better = evaluate(&predictions, "half.json");
    let half = evaluate("half.json", "half.json");
    let difference = better["f1"].as_f64().unwrap() - half["f1"].as_f64().unwrap();
    let found = better["against"]["difference"].as_f64().unwrap();
    assert!((found - difference).abs() < 1e-12 && difference > 0.0, "{found}, {difference}");
    assert!(better["against"]["p_value"].as_f64().unwrap() < 0.001);
    assert_eq!(
        (&half["against"]["difference"], &half["against"]["p_value"]),
        (&json!(0.0), &json!(1.0))
    );
    assert_eq!(better["against"]["file"], "half.json");
    let both = ["evaluate", "--model", "m", "--against", "half.json", "--truth", &truth];
    assert_eq!(place.run(&both).code, Some(2));
    let files = ["evaluate", "--predictions", &predictions, "--against", "half.json"];
    let words = place.run(&[&files[..], &["--truth", &truth]].concat()).succeeds().stdout;
    assert!(words.contains("half.json:") && words.contains("Against it: F1 +"), "{words}");
}

#[test]
fn a_result_file_scores_as_its_model_does() {
    let place = Place::with_model();
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    place.run(&[&predict[..], &["result.json"]].concat()).succeeds();
    let truth = ["--truth", "dev.json", "--train", "train.json", "--json"];
    let of =
        |what: &[&str]| place.run(&[&["evaluate"], what, &truth[..]].concat()).succeeds().json();
    let (from_file, mut from_model) =
        (of(&["--predictions", "result.json"]), of(&["--model", "run/model"]));
    // A result file has no scores of relations that weren't predicted.
    assert_eq!(from_file["ncre"], Value::Null);
    let ncre = from_model["ncre"].take().as_f64().unwrap();
    assert!((0.0..2.0).contains(&ncre), "{ncre}");
    assert_eq!(from_file, from_model);

    let entries: Value = serde_json::from_str(&place.read("result.json")).unwrap();
    let entry = &entries[0];
    assert_eq!(entry["title"], "Note 100");
    assert!(entry["h_idx"].is_u64() && entry["t_idx"].is_u64() && entry["r"].is_string());
    for (output, part) in [("dev.json", "is read by"), ("run/model/config.toml", "is part of")] {
        let before = place.read(output);
        place.run(&[&predict[..], &[output]].concat()).refuses(&[output, part]);
        assert_eq!(place.read(output), before);
    }
    let extract = ["extract", "--model", "run/model", "dev.json", "--index", "0", "--html"];
    place.run(&[&extract[..], &["dev.json"]].concat()).refuses(&["dev.json", "is read by"]);
    let printed = place.run(&[&predict[..], &["-"]].concat()).succeeds();
    assert_eq!(printed.stdout, place.read("result.json"));
}

#[test]
fn what_a_document_shares_a_file_with_does_not_change_its_facts() {
    let place = Place::with_model();
    place.write("unlabelled.jsonl", &json!({}));
    let mut alone = document(102);
    alone.as_object_mut().unwrap().remove("labels");
    place.write("alone.json", &json!([alone]));
    let extract = |arguments: &[&str]| {
        let done = place.run(&[&["extract", "--model", "run/model", "--json"], arguments].concat());
        let lines = done.succeeds().stdout;
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let all = extract(&["dev.json"]);
    assert_eq!(all.len(), 4);
    assert_eq!(extract(&["dev.json", "--index", "2"])[0], all[2]);
    assert_eq!(extract(&["dev.json", "--title", "Note 102"])[0], all[2]);
    assert_eq!(extract(&["alone.json"])[0], all[2]);
    let fact = &all[2]["facts"][0];
    assert!(fact["head"]["name"].is_string() && fact["relation"]["name"].is_string(), "{fact}");
    let score = fact["score"].as_f64().unwrap();
    assert!(score > 0.0 && score < 1.0, "{fact}");
}

#[test]
fn facts_are_shown_with_names_and_as_a_page() {
    let place = Place::with_model();
    place.write_text("names.json", r#"{"P1": "knows", "P2": "was in"}"#);
    place.replace("run/model/relations.json", r#""name": "P2""#, r#""name": "was in""#);
    let arguments = ["--model", "run/model", "dev.json", "--index", "1", "--html", "page.html"];
    let done = place.run(&[&["extract"], &arguments[..]].concat()).succeeds();
    assert!(done.stdout.starts_with("Note 101: "), "{done:?}");
    assert!(done.stdout.contains("was in"), "{done:?}");
    let page = place.read("page.html");
    assert!(page.contains("<title>Note 101</title>") && page.contains("was in"));
}

#[test]
fn a_bad_document_is_skipped_and_named() {
    let place = Place::with_model();
    let mut documents = documents(12, 100);
    documents[1]["vertexSet"][0] = json!([]);
    documents[10]["labels"][0]["t"] = json!(7);
    place.write("some.json", &documents);
    let done = place.run(&["extract", "--model", "run/model", "some.json", "--json"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert_eq!(done.stdout.lines().count(), 10);
    let errors: Vec<&str> =
        done.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 2, "{done:?}");
    assert!(errors[0].contains("document 1 \"Note 101\", entity 0: has no mention"), "{done:?}");
    assert!(errors[1].contains("document 10 \"Note 110\", label 0: tail entity 7"), "{done:?}");
    // Who asks for a good one isn't troubled with the others.
    let one = ["extract", "--model", "run/model", "some.json", "--index", "2"];
    place.run(&one).succeeds();
}

#[test]
fn unusual_documents_are_read() {
    let place = Place::with_model();
    let mention = |start: usize, end: usize| json!({"pos": [start, end], "sent_id": 0});
    let sents = json!([["The", "New", "York", "University", "Press", "sang", "."]]);
    let document = |title: &str, entities: Value| json!({"title": title, "sents": sents, "vertexSet": entities});
    place.write(
        "some.json",
        &json!([
            document("nested", json!([[mention(1, 3)], [mention(1, 4)], [mention(0, 7)]])),
            document("overlapping", json!([[mention(1, 4)], [mention(2, 5)]])),
            document("the same", json!([[mention(1, 4)], [mention(1, 4)]])),
            document("no entity", json!([])),
            document("one entity", json!([[mention(1, 4)]])),
            json!({"title": "empty sentence", "sents": [[]], "vertexSet": []}),
            json!({"title": "escape \u{1b}[31m\n", "sents": [["\u{a0}", "", "東京"]], "vertexSet": []}),
        ]),
    );
    place.run(&["stats", "some.json"]).succeeds();
    let done = place.run(&["extract", "--model", "run/model", "some.json"]).succeeds();
    assert!(done.stderr.contains("7 documents read, 0 skipped"), "{done:?}");
    assert!(!done.stdout.contains('\u{1b}'), "{done:?}");
    let predict = ["predict", "--model", "run/model", "--data", "some.json", "--output", "r.jsonl"];
    place.run(&predict).succeeds();
}

#[test]
fn a_closed_pipe_is_no_mistake() {
    let place = Place::new();
    place.write("many.json", &documents(50, 0));
    let program = format!(
        "'{PROGRAM}' stats many.json | true; exec 2>&1; '{PROGRAM}' stats many.json --json | head -n 1"
    );
    let output = Command::new("sh").args(["-c", &program]).current_dir(place.path()).output();
    let output = output.unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(output.stdout, b"{\n");
}

#[test]
fn the_version_is_told() {
    let done = Place::new().run(&["--version"]).succeeds();
    assert_eq!(done.stdout.trim(), format!("docre {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn quickstart_needs_the_repository() {
    Place::new()
        .run(&["quickstart"])
        .refuses(&["recipes/quickstart.toml", "root of docre's repository"]);
}

#[test]
fn reading_is_measured_without_a_model() {
    let data = path(&repository("corpus/world/dev"));
    let encoder = path(&golden("encoders/bert"));
    let arguments = ["bench", "--mode", "read", "--data", &data, "--encoder", &encoder];
    let place = Place::new();
    let measured = place.run(&[&arguments[..], &["--json"]].concat()).succeeds().json();
    assert_eq!(measured["docs"], 24);
    let kept = measured["kept_bytes_per_doc"].as_f64().unwrap();
    assert!((1000.0..10_000.0).contains(&kept), "{kept}");
    for threads in ["one_thread", "all_threads"] {
        for rate in ["read_docs_per_s", "examples_docs_per_s", "examples_s"] {
            assert!(measured[threads][rate].as_f64().unwrap() > 0.0, "{measured}");
        }
    }
    let table = place.run(&arguments).succeeds().stdout;
    assert!(table.contains("documents a second, as examples"), "{table}");
    place.write("train.json", &documents(2, 0));
    place.replace("train.json", "\"labels\"", "\"notes\"");
    let refused = ["bench", "--mode", "read", "--data", "train.json", "--encoder", &encoder];
    place.run(&refused).refuses(&["train.json: document 0", "has no labels"]);
}

#[test]
fn training_and_inference_are_measured() {
    let encoder = path(&golden("encoders/bert"));
    let bench = |more: &[&'static str]| {
        let begin = ["bench", "--encoder", &encoder, "--data", "docs.json"];
        [&begin[..], more].concat().into_iter().map(String::from).collect::<Vec<_>>()
    };
    let place = Place::new();
    let run = |more: &[&'static str]| {
        let arguments = bench(more);
        place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mut docs = documents(7, 0);
    // A document without a pair can't be trained on, and is passed over.
    let alone = &mut docs[1];
    alone["vertexSet"].as_array_mut().unwrap().truncate(1);
    alone["labels"] = json!([]);
    place.write("docs.json", &docs);
    for mode in ["train", "infer"] {
        let measured =
            run(&["--mode", mode, "--batch", "2", "--docs", "2", "--precision", "bf16", "--json"]);
        let measured = measured.succeeds().json();
        assert_eq!(measured["mode"], mode);
        assert!(
            ["f32", "amx-bf16", "avx512-bf16"].map(Value::from).contains(&measured["products"])
        );
        for number in ["docs_per_s", "tokens_per_s", "median_step_s", "matmul_share"] {
            assert!(measured[number].as_f64().unwrap() > 0.0, "{measured}");
        }
    }
    run(&["--mode", "train", "--batch", "2", "--docs", "3"]).refuses(&["docs", "3", "multiple"]);
    for mode in ["train", "infer"] {
        run(&["--mode", mode, "--docs", "40"]).refuses(&["docs.json", "6 documents", "48"]);
    }
    run(&["--mode", "infer", "--batch", "0"]).refuses(&["batch", "at least 1"]);
    let huge = usize::MAX - 3;
    place
        .run(
            &["bench", "--mode", "infer", "--encoder", &encoder, "--data", "docs.json", "--docs"]
                .into_iter()
                .chain([huge.to_string().as_str()])
                .collect::<Vec<_>>(),
        )
        .refuses(&["docs", "more than there can be"]);
    run(&["--mode", "infer", "--tokenizer", "nowhere"]).refuses(&["--tokenizer", "random-base"]);
    run(&["--mode", "infer", "--sweep", "--docs", "0"]).refuses(&["docs", "0"]);
    run(&["--mode", "read", "--sweep"]).refuses(&["--sweep", "train or infer"]);
    run(&["--mode", "infer", "--precision", "f16"]).refuses(&["f32, bf16, int8 or bf16-emulated"]);
    // Inference needs no labels, but without them only a list of relations tells the classes.
    for document in docs.as_array_mut().unwrap() {
        document.as_object_mut().unwrap().remove("labels");
    }
    place.write("docs.json", &docs);
    place.write("rel2id.json", &json!({"Na": 0, "P17": 1}));
    let few = ["--batch", "2", "--docs", "2"];
    run(&[&["--mode", "infer"][..], &few].concat()).refuses(&["docs.json", "give a rel2id.json"]);
    let known = [&few[..], &["--rel", "rel2id.json"]].concat();
    run(&[&["--mode", "infer"][..], &known].concat()).succeeds();
    run(&[&["--mode", "train"][..], &known].concat()).refuses(&["docs.json", "without labels"]);
    place.write("docs.json", &json!([]));
    run(&["--mode", "infer", "--sweep"]).refuses(&["docs.json", "no relation"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_opened_once() {
    let place = Place::with_model();
    let predict = ["predict", "--model", "run/model", "--data", "dev.json", "--output"];
    place.run(&[&predict[..], &["result.json"]].concat()).succeeds();
    assert!(Command::new("mkfifo").arg(place.at("pipe")).status().unwrap().success());
    let pipe = place.at("pipe");
    let reader = std::thread::spawn(move || {
        let mut read = (1..).map(|time| (time, fs::read_to_string(&pipe).unwrap()));
        read.find(|(_, text)| !text.is_empty()).unwrap()
    });
    place.run(&[&predict[..], &["pipe"]].concat()).succeeds();
    assert_eq!(reader.join().unwrap(), (1, place.read("result.json")));
}
