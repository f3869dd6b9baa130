//! Texts and dialogues through the program: training, scores, labels of new texts.

mod support;

use serde_json::{Value, json};
use support::{Place, golden};

/// Texts in which "good" means joy, "bad" means anger, and neither of them is neutral.
fn texts(count: usize, first: usize) -> String {
    let text = |number: usize| {
        let (word, labels) = match number % 4 {
            0 => ("good", json!(["joy"])),
            1 => ("bad", json!(["anger"])),
            2 => ("good and bad", json!(["anger", "joy"])),
            _ => ("grey", json!(["neutral"])),
        };
        json!({"id": format!("t{number}"), "text": format!("it is {word} there"), "labels": labels})
    };
    (first..first + count).map(|number| format!("{}\n", text(number))).collect()
}

/// A dialogue in which the speaker's friend is named.
fn dialogue(number: usize) -> Value {
    let name = ["Anna", "Otto", "Ida"][number % 3];
    let pair = |x: &str, y: &str, relation: &str, id: usize| {
        json!({"x": x, "x_type": "PER", "y": y, "y_type": "PER",
            "r": [relation], "rid": [id], "t": [""]})
    };
    json!([
        [format!("Speaker 1: Hi, my friend {name}."), "Speaker 2: Hi!".to_string()],
        [pair("Speaker 1", name, "per:friends", 9), pair("Speaker 2", name, "unanswerable", 37),]
    ])
}

fn recipe(data: &str, relation: &str, loss: &str) -> String {
    let encoder = golden("encoders/bert");
    format!(
        "name = \"small\"\n[data]\n{data}\n[encoder]\nfrom = {encoder:?}\n[relation]\n{relation}\n\
         [loss]\nkind = \"{loss}\"\n[optimizer]\nencoder_rate = 1e-3\nhead_rate = 3e-2\n\
         [schedule]\nepochs = 16\nbatch = 4\n"
    )
}

const TEXTS: &str = "train = \"train.jsonl\"\ndev = \"dev.jsonl\"\nnone = \"neutral\"";
const DIALOGUES: &str = "train = \"train.json\"\ndev = \"dev.json\"";

fn with_texts(loss: &str) -> Place {
    let place = Place::new();
    place.write_text("train.jsonl", &texts(48, 0));
    place.write_text("dev.jsonl", &texts(12, 100));
    place.write_text("recipe.toml", &recipe(TEXTS, "kind = \"text\"", loss));
    place
}

fn with_dialogues(relation: &str) -> Place {
    let place = Place::new();
    place.write("train.json", &(0..12).map(dialogue).collect());
    place.write("dev.json", &(3..8).map(dialogue).collect());
    place.write_text("recipe.toml", &recipe(DIALOGUES, relation, "atl"));
    place
}

#[test]
fn a_text_model_is_trained_scored_and_used() {
    let place = with_texts("ncrl");
    let trained = place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
    assert!(trained.stderr.contains("mAP"), "{trained:#?}");
    let evaluate = ["evaluate", "--model", "run/model", "--truth", "dev.jsonl", "--json"];
    let scores = place.run(&evaluate).succeeds().json();
    assert!(scores["f1"].as_f64().unwrap() > 0.9, "{scores}");
    assert!(scores["map"].as_f64().unwrap() > 0.9, "{scores}");
    assert_eq!(scores["counts"]["impossible_pairs"], 0, "{scores}");

    // New texts have no labels.
    place.write_text("new.txt", "it is good there\n\nit is grey there\n");
    let found = place.run(&["extract", "--model", "run/model", "new.txt", "--json"]).succeeds();
    let lines: Vec<Value> =
        found.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["id"], "0");
    assert_eq!(lines[0]["labels"][0]["label"], "joy");
    assert_eq!(lines[1], json!({"id": "2", "labels": []}));
    // A bad text is named, and doesn't keep the others from being labelled.
    let lines = ["it is good", " ", "it is bad"].map(|text| json!({"text": text}).to_string());
    place.write_text("some.jsonl", &lines.join("\n"));
    let some = place.run(&["extract", "--model", "run/model", "some.jsonl"]);
    assert_eq!((some.code, some.stdout.lines().count()), (Some(2), 2), "{some:#?}");
    assert!(some.stderr.contains("text 1 (line 2), the text is empty"), "{some:#?}");
    assert!(some.stderr.contains("2 texts read, 1 skipped, 2 labels found"), "{some:#?}");
    let shown = place.run(&["extract", "--model", "run/model", "new.txt"]).succeeds();
    assert!(shown.stdout.starts_with("0: joy "), "{shown:#?}");
    assert!(shown.stdout.ends_with("2: none\n"), "{shown:#?}");

    let predict =
        ["predict", "--model", "run/model", "--data", "dev.jsonl", "--output", "out.json"];
    place.run(&predict).succeeds();
    let predictions: Value = serde_json::from_str(&place.read("out.json")).unwrap();
    assert_eq!(predictions[0]["title"], "t100");
    assert_eq!(predictions[0]["r"], "joy");
    let of_file = ["evaluate", "--predictions", "out.json", "--truth", "dev.jsonl", "--json"];
    let of_file = [&of_file[..], &["--none", "neutral"]].concat();
    assert_eq!(place.run(&of_file).succeeds().json()["f1"], scores["f1"]);
    // Neither to say that nothing holds, nor what is said of a text that isn't judged, is wrong.
    let both = json!({"id": "odd", "text": "it is", "labels": ["joy", "neutral"]});
    place.write_text("dev.jsonl", &format!("{}{both}\n", texts(12, 100)));
    let mut more = predictions.as_array().unwrap().clone();
    for (title, label) in [("odd", "joy"), ("t103", "neutral")] {
        more.push(json!({"title": title, "h_idx": 0, "t_idx": 0, "r": label}));
    }
    place.write("out.json", &json!(more));
    assert_eq!(place.run(&of_file).succeeds().json()["f1"], scores["f1"]);
    // A file in which every text has a label is as good.
    let labelled = texts(12, 100)
        .lines()
        .filter(|line| !line.contains("neutral"))
        .fold(String::new(), |all, line| all + line + "\n");
    place.write_text("labelled.jsonl", &labelled);
    place.run(&["evaluate", "--model", "run/model", "--truth", "labelled.jsonl"]).succeeds();

    place
        .run(&["extract", "--model", "run/model", "new.txt", "--index", "0", "--html", "page.html"])
        .refuses(&["html", "texts"]);
    place
        .run(&["analyze", "--predictions", "out.json", "--truth", "dev.jsonl"])
        .refuses(&["out.json", "texts"]);

    place
        .run(&["analyze", "--model", "run/model", "--truth", "dev.jsonl"])
        .refuses(&["run/model", "labelled as wholes"]);
}

#[test]
fn a_run_on_texts_repeats_itself_and_resumes() {
    let [first, second] = [0, 1].map(|_| {
        let place = with_texts("atl");
        place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
        place.bytes("run/model/model.safetensors")
    });
    assert!(first == second);
    let place = with_texts("atl");
    place.run_through_kills(|| {
        let mut arguments = vec!["train", "recipe.toml", "--run", "run"];
        if place.at("run/recipe.toml").exists() {
            arguments.push("--resume");
        }
        arguments
    });
    assert!(place.bytes("run/model/model.safetensors") == first);
}

#[test]
fn every_loss_trains_on_texts() {
    for loss in [
        "bce",
        "balanced-softmax",
        "aml",
        "afl",
        "pemscl",
        "sat",
        "mean-sat",
        "hinge-abl",
        "cmm",
        "arpdl",
    ] {
        let place = with_texts(loss);
        let place_run = ["train", "recipe.toml", "--run", "run", "--set", "schedule.epochs=1"];
        let arguments: Vec<&str> = match loss {
            "arpdl" => [&place_run[..], &["--set", "loss.level=pair"]].concat(),
            _ => place_run.to_vec(),
        };
        place.run(&arguments).succeeds();
    }
}

#[test]
fn a_margin_can_be_tuned_in_place_of_the_learned_threshold() {
    let place = with_texts("atl");
    let arguments = ["train", "recipe.toml", "--run", "run", "--set", "decision.rule=tuned-margin"];
    place.run(&arguments).succeeds();
    let config = place.read("run/model/config.toml");
    assert!(config.contains("rule = \"tuned-margin\"\nthreshold = 0."), "{config}");
}

#[test]
fn settings_that_mean_nothing_for_texts_are_refused() {
    let place = with_texts("atl");
    for (change, part) in [
        ("data.relations=rel2id.json", "data.relations"),
        ("data.names=names.json", "data.names"),
        ("loss.prior.level=type-pair", "type-pair"),
        ("relation.kind=atlop", "data.none"),
        ("data.pairs=labelled", "data.pairs"),
        ("data.none=nothing", "no text has the none class \"nothing\""),
    ] {
        let set = ["train", "recipe.toml", "--run", "run", "--set", change];
        place.run(&set).refuses(&[part]);
        assert!(!place.at("run").exists(), "{change}");
    }
    place.write_text("train.jsonl", "{\"text\": \"a\", \"labels\": [\"neutral\"]}\n");
    let run = ["train", "recipe.toml", "--run", "run"];
    place.run(&run).refuses(&["train.jsonl"]);
}

#[test]
fn dialogues_are_classified_by_pair_and_by_document() {
    for relation in ["kind = \"bert-s\"", "kind = \"atlop\"\nwidth = 32\nblock = 8"] {
        let place = with_dialogues(relation);
        place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
        let arguments =
            ["evaluate", "--model", "run/model", "--truth", "dev.json", "--dialogues", "--json"];
        let scores = place.run(&arguments).succeeds().json();
        let dialogues = &scores["dialogues"];
        assert_eq!(dialogues["counts"]["gold"], 5, "{scores}");
        // So small an encoder confuses who speaks, and how CPUs round decides whether it misses
        // one of the five friends.
        let recall = dialogues["recall"].as_f64().unwrap();
        assert!(recall >= 0.8, "{scores}");
        assert!(dialogues["f1"].as_f64().unwrap() > 0.6, "{scores}");
        // Of the two pairs of a dialogue one has no relation, which counts as recall 0.
        let conversational = dialogues["conversational"]["recall"].as_f64().unwrap();
        assert!((recall / 2.0 - 0.1..=recall / 2.0).contains(&conversational), "{scores}");
        let predict =
            ["predict", "--model", "run/model", "--data", "dev.json", "--output", "out.json"];
        place.run(&predict).succeeds();
        let of_file = ["evaluate", "--predictions", "out.json", "--truth", "dev.json", "--json"];
        assert_eq!(place.run(&of_file).succeeds().json()["counts"], scores["counts"]);
        let shown = place.run(&arguments[..6]).succeeds();
        assert!(shown.stdout.contains("F1c"), "{shown:#?}");
        // A bad dialogue doesn't keep the others from being read.
        let mut some: Vec<Value> = (3..6).map(dialogue).collect();
        some[1][1][0].as_object_mut().unwrap().remove("x");
        place.write("some.json", &json!(some));
        let some = place.run(&["extract", "--model", "run/model", "some.json"]);
        assert_eq!(some.code, Some(2), "{some:#?}");
        assert!(some.stderr.contains("1 skipped"), "{some:#?}");
        let analyze =
            ["analyze", "--model", "run/model", "--truth", "dev.json", "--html", "page.html"];
        place.run(&analyze).succeeds();
        assert!(place.read("page.html").contains("Anna"));
    }
}

#[test]
fn unlabelled_pairs_of_dialogues_may_be_left_out() {
    let place = with_dialogues("kind = \"atlop\"\nwidth = 32\nblock = 8");
    let train = ["train", "recipe.toml", "--run", "run", "--set", "data.pairs=labelled"];
    place.run(&train).succeeds();
    assert!(place.read("run/recipe.toml").contains("pairs = \"labelled\""));
    // What holds of other pairs isn't asked, so nothing is predicted for them either.
    let predicted: Vec<Value> = serde_json::from_str(&place.read("run/predictions.json")).unwrap();
    let pair = |fact: &Value| (fact["h_idx"].as_u64().unwrap(), fact["t_idx"].as_u64().unwrap());
    assert!(predicted.iter().map(pair).all(|pair| [(0, 1), (2, 1)].contains(&pair)));
    assert!(!predicted.is_empty());

    place.write("train.json", &support::documents(4, 0));
    let refused = place.run(&[&train[..3], &["other", "--set", "data.pairs=labelled"]].concat());
    refused.refuses(&["train.json", "which of its pairs were labelled", "data.pairs"]);
    assert!(!place.at("other").exists());
}

#[test]
fn what_is_about_entity_pairs_refuses_recipes_of_texts() {
    let place = with_texts("atl");
    place.write("docs.json", &support::documents(4, 0));
    place
        .run(&["audit", "recipe.toml", "--data", "docs.json", "--folds", "2"])
        .refuses(&["relation.kind", "entity pairs"]);
    let encoder = golden("encoders/bert");
    let encoder = encoder.to_str().unwrap();
    let bench = ["bench", "--mode", "infer", "--encoder", encoder, "--data", "docs.json"];
    place
        .run(&[&bench[..], &["--relation", "text"]].concat())
        .refuses(&["relation.kind", "entity pairs"]);
}

#[test]
fn losses_are_compared_on_texts() {
    let place = with_texts("atl");
    let compare = ["compare", "rows.toml", "--markdown", "table.md", "--run", "compared", "--json"];
    place.write_text(
        "rows.toml",
        "name = \"losses\"\nbase = \"recipe.toml\"\nbaseline = \"ATL\"\nset.schedule.epochs = 2\n\
         [[rows]]\nname = \"ATL\"\n[[rows]]\nname = \"NCRL\"\nset.loss.kind = \"ncrl\"\n",
    );
    let rows = place.run(&compare).succeeds().json();
    assert!(rows["rows"][1]["scores"]["map"]["mean"].as_f64().is_some(), "{rows}");
    assert!(rows["rows"][1]["gain"]["p_value"].as_f64().is_some(), "{rows}");
    assert!(place.read("table.md").contains("mAP"));

    let pairs = with_dialogues("kind = \"bert-s\"");
    pairs.write_text(
        "rows.toml",
        "name = \"ways\"\nbase = \"recipe.toml\"\n[[rows]]\nname = \"pairs\"\n[[rows]]\n\
         name = \"documents\"\nset.relation.kind = \"atlop\"\n",
    );
    pairs.run(&["compare", "rows.toml"]).refuses(&["documents", "other things"]);
}

#[test]
fn measures_of_dialogues_need_a_model() {
    let place = with_dialogues("kind = \"atlop\"");
    place.write("result.json", &json!([]));
    let arguments = ["--predictions", "result.json", "--truth", "dev.json", "--dialogues"];
    let refused = place.run(&[&["evaluate"][..], &arguments].concat());
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--dialogues"), "{refused:#?}");
}

#[test]
fn measures_of_dialogues_are_refused_for_other_files() {
    let place = Place::with_model();
    let arguments = ["evaluate", "--model", "run/model", "--truth", "dev.json", "--dialogues"];
    place.run(&arguments).refuses(&["dev.json", "dialogue"]);
}
