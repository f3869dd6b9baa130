//! What a person is told: text as it was written, and what is unusual.

mod support;

use serde_json::{Value, json};
use support::{Place, documents};

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];

#[test]
fn names_and_sentences_read_as_text() {
    let place = Place::with_model();
    let mut all = documents(1, 0);
    all[0]["sents"][0] = json!([
        "The", "so", "-", "called", "Otto", "did", "n't", "meet", "Anna", "in", "Oslo", "."
    ]);
    all[0]["sents"][1] = json!(["他", "走", "了", "。"]);
    let mention = |name: &str, from: usize, to: usize, kind: &str| json!([{"name": name, "sent_id": 0, "pos": [from, to], "type": kind}]);
    all[0]["vertexSet"] = json!([
        mention("so - called Otto", 1, 5, "PER"),
        mention("Anna", 8, 9, "PER"),
        mention("Oslo", 10, 11, "LOC")
    ]);
    all[0]["labels"] = json!([]);
    place.write("one.json", &all);
    let page = ["extract", "--model", "run/model", "one.json", "--index", "0", "--html", "p.html"];
    let shown = place.run(&page).succeeds();
    if shown.stdout.contains("called") {
        assert!(shown.stdout.contains("so-called Otto"), "{shown:#?}");
    }
    let page = place.read("p.html");
    let page = page.replace("&#39;", "'").replace("&#x27;", "'");
    for text in ["so-called Otto", "didn't", "他走了。"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
}

#[test]
fn unknown_word_pieces_are_told_once_a_file() {
    let place = Place::with_model();
    let mut all = documents(3, 0);
    for document in all.as_array_mut().unwrap() {
        document["sents"][1] = json!("龘鱻驫".repeat(20).chars().collect::<Vec<_>>());
        document["vertexSet"][0].as_array_mut().unwrap().truncate(1);
        document["labels"].as_array_mut().unwrap().retain(|label| label["evidence"] == json!([0]));
    }
    place.write("dev.json", &all);
    let told = "warning: dev.json: ";
    let model = ["--model", "run/model"];
    for command in [
        [&["extract", "dev.json"][..], &model].concat(),
        [&["evaluate", "--truth", "dev.json"][..], &model].concat(),
        [&["predict", "--data", "dev.json", "--output", "p.json"][..], &model].concat(),
        vec!["train", "recipe.toml", "--run", "again", "--set", "schedule.epochs=1"],
    ] {
        let done = place.run(&command).succeeds();
        let lines = done.stderr.lines().filter(|line| line.starts_with(told));
        let lines: Vec<&str> = lines.filter(|line| line.contains("unknown")).collect();
        assert_eq!(lines.len(), 1, "{done:#?}");
        assert!(lines[0].contains(" % of the word pieces ("), "{lines:?}");
    }
    place.write("dev.json", &documents(3, 0));
    let done = place.run(&["extract", "dev.json", "--model", "run/model"]).succeeds();
    assert!(!done.stderr.contains("unknown"), "{done:#?}");
}

#[test]
fn evidence_that_no_label_names_has_no_score() {
    let place = Place::with_model();
    let mut all = documents(4, 100);
    for label in
        all.as_array_mut().unwrap().iter_mut().flat_map(|d| d["labels"].as_array_mut().unwrap())
    {
        label["evidence"] = json!([]);
    }
    place.write("dev.json", &all);
    let files = ["evaluate", "--model", "run/model", "--truth", "dev.json"];
    let shown = place.run(&files).succeeds();
    let row = shown.stdout.lines().find(|line| line.contains("evidence")).unwrap();
    assert!(row.contains("none") && !row.contains("0.00"), "{row}");
    let json = place.run(&[&files[..], &["--json"]].concat()).succeeds().json();
    assert_eq!(json["evidence_f1"], Value::Null);
    let analyse = ["analyze", "--model", "run/model", "--truth", "dev.json", "--json"];
    let analysed = place.run(&analyse).succeeds().json();
    let f1 = &analysed["facts"]["evidence"];
    assert_eq!((&f1["f1"], &f1["gold"]), (&Value::Null, &json!(0)), "{f1}");
}

#[test]
fn the_loss_is_a_mean_and_no_fact_is_said() {
    let place = Place::with_recipe();
    let short = ["--set", "schedule.epochs=1", "--set", "optimizer.head_rate=1e-9"];
    let none = ["--set", "optimizer.encoder_rate=1e-9"];
    let done = place.run(&[&TRAIN[..], &short, &none].concat()).succeeds();
    let log = place.read("run/metrics.jsonl");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let losses: Vec<f64> = lines.iter().filter_map(|line| line["loss"].as_f64()).collect();
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(losses.len() == 3 && done.stderr.contains(&format!("loss {mean:.4}")), "{done:#?}");
    let dev = lines.iter().find(|line| line["event"] == "dev").unwrap();
    let nothing = dev["predicted"] == 0;
    assert_eq!(done.stderr.contains("no fact predicted on dev"), nothing, "{done:#?}");
    place.write_text("none.json", "[]");
    let files = ["evaluate", "--predictions", "none.json", "--truth", "dev.json"];
    let none = place.run(&files).succeeds();
    assert!(none.stderr.contains("no fact is predicted, so all 16 are missed"), "{none:#?}");
}

#[test]
fn tables_of_stats_fit_a_terminal() {
    let place = Place::new();
    let mut all = documents(2, 0);
    let long = "a-very-long-type::with-parts::".repeat(5);
    all[0]["vertexSet"][0][0]["type"] = json!(long);
    all[0]["labels"][0]["r"] = json!(format!("{long} of words and more words"));
    all[0]["title"] = json!("A long title ".repeat(10));
    place.write("long.json", &all);
    let shown = place.run(&["stats", "long.json"]).succeeds();
    for line in shown.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_recipe_tells_where_its_data_come_from() {
    let place = Place::new();
    let done = place.run(&["train", "arpdl/table2-arpdl-atlop-dwie-minilm"]);
    done.refuses(&["data/dwie/train.jsonl", "DWIE", "docre convert annos_with_content"]);
}

#[test]
fn types_of_settings_are_told_in_plain_words() {
    for (setting, said) in [
        ("data.lenient='yes'", "should be true or false"),
        ("data.join='A'", "should be a list"),
        ("data.limit='A'", "should be a whole number, 0 or more"),
    ] {
        let place = Place::with_recipe();
        let done = place.run(&[&TRAIN[..], &["--set", setting]].concat()).refuses(&[said]);
        for rust in ["map", "sequence", "boolean", "i64", "usize", "struct"] {
            assert!(!done.stderr.contains(rust), "{done:#?}");
        }
    }
}
