//! What is computed on the device that `DOCRE_TEST_DEVICE` names is what the CPU
//! computes. Without the variable the CPU is compared with itself.

mod support;

use serde_json::{Value, json};
use support::{Done, Place, documents};

/// How far losses and scores may be apart: both devices add in single precision, each in
/// its own order, and a run's steps carry the difference on.
const APART: f64 = 2e-3;

fn device() -> String {
    std::env::var("DOCRE_TEST_DEVICE").unwrap_or_else(|_| "cpu".into())
}

/// The losses of a run's steps, in order.
fn losses(place: &Place, run: &str) -> Vec<f64> {
    let log = place.read(&format!("{run}/metrics.jsonl"));
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["event"] == "step").map(|e| e["loss"].as_f64().unwrap()).collect()
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

#[test]
fn a_run_goes_the_same_way_and_its_model_finds_the_same_facts() {
    let place = Place::with_recipe();
    let train = |device: &str, run: &str| {
        let set = format!("device={device}");
        place.run(&["train", "recipe.toml", "--run", run, "--set", &set]).succeeds();
        losses(&place, run)
    };
    let (here, there) = (train("cpu", "cpu"), train(&device(), "other"));
    assert!(here.len() > 10 && here.len() == there.len(), "{here:?} {there:?}");
    for (step, (here, there)) in here.iter().zip(&there).enumerate() {
        assert!((here - there).abs() < APART * here.max(1.0), "step {step}: {here}, {there}");
    }
    let extract = |device: &str| {
        let arguments = ["extract", "--model", "other/model", "dev.json", "--json", "--device"];
        facts(&place.run(&[&arguments[..], &[device]].concat()).succeeds())
    };
    let (here, there) = (extract("cpu"), extract(&device()));
    assert!(!here.is_empty());
    assert_eq!(here.len(), there.len(), "{here:?} {there:?}");
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here.0, there.0);
        assert!((here.1 - there.1).abs() < APART, "{here:?} {there:?}");
    }
}

#[test]
fn documents_with_nothing_to_find_are_read() {
    let place = Place::with_model();
    let mut odd = documents(4, 0);
    odd[0]["vertexSet"] = json!([]);
    odd[1]["vertexSet"] = json!([odd[1]["vertexSet"][0]]);
    (0..2).for_each(|i| odd[i]["labels"] = json!([]));
    for (name, some) in [("none.json", 0..1), ("one.json", 1..2), ("all.json", 0..4)] {
        place.write(name, &Value::from(odd.as_array().unwrap()[some].to_vec()));
        let arguments = ["extract", "--model", "run/model", name, "--json", "--device"];
        let found = place.run(&[&arguments[..], &[&device()]].concat()).succeeds();
        let wanted = place.run(&[&arguments[..], &["cpu"]].concat()).succeeds();
        assert_eq!(facts(&found).len(), facts(&wanted).len(), "{name}");
    }
}

#[test]
fn a_device_that_is_not_there_is_named() {
    let place = Place::with_model();
    let extract =
        |device| place.run(&["extract", "--model", "run/model", "dev.json", "--device", device]);
    extract("gpu").refuses(&["--device", "cpu, cuda or wgpu", "gpu"]);
    extract("cuda:one").refuses(&["--device", "cuda:1", "cuda:one"]);
    let train = |device: &str| {
        place.run(&["train", "recipe.toml", "--run", "new", "--set", &format!("device={device}")])
    };
    train("tpu").refuses(&["recipe.toml: device", "cpu, cuda or wgpu", "tpu"]);
    #[cfg(not(feature = "cuda"))]
    {
        extract("cuda").refuses(&["device: is cuda", "--features cuda"]);
        train("cuda:1").refuses(&["device: is cuda:1", "--features cuda"]);
    }
    #[cfg(not(feature = "wgpu"))]
    extract("wgpu").refuses(&["device: is wgpu", "--features wgpu"]);
    #[cfg(feature = "wgpu")]
    extract("wgpu:999").refuses(&["device: is wgpu:999", "counted from 0"]);
    assert!(!place.at("new").exists());
}
