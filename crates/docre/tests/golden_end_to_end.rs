//! From text to entities against golden values: labels of tokens, clusters of mentions, scores.

#![cfg(feature = "model")]

mod support;

use docre::{
    coref::{Linkage, cluster},
    document::{Document, Entity, Fact, Mention},
    eval::{Counts, EndToEnd},
    mention::Crf,
};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use support::f32s;

/// A golden file and its tensors.
struct Golden {
    list: Value,
    bytes: Vec<u8>,
}

impl Golden {
    fn read(name: &str) -> Self {
        let bytes = std::fs::read(support::golden(&format!("{name}.safetensors"))).unwrap();
        Self { list: support::golden_json(&format!("{name}.json")), bytes }
    }

    fn cases(&self) -> &[Value] {
        self.list["cases"].as_array().unwrap()
    }

    /// The values of the tensor that a case names, in 64 bits.
    fn values(&self, case: &Value, kind: &str, name: &str) -> Vec<f64> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = tensors.tensor(case[kind][name].as_str().unwrap()).unwrap();
        let bytes = view.data();
        match view.dtype() {
            safetensors::Dtype::F64 => support::f64s(&view),
            safetensors::Dtype::I32 => {
                let number = |b: &[u8]| f64::from(i32::from_le_bytes(b.try_into().unwrap()));
                bytes.chunks_exact(4).map(number).collect()
            }
            safetensors::Dtype::I64 => {
                let number = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap()) as f64;
                bytes.chunks_exact(8).map(number).collect()
            }
            _ => f32s(&view).into_iter().map(f64::from).collect(),
        }
    }

    fn numbers(&self, case: &Value, kind: &str, name: &str) -> Vec<usize> {
        self.values(case, kind, name).into_iter().map(|value| value as usize).collect()
    }
}

fn assert_close(what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{what}: number of values");
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-9 + 1e-9 * want.abs(), "{what}: {got}, expected {want}");
    }
}

#[test]
fn the_likelihood_of_labels_its_gradients_and_the_best_path() {
    let golden = Golden::read("crf");
    assert!(golden.cases().len() >= 10);
    for case in golden.cases() {
        let name = case["name"].as_str().unwrap();
        let input = |of: &str| golden.values(case, "inputs", of);
        let output = |of: &str| golden.values(case, "outputs", of);
        let crf = Crf::new(&input("transitions"), &input("start"), &input("end"));
        let (emissions, tags) = (input("emissions"), golden.numbers(case, "inputs", "tags"));
        let (likelihood, gradients) = crf.log_likelihood(&emissions, &tags);
        assert_close(name, &[likelihood], &output("log_likelihood"));
        assert_close(name, &[crf.log_partition(&emissions)], &output("log_partition"));
        assert_close(name, &[crf.score(&emissions, &tags)], &output("gold_score"));
        assert_close(name, &gradients.emissions, &output("grad_emissions"));
        assert_close(name, &gradients.transitions, &output("grad_transitions"));
        assert_close(name, &gradients.start, &output("grad_start"));
        assert_close(name, &gradients.end, &output("grad_end"));
        let (path, score) = crf.best_path(&emissions);
        assert_close(name, &[score], &output("best_score"));
        assert_eq!(path, golden.numbers(case, "outputs", "best_path"), "{name}");
    }
}

#[test]
fn clusters_of_mentions_and_how_they_came() {
    let golden = Golden::read("cluster");
    assert!(golden.cases().len() >= 40);
    for case in golden.cases() {
        let name = case["name"].as_str().unwrap();
        let table = golden.values(case, "inputs", "similarity");
        let settings = &case["hyperparameters"];
        let count = (table.len() as f64).sqrt() as usize;
        let similarity = |i: usize, j: usize| {
            let (there, back) = (table[i * count + j], table[j * count + i]);
            if settings["both_ways"] == "mean" { (there + back) / 2.0 } else { there }
        };
        let linkage =
            if settings["linkage"] == "average" { Linkage::Average } else { Linkage::Complete };
        let threshold = settings["threshold"].as_f64().unwrap();
        let (labels, merges) = cluster(count, similarity, threshold, linkage);
        assert_eq!(labels, golden.numbers(case, "outputs", "labels"), "{name}");
        let pairs: Vec<usize> = merges.iter().flat_map(|m| [m.first, m.second]).collect();
        assert_eq!(pairs, golden.numbers(case, "outputs", "merges"), "{name}");
        let similarities: Vec<f64> = merges.iter().map(|merge| merge.similarity).collect();
        assert_close(name, &similarities, &golden.values(case, "outputs", "merge_similarity"));
    }
}

fn document(entities: &Value) -> Document {
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    let entity = |entity: &Value| {
        let mention = |span: &Value| {
            Mention::new("", 0, number(&span[0])..number(&span[1]))
                .of_kind(entity["type"].as_str().unwrap())
        };
        Entity::new(entity["mentions"].as_array().unwrap().iter().map(mention).collect::<Vec<_>>())
    };
    let fact = |fact: &Value| {
        Fact::new(number(&fact["h"]), fact["r"].as_str().unwrap(), number(&fact["t"]))
    };
    Document {
        entities: entities["entities"].as_array().unwrap().iter().map(entity).collect(),
        facts: Some(entities["relations"].as_array().unwrap().iter().map(fact).collect()),
        ..Document::default()
    }
}

/// Fails unless each number that is expected is there, close to it.
fn assert_has(what: &str, got: &Value, want: &Value) {
    match want {
        Value::Object(members) => {
            for (key, want) in members {
                assert_has(&format!("{what}.{key}"), &got[key], want);
            }
        }
        want => {
            let (got, want) = (got.as_f64(), want.as_f64());
            let apart = got.zip(want).map(|(got, want)| (got - want).abs());
            assert!(apart.is_some_and(|a| a < 1e-12), "{what}: {got:?}, expected {want:?}");
        }
    }
}

#[test]
fn scores_from_text_to_facts() {
    let golden = Golden::read("joint");
    assert!(golden.cases().len() >= 25);
    for case in golden.cases() {
        let mut scores = EndToEnd::default();
        for pair in case["documents"].as_array().unwrap() {
            scores.add(&document(&pair["gold"]), &document(&pair["predicted"]));
        }
        let mut expected = case["expected"].clone();
        expected.as_object_mut().unwrap().remove("table_to_graph_reference");
        assert_has(case["name"].as_str().unwrap(), &json!(scores), &expected);
    }
}

#[test]
fn what_is_not_found_counts_as_missed() {
    let gold = document(&json!({"entities": [{"type": "PER", "mentions": [[0, 1], [4, 5]]}],
        "relations": []}));
    let mut scores = EndToEnd::default();
    scores.add(&gold, &Document::default());
    assert_eq!(scores.mention_span, Counts { correct: 0, predicted: 0, gold: 2 });
    assert_eq!(scores.coreference.scores().conll(), 0.0);
}
