//! Models in eight bits: computed with, kept on disk, and refused where they can't be had.

mod support;

use std::fs;

use serde_json::Value;
use support::{Done, Place, golden};

/// How far scores in eight bits may be from those in floats.
const APART: f64 = 0.1;

const WEIGHTS: &str = "small/model.safetensors";

/// A folder with a model, and the same in eight bits.
fn shrunk() -> Place {
    let place = Place::with_model();
    place.run(&["shrink", "run/model", "small"]).succeeds();
    place
}

fn extract(place: &Place, model: &str, precision: &str) -> Done {
    let arguments = ["extract", "--model", model, "dev.json", "--json", "--precision", precision];
    place.run(&arguments).succeeds()
}

/// Facts by document, head, relation and tail, each with its score.
fn facts(done: &Done) -> Vec<(String, f64)> {
    let documents = done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let facts = documents.flat_map(|document| {
        let facts = document["facts"].as_array().unwrap().clone();
        facts.into_iter().map(move |fact| {
            let score = fact["score"].as_f64().unwrap();
            let [head, relation, tail] = ["head", "relation", "tail"].map(|key| &fact[key]);
            (format!("{}: {head} {relation} {tail}", document["title"]), score)
        })
    });
    facts.collect()
}

/// The header of a file of tensors, and what is behind it.
fn header(place: &Place, name: &str) -> (Value, Vec<u8>) {
    let bytes = place.bytes(name);
    let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + length]).unwrap(), bytes[8 + length..].to_vec())
}

/// The name of a tensor in eight bits.
fn some_int8(header: &Value) -> String {
    let mut tensors = header.as_object().unwrap().iter();
    tensors.find(|(_, tensor)| tensor["dtype"] == "I8").expect("a tensor in eight bits").0.clone()
}

fn rewrite(place: &Place, change: impl FnOnce(&mut Value, &str)) {
    let (mut header, data) = header(place, WEIGHTS);
    let name = some_int8(&header);
    change(&mut header, &name);
    let text = serde_json::to_vec(&header).unwrap();
    let length = (text.len() as u64).to_le_bytes();
    fs::write(place.at(WEIGHTS), [&length[..], &text, &data].concat()).unwrap();
}

#[test]
fn a_shrunk_model_finds_the_same_facts_in_each_precision() {
    let place = shrunk();
    let want = facts(&extract(&place, "run/model", "f32"));
    assert!(!want.is_empty());
    for model in ["run/model", "small"] {
        for precision in ["f32", "bf16", "int8"] {
            let got = facts(&extract(&place, model, precision));
            assert_eq!(got.len(), want.len(), "{model}, {precision}: {got:?} {want:?}");
            for (got, want) in got.iter().zip(&want) {
                assert_eq!(got.0, want.0, "{model}, {precision}");
                assert!((got.1 - want.1).abs() < APART, "{model}, {precision}: {got:?} {want:?}");
            }
        }
    }
    let arguments = ["--truth", "dev.json", "--precision", "int8"];
    place.run(&[&["evaluate", "--model", "small"], &arguments[..]].concat()).succeeds();
}

#[test]
fn a_shrunk_model_takes_less_room_and_shrinking_it_again_changes_nothing() {
    let place = shrunk();
    let (before, after) = (place.bytes("run/model/model.safetensors"), place.bytes(WEIGHTS));
    assert!(2 * after.len() < before.len(), "{} of {}", after.len(), before.len());
    let again = place.run(&["shrink", "small", "again", "--json"]).succeeds().json();
    assert_eq!(again["model"], "again");
    assert_eq!(again["bytes"], again["bytes_before"]);
    assert!(again["bytes"].as_u64().unwrap() >= after.len() as u64);
    assert!(place.bytes("again/model.safetensors") == after);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = |name: &str| fs::metadata(place.at(name)).unwrap().mode();
        assert_eq!(mode(WEIGHTS), mode("small/config.toml"));
    }
}

#[test]
fn eight_bits_give_the_same_bits_on_any_number_of_threads() {
    let place = shrunk();
    let with = |threads: &str| {
        let arguments =
            ["extract", "--model", "small", "dev.json", "--json", "--precision", "int8"];
        let output = place.command(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let want = with("1");
    assert!(["2", "3", "8"].map(with).iter().all(|got| *got == want));
}

#[test]
fn broken_eight_bits_are_refused() {
    let read = |place: &Place| place.run(&["extract", "--model", "small", "dev.json"]);
    let place = shrunk();
    rewrite(&place, |header, name| {
        let scale = format!("{name}_scale");
        let tensors = header.as_object_mut().unwrap();
        let found = tensors.remove(&scale).unwrap();
        tensors.insert("another".into(), found);
    });
    read(&place).refuses(&["model.safetensors", "holds bytes", "_scale, are missing"]);

    let place = shrunk();
    rewrite(&place, |header, name| {
        let scale = &mut header[format!("{name}_scale")];
        let rows = scale["shape"][0].clone();
        scale["shape"] = serde_json::json!([1, rows]);
    });
    read(&place).refuses(&["model.safetensors", "_scale", "a scale for each row of"]);

    let place = shrunk();
    rewrite(&place, |header, name| {
        let shape = &mut header[name]["shape"];
        *shape = serde_json::json!([shape[1], shape[0]]);
    });
    read(&place).refuses(&["model.safetensors", "a scale for each row of"]);

    let place = shrunk();
    rewrite(&place, |header, name| {
        let shape = &mut header[name]["shape"];
        let count = shape[0].as_u64().unwrap() * shape[1].as_u64().unwrap();
        *shape = serde_json::json!([count]);
    });
    read(&place).refuses(&["model.safetensors", "is no matrix's"]);
}

#[test]
fn nothing_is_trained_in_eight_bits() {
    let place = Place::with_recipe();
    let train = ["train", "recipe.toml", "--run", "new", "--set", "precision=int8"];
    place.run(&train).refuses(&["precision", "int8", "nothing can be trained"]);
    assert!(!place.at("new").exists());
    let encoder = golden("encoders/bert").display().to_string();
    let bench = ["bench", "--mode", "train", "--encoder", &encoder, "--data", "train.json"];
    let more = ["--precision", "int8", "--docs", "2", "--batch", "1"];
    place.run(&[&bench[..], &more].concat()).refuses(&["precision", "nothing can be trained"]);
    let measured =
        ["bench", "--mode", "infer", "--encoder", &encoder, "--data", "train.json", "--json"];
    let json = place.run(&[&measured[..], &more].concat()).succeeds().json();
    assert_eq!(json["precision"], "int8", "{json}");
}

#[test]
fn a_folder_that_is_there_is_not_replaced() {
    let place = shrunk();
    place.run(&["shrink", "run/model", "run"]).refuses(&["run", "is there already"]);
    place.run(&["shrink", "run/model", "run/model"]).refuses(&["is there already"]);
    place.run(&["shrink", "dev.json", "other"]).refuses(&["dev.json"]);
    assert!(!place.at("other").exists());
}
