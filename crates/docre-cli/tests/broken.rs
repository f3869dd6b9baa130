//! Broken input: each gives one message that says where and what, exit code 2, and
//! leaves every file as it was.

mod support;

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use support::{Place, copy, documents, golden};

/// What is done to a folder, then to the program, and what its message has to hold.
type Case<'a> = (&'a str, Box<dyn Fn(&Place)>, &'a str, &'a [&'a str]);

/// Runs each case in a folder of its own, which has documents, a recipe, an encoder and a
/// trained model.
#[track_caller]
fn check(cases: &[Case]) {
    let mut failures = Vec::new();
    for (name, spoil, arguments, parts) in cases {
        let place = Place::with_model();
        copy(&golden("encoders/bert"), &place.at("bert"));
        spoil(&place);
        let before = contents(&place);
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let done = place.run(&arguments);
        let outcome = std::panic::catch_unwind(|| {
            let done = done.refuses(parts);
            assert!(before == contents(&place), "files have changed: {:?}", place.files());
            done
        });
        match outcome {
            Ok(done) => println!("{name}: {}", done.stderr.trim()),
            Err(_) => failures.push(*name),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    place.files().into_iter().map(|name| (name.clone(), place.bytes(&name))).collect()
}

fn case<'a>(
    name: &'a str,
    spoil: impl Fn(&Place) + 'static,
    arguments: &'a str,
    parts: &'a [&'a str],
) -> Case<'a> {
    (name, Box::new(spoil), arguments, parts)
}

/// A case in which the run lacks nothing but its result, and so goes on from its checkpoint.
fn unfinished_case<'a>(
    name: &'a str,
    spoil: impl Fn(&Place) + 'static,
    arguments: &'a str,
    parts: &'a [&'a str],
) -> Case<'a> {
    let spoil = move |place: &Place| {
        fs::remove_file(place.at("run/result.json")).unwrap();
        spoil(place);
    };
    case(name, spoil, arguments, parts)
}

/// A case in which `dev.json` has one thing changed in its second document.
fn document_case<'a>(
    name: &'a str,
    change: impl Fn(&mut Value) + 'static,
    part: &'a [&'a str],
) -> Case<'a> {
    let spoil = move |place: &Place| {
        let mut documents = documents(3, 0);
        change(&mut documents[1]);
        place.write("dev.json", &documents);
    };
    case(name, spoil, "stats dev.json", part)
}

/// A case in which a file has this text.
fn text_case<'a>(name: &'a str, text: &'static [u8], part: &'a [&'a str]) -> Case<'a> {
    case(name, move |place| fs::write(place.at("dev.json"), text).unwrap(), "stats dev.json", part)
}

fn cut(place: &Place, name: &str) {
    let bytes = place.bytes(name);
    fs::write(place.at(name), &bytes[..bytes.len() / 2]).unwrap();
}

fn nothing(_: &Place) {}

fn without_labels(place: &Place, name: &str) {
    let mut documents = documents(2, 0);
    documents[1].as_object_mut().unwrap().remove("labels");
    place.write(name, &documents);
}

#[test]
fn documents_are_checked() {
    let second = "dev.json: document 1 \"Note 1\", ";
    check(&[
        document_case(
            "title is a number",
            |d| d["title"] = json!(5),
            &["dev.json: document 1", "title", "a text"],
        ),
        document_case(
            "title is empty",
            |d| d["title"] = json!(" "),
            &["document 1", "title: is empty"],
        ),
        document_case(
            "no sentences",
            |d| d["sents"] = json!([]),
            &[second, "there is no sentence"],
        ),
        document_case(
            "sentences are text",
            |d| d["sents"] = json!("Anna sings."),
            &[second, "sents", "a list"],
        ),
        document_case(
            "no entities",
            |d| {
                d.as_object_mut().unwrap().remove("vertexSet");
            },
            &[second, "vertexSet"],
        ),
        document_case(
            "entity without mentions",
            |d| d["vertexSet"][2] = json!([]),
            &[second, "entity 2: has no mention"],
        ),
        document_case(
            "negative token",
            |d| d["vertexSet"][0][1]["pos"] = json!([-1, 2]),
            &[second, "vertexSet[0][1].pos[0]", "0 or more"],
        ),
        document_case(
            "token is a fraction",
            |d| d["vertexSet"][0][1]["pos"] = json!([0.5, 2]),
            &[second, "pos[0]"],
        ),
        document_case(
            "three numbers",
            |d| d["vertexSet"][0][1]["pos"] = json!([0, 1, 2]),
            &[second, "has 3 numbers"],
        ),
        document_case(
            "mention is empty",
            |d| d["vertexSet"][0][1]["pos"] = json!([2, 2]),
            &[second, "entity 0, mention 1", "empty"],
        ),
        document_case(
            "mention ends late",
            |d| d["vertexSet"][0][1]["pos"] = json!([2, 40]),
            &[second, "token 40", "8 tokens"],
        ),
        document_case(
            "no such sentence",
            |d| d["vertexSet"][0][1]["sent_id"] = json!(90),
            &[second, "sentence 90 does not exist"],
        ),
        document_case(
            "no such tail",
            |d| d["labels"][3]["t"] = json!(14),
            &[second, "label 3: tail entity 14 does not exist (the document has 3 entities)"],
        ),
        document_case(
            "no such evidence",
            |d| d["labels"][0]["evidence"] = json!([50]),
            &[second, "evidence: sentence 50"],
        ),
        document_case(
            "relation is empty",
            |d| d["labels"][0]["r"] = json!(""),
            &[second, "the relation is empty"],
        ),
        document_case(
            "labels are an object",
            |d| d["labels"] = json!({}),
            &[second, "labels", "a list"],
        ),
        text_case("empty file", b"", &["dev.json: the file is empty"]),
        text_case("no JSON", b"hello", &["dev.json: should be a JSON list"]),
        text_case("list of numbers", b"[1, 2]", &["document 0 should be an object"]),
        text_case("list never ends", b"[", &["ends before its list does"]),
        text_case("byte order mark", b"\xef\xbb\xbf[]", &["byte order mark"]),
        text_case("compressed", b"\x1f\x8b\x08\x00", &["compressed"]),
        text_case("not UTF-8", b"[{\"title\": \"\xff\xfe\"}]", &["document 0", "not UTF-8"]),
        text_case(
            "NaN",
            b"[{\"title\": \"a\", \"sents\": [[\"a\"]], \"vertexSet\": NaN}]",
            &["document 0", "not JSON"],
        ),
        text_case("deep", &[b'['; 5000], &["ends in the middle of document 0"]),
        case(
            "truncated",
            |place| cut(place, "dev.json"),
            "stats dev.json",
            &["dev.json: the file ends in the middle of document"],
        ),
        case(
            "no comma",
            |place| {
                place.write_text(
                    "dev.json",
                    &documents(2, 0).to_string().replace("},{\"title", "}{\"title"),
                )
            },
            "stats dev.json",
            &["dev.json: "],
        ),
        case(
            "missing file",
            nothing,
            "stats nothing.json",
            &["nothing.json: cannot read", "No such file"],
        ),
        case("a folder", nothing, "stats run", &["run: is a folder without .ann files"]),
        case(
            "names are a list",
            |place| place.write_text("names.json", "[]"),
            "stats dev.json --names names.json",
            &["names.json", "an object"],
        ),
    ]);
}

#[test]
fn truth_and_predictions_are_checked() {
    let prediction = |place: &Place, entry: Value| place.write("result.json", &json!([entry]));
    let evaluate = "evaluate --predictions result.json --truth dev.json";
    check(&[
        case(
            "truth without labels",
            |p| {
                without_labels(p, "dev.json");
                p.write("result.json", &json!([]));
            },
            evaluate,
            &["dev.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "model, truth without labels",
            |p| without_labels(p, "dev.json"),
            "evaluate --model run/model --truth dev.json",
            &["document 1", "has no labels"],
        ),
        case(
            "title twice in the truth",
            |p| {
                p.write("dev.json", &json!([documents(1, 5)[0], documents(1, 5)[0]]));
                p.write("result.json", &json!([]));
            },
            evaluate,
            &["document 1 \"Note 5\"", "document 0 has it too"],
        ),
        case(
            "train without labels",
            |p| {
                without_labels(p, "train.json");
                p.write("result.json", &json!([]));
            },
            "evaluate --predictions result.json --truth dev.json --train train.json",
            &["train.json: document 1", "has no labels"],
        ),
        case(
            "negative index",
            move |p| {
                prediction(p, json!({"title": "Note 100", "h_idx": -1, "t_idx": 0, "r": "P1"}))
            },
            evaluate,
            &["result.json: prediction 0: h_idx", "0 or more"],
        ),
        case(
            "no title",
            move |p| prediction(p, json!({"h_idx": 1, "t_idx": 0, "r": "P1"})),
            evaluate,
            &["prediction 0", "title"],
        ),
        case(
            "relation is a number",
            move |p| prediction(p, json!({"title": "Note 100", "h_idx": 1, "t_idx": 0, "r": 1})),
            evaluate,
            &["prediction 0: r", "a text"],
        ),
        case(
            "relation is empty",
            move |p| prediction(p, json!({"title": "Note 100", "h_idx": 1, "t_idx": 0, "r": ""})),
            evaluate,
            &["prediction 0: r"],
        ),
        case(
            "truncated predictions",
            |p| p.write_text("result.json", "[{\"title\": \"Note 100\", \"h_i"),
            evaluate,
            &["result.json: the file ends in the middle of prediction 0"],
        ),
        case("no predictions", nothing, evaluate, &["result.json: cannot read"]),
        case(
            "no model",
            nothing,
            "evaluate --model bert --truth dev.json",
            &["bert: is not a docre model"],
        ),
    ]);
}

#[test]
fn recipes_are_checked() {
    let train = "train recipe.toml --run new";
    check(&[
        case(
            "unknown key",
            |p| p.replace("recipe.toml", "epochs", "epoch"),
            train,
            &["recipe.toml: schedule", "`epoch`", "`epochs`"],
        ),
        case(
            "missing key",
            |p| p.replace("recipe.toml", "train = \"train.json\"", ""),
            train,
            &["recipe.toml: data", "`train`"],
        ),
        case(
            "no TOML",
            |p| p.replace("recipe.toml", "[data]", "[data"),
            train,
            &["recipe.toml: TOML"],
        ),
        case(
            "wrong type",
            |p| p.replace("recipe.toml", "epochs = 6", "epochs = \"six\""),
            train,
            &["recipe.toml: schedule.epochs", "six"],
        ),
        case(
            "unknown loss",
            nothing,
            "train recipe.toml --run new --set loss.kind=atp",
            &["loss", "atp", "`atl`"],
        ),
        case(
            "unknown relation encoder",
            nothing,
            "train recipe.toml --run new --set relation.kind=lstm",
            &["relation", "lstm", "atlop"],
        ),
        case(
            "set without =",
            nothing,
            "train recipe.toml --run new --set seed",
            &["set: \"seed\" has no ="],
        ),
        case(
            "set an unknown key",
            nothing,
            "train recipe.toml --run new --set schedule.speed=3",
            &["schedule", "speed"],
        ),
        case(
            "set a value's key",
            nothing,
            "train recipe.toml --run new --set name.first=a",
            &["name.first", "not a section"],
        ),
        case(
            "set a word for a number",
            nothing,
            "train recipe.toml --run new --set seed=many",
            &["seed", "many"],
        ),
        case(
            "negative rate",
            nothing,
            "train recipe.toml --run new --set optimizer.head_rate=-1",
            &["optimizer.head_rate", "above 0"],
        ),
        case(
            "infinite rate",
            nothing,
            "train recipe.toml --run new --set optimizer.encoder_rate=inf",
            &["optimizer.encoder_rate"],
        ),
        case(
            "no epoch",
            nothing,
            "train recipe.toml --run new --set schedule.epochs=0",
            &["schedule.epochs", "1 or more"],
        ),
        case(
            "warm-up of 2",
            nothing,
            "train recipe.toml --run new --set schedule.warmup=2.0",
            &["schedule.warmup", "[0, 1]"],
        ),
        case(
            "blocks don't fit",
            nothing,
            "train recipe.toml --run new --set relation.block=7",
            &["relation.block", "divide"],
        ),
        case(
            "cap of 0",
            nothing,
            "train recipe.toml --run new --set decision.rule=threshold-class --set decision.cap=0",
            &["decision.cap", "1 or more"],
        ),
        case(
            "no length",
            nothing,
            "train recipe.toml --run new --set data.max_length=1",
            &["data.max_length", "4"],
        ),
        case("no recipe", nothing, "train nothing.toml", &["nothing.toml: cannot read"]),
    ]);
}

#[test]
fn training_files_are_checked() {
    let train = "train recipe.toml --run new";
    let with_relations = "train recipe.toml --run new --set data.relations=rel2id.json";
    check(&[
        case("no training document", |p| p.write_text("train.json", "[]"), train, &["train.json"]),
        case(
            "no facts to learn",
            |p| {
                let mut all = documents(2, 0);
                all[0]["labels"] = json!([]);
                all[1]["labels"] = json!([]);
                p.write("train.json", &all);
            },
            train,
            &["train.json: holds no labelled fact"],
        ),
        case(
            "unlabelled training",
            |p| without_labels(p, "train.json"),
            train,
            &["train.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "unlabelled dev",
            |p| without_labels(p, "dev.json"),
            train,
            &["dev.json: document 1 \"Note 1\"", "has no labels"],
        ),
        case(
            "broken training",
            |p| cut(p, "train.json"),
            train,
            &["train.json: the file ends in the middle"],
        ),
        case(
            "column missing",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 3}"#),
            with_relations,
            &["rel2id.json", "\"P2\" has column 3"],
        ),
        case(
            "column twice",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P2": 1}"#),
            with_relations,
            &["rel2id.json", "both have column 1"],
        ),
        case(
            "relation twice",
            |p| p.write_text("rel2id.json", r#"{"Na": 0, "P1": 1, "P1": 2}"#),
            with_relations,
            &["rel2id.json", "given twice"],
        ),
        case(
            "a run is there",
            nothing,
            "train recipe.toml --run run",
            &["run: already holds a run", "which is finished"],
        ),
        case(
            "no run to resume",
            nothing,
            "train recipe.toml --run new --resume",
            &["new: holds no run: it has no recipe.toml"],
        ),
        case(
            "no recipe to resume",
            nothing,
            "train --run new --resume",
            &["new: has no run to resume"],
        ),
        case(
            "run under a file",
            nothing,
            "train recipe.toml --run dev.json/run",
            &["dev.json: is a file, where a folder should be"],
        ),
    ]);
}

#[test]
fn encoders_are_checked() {
    let train = "train recipe.toml --run new --set encoder.from=bert";
    check(&[
        case(
            "unknown, offline",
            nothing,
            "train recipe.toml --run new --set encoder.from=nobody --offline",
            &["encoder \"nobody\"", "offline"],
        ),
        case(
            "unknown to pull",
            nothing,
            "pull nobody --offline",
            &["encoder \"nobody\"", "minilm"],
        ),
        case("broken configuration", |p| cut(p, "bert/config.json"), train, &["bert/config.json"]),
        case(
            "other family",
            |p| p.replace("bert/config.json", "\"bert\"", "\"gpt2\""),
            train,
            &["bert/config.json", "gpt2"],
        ),
        case(
            "impossible heads",
            |p| {
                p.replace(
                    "bert/config.json",
                    "\"num_attention_heads\": 4",
                    "\"num_attention_heads\": 5",
                )
            },
            train,
            &["bert/config.json", "heads"],
        ),
        case(
            "no weights",
            |p| {
                for name in ["model.safetensors", "pytorch_model.bin"] {
                    fs::remove_file(p.at("bert").join(name)).unwrap();
                }
            },
            train,
            &["bert"],
        ),
        case(
            "truncated weights",
            |p| cut(p, "bert/model.safetensors"),
            train,
            &["bert/model.safetensors"],
        ),
        case(
            "weights of another size",
            |p| {
                p.replace(
                    "bert/config.json",
                    "\"intermediate_size\": 96",
                    "\"intermediate_size\": 95",
                )
            },
            train,
            &["bert/model.safetensors"],
        ),
        case("NaN in weights", |p| spoil_values(p, "bert/model.safetensors"), train, &["bert"]),
        case("broken tokenizer", |p| cut(p, "bert/tokenizer.json"), train, &["tokenizer.json"]),
        case(
            "no tokenizer",
            |p| {
                for name in ["tokenizer.json", "vocab.txt"] {
                    fs::remove_file(p.at("bert").join(name)).unwrap();
                }
            },
            train,
            &["bert", "tokenizer.json"],
        ),
        case("not an encoder", nothing, "pull run", &["run"]),
    ]);
}

/// NaN for the second half of the values in a file of weights.
fn spoil_values(place: &Place, name: &str) {
    let mut bytes = place.bytes(name);
    let half = bytes.len() / 8 * 4;
    let first = bytes.len() - half;
    for value in bytes[first..].chunks_mut(4) {
        value.copy_from_slice(&f32::NAN.to_le_bytes());
    }
    fs::write(place.at(name), bytes).unwrap();
}

#[test]
fn models_are_checked() {
    let extract = "extract --model run/model dev.json";
    check(&[
        case(
            "no model",
            nothing,
            "extract --model nothing dev.json",
            &["nothing: is not a docre model"],
        ),
        case(
            "no weights",
            |p| fs::remove_file(p.at("run/model/model.safetensors")).unwrap(),
            extract,
            &["run/model/model.safetensors: cannot read"],
        ),
        case(
            "truncated weights",
            |p| cut(p, "run/model/model.safetensors"),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "empty weights",
            |p| p.write_text("run/model/model.safetensors", ""),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "NaN in weights",
            |p| spoil_values(p, "run/model/model.safetensors"),
            extract,
            &["run/model/model.safetensors: tensor", "NaN"],
        ),
        case(
            "weights of another size",
            |p| p.replace("run/model/config.toml", "width = 32", "width = 64"),
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "other relations",
            |p| {
                p.replace(
                    "run/model/relations.json",
                    "\"relations\": [",
                    "\"relations\": [{\"id\": \"P0\", \"name\": \"a\"},",
                )
            },
            extract,
            &["run/model/model.safetensors"],
        ),
        case(
            "no relation",
            |p| {
                p.write_text("run/model/relations.json", "{\"none_id\": \"Na\", \"relations\": []}")
            },
            extract,
            &["run/model/relations.json", "no relation"],
        ),
        case(
            "newer format",
            |p| p.replace("run/model/config.toml", "format = 1", "format = 2"),
            extract,
            &["config.toml", "format 2", "format 1"],
        ),
        case(
            "unknown key",
            |p| p.replace("run/model/config.toml", "format = 1", "format = 1\nspeed = 2"),
            extract,
            &["config.toml", "speed"],
        ),
        case(
            "missing key",
            |p| p.replace("run/model/config.toml", "width = 32", ""),
            extract,
            &["run/model"],
        ),
        case(
            "broken tokenizer",
            |p| cut(p, "run/model/tokenizer.json"),
            extract,
            &["tokenizer.json"],
        ),
        case(
            "no such document",
            nothing,
            "extract --model run/model dev.json --index 9",
            &["dev.json: has no document with index 9", "4 documents"],
        ),
        case(
            "no such title",
            nothing,
            "extract --model run/model dev.json --title A",
            &["dev.json: has no document with title \"A\""],
        ),
        case(
            "the chosen document is bad",
            |p| {
                let mut all = documents(2, 0);
                all[1]["sents"] = json!([]);
                p.write("dev.json", &all);
            },
            "extract --model run/model dev.json --index 1",
            &["dev.json: document 1 \"Note 1\"", "no sentence"],
        ),
        case(
            "file ends early",
            |p| p.write_text("dev.json", "[{\"title\""),
            extract,
            &["dev.json: the file ends in the middle of document 0"],
        ),
    ]);
}

#[test]
fn checkpoints_are_checked() {
    let resume = "train --resume --run run";
    check(&[
        case(
            "another recipe",
            nothing,
            "train recipe.toml --run run --resume --set seed=7",
            &["run: holds the checkpoint of another recipe", "seed = 66", "seed = 7"],
        ),
        unfinished_case(
            "no checkpoint where it should be",
            |p| fs::remove_dir_all(p.at("run/checkpoint")).unwrap(),
            resume,
            &["run/checkpoint/"],
        ),
        unfinished_case(
            "pointer to another place",
            |p| p.write("run/checkpoint.json", &json!({"folder": "../run", "step": 18})),
            resume,
            &["run/checkpoint.json", "names \"../run\""],
        ),
        unfinished_case(
            "broken pointer",
            |p| p.write_text("run/checkpoint.json", "{"),
            resume,
            &["run/checkpoint.json"],
        ),
        unfinished_case(
            "broken state",
            |p| cut(p, &p.checkpoint("run", "state.json")),
            resume,
            &["run/checkpoint/", "state.json"],
        ),
        unfinished_case(
            "truncated weights",
            |p| cut(p, &p.checkpoint("run", "model.safetensors")),
            resume,
            &["run/checkpoint/", "model.safetensors"],
        ),
        unfinished_case(
            "truncated optimizer",
            |p| cut(p, &p.checkpoint("run", "optimizer.safetensors")),
            resume,
            &["run/checkpoint/", "optimizer.safetensors"],
        ),
        unfinished_case(
            "optimizer of another model",
            |p| {
                fs::copy(
                    p.at("bert/model.safetensors"),
                    p.at(&p.checkpoint("run", "optimizer.safetensors")),
                )
                .unwrap();
            },
            resume,
            &["run/checkpoint/", "optimizer.safetensors"],
        ),
        case(
            "another training file",
            |p| p.write("train.json", &documents(5, 0)),
            resume,
            &["train.json: gives other documents than when the run began"],
        ),
    ]);
}

#[test]
fn output_that_cannot_be_written_leaves_nothing() {
    check(&[
        case(
            "output under a file",
            nothing,
            "predict --model run/model --data dev.json --output dev.json/r.json",
            &["dev.json/r.json: cannot create"],
        ),
        case(
            "output is a folder",
            nothing,
            "predict --model run/model --data dev.json --output run",
            &["run: is a folder"],
        ),
        case(
            "output in no folder",
            nothing,
            "predict --model run/model --data dev.json --output a/b/r.json",
            &["a/b/r.json: cannot create"],
        ),
        case(
            "page in no folder",
            nothing,
            "extract --model run/model dev.json --index 0 --html a/page.html",
            &["a/page.html: cannot create"],
        ),
        case(
            "title twice",
            |p| {
                p.write("dev.json", &json!([documents(1, 5)[0], documents(1, 5)[0]]));
                p.write_text("r.json", "old");
            },
            "predict --model run/model --data dev.json --output r.json",
            &["document 1 \"Note 5\"", "document 0 has it too"],
        ),
        case(
            "bad document",
            |p| {
                let mut all = documents(3, 0);
                all[2]["sents"] = json!([]);
                p.write("dev.json", &all);
                p.write_text("r.json", "old");
            },
            "predict --model run/model --data dev.json --output r.json",
            &["document 2 \"Note 2\"", "no sentence"],
        ),
        #[cfg(target_os = "linux")]
        case(
            "disk full",
            nothing,
            "predict --model run/model --data dev.json --output /dev/full",
            &["/dev/full: cannot write", "No space left"],
        ),
    ]);
}

/// A limit on the length of files stands in for a full disk: it needs no rights.
#[cfg(unix)]
#[test]
fn a_run_on_a_full_disk_ends_with_a_message_and_goes_on_when_there_is_room() {
    let whole = Place::with_model();
    for blocks in [1, 20, 200, 1000] {
        let place = Place::with_recipe();
        let program = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec '{}' train recipe.toml --run run",
            support::PROGRAM
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &program])
            .current_dir(place.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{blocks}: {stderr}");
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{blocks}: {stderr}");
        assert!(errors[0].contains("run/") && errors[0].contains("writ"), "{blocks}: {stderr}");
        let parts = |name: &String| name.contains(".part") || name.contains(".tmp");
        assert!(!place.files().iter().any(parts), "{blocks}: {:?}", place.files());
        place.run(&["train", "recipe.toml", "--run", "run", "--resume"]).succeeds();
        let kept = "run/model/model.safetensors";
        assert!(whole.bytes(kept) == place.bytes(kept), "{blocks}");
    }
}
