//! Decisions against their golden values.

#![cfg(feature = "model")]

mod support;

use docre::decision::Decision;
use safetensors::SafeTensors;
use serde_json::Value;

fn decision(case: &Value, tensors: &SafeTensors) -> Decision {
    let cap = usize::try_from(case["num_labels"].as_i64().unwrap_or(-1)).ok();
    match case["rule"].as_str().unwrap() {
        "threshold_class" => Decision::ThresholdClass { cap },
        "zero_threshold" => Decision::ZeroThreshold { cap },
        "global_probability" => {
            Decision::GlobalProbability { threshold: case["threshold"].as_f64().unwrap() as f32 }
        }
        "per_label_probability" => {
            let view = tensors.tensor(case["thresholds"].as_str().unwrap()).unwrap();
            Decision::PerLabelProbability { thresholds: support::f32s(&view) }
        }
        other => panic!("unknown rule {other}"),
    }
}

#[test]
fn every_case() {
    let list = support::golden_json("decide.json");
    let bytes = std::fs::read(support::golden("decide.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let cases = list["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let decision = decision(case, &tensors);
        let logits = tensors.tensor(case["logits"].as_str().unwrap()).unwrap();
        let classes = logits.shape()[1];
        let expected = support::f32s(&tensors.tensor(case["expected"].as_str().unwrap()).unwrap());
        for (row, (scores, expected)) in
            support::f32s(&logits).chunks(classes).zip(expected.chunks(classes)).enumerate()
        {
            let mut got = vec![0.0; classes];
            let chosen = decision.choose(scores);
            chosen.iter().for_each(|chosen| got[chosen.column] = 1.0);
            got[0] = f32::from(chosen.is_empty());
            assert_eq!(got, expected, "{name}, row {row}");
        }
    }
}

#[test]
fn a_fact_scores_by_its_distance_to_the_threshold() {
    let scores = [1.0, 3.0, 0.0];
    let score = |rule: Decision| rule.choose(&scores)[0].probability();
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    assert_eq!(score(Decision::ThresholdClass { cap: None }), sigmoid(2.0));
    assert_eq!(score(Decision::ZeroThreshold { cap: None }), sigmoid(3.0));
    assert_eq!(score(Decision::GlobalProbability { threshold: 0.6 }), sigmoid(3.0));
}
