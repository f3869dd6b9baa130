//! The shift of predicted relations from the prior against its golden values.

#![cfg(feature = "model")]

mod support;

use docre::eval::distribution_shift::{DistributionShift, MeanSoftmax};
use safetensors::SafeTensors;
use serde_json::Value;

#[test]
fn every_case() {
    let list = support::golden_json("distribution_shift.json");
    let bytes = std::fs::read(support::golden("distribution_shift.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    for case in list["cases"].as_array().unwrap() {
        check(case, &tensors);
    }
}

fn check(case: &Value, tensors: &SafeTensors) {
    let set = case["set"].as_str().unwrap();
    let tensor = |part: &str, name: &str| {
        tensors.tensor(case[part][name].as_str().unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let logits = tensor("inputs", "logits");
    let mut mean = MeanSoftmax::default();
    support::f32s(&logits).chunks(logits.shape()[1]).for_each(|scores| mean.add(scores));
    let (predicted, counts) = (mean.relations(), numbers(&tensor("inputs", "counts")));
    close(set, &predicted, &support::f64s(&tensor("outputs", "predicted")));

    let shift = DistributionShift::new(&predicted, &counts).unwrap();
    for (name, got) in [
        ("relation_mass", shift.relation_mass),
        ("kl_predicted_prior", shift.kl_predicted_prior),
        ("kl_prior_predicted", shift.kl_prior_predicted),
        (
            "kl_predicted_prior_without_renormalising",
            shift.kl_predicted_prior_without_renormalising,
        ),
        (
            "kl_prior_predicted_without_renormalising",
            shift.kl_prior_predicted_without_renormalising,
        ),
    ] {
        let want = support::f64s(&tensor("outputs", name));
        close(&format!("{set} {name}"), &[got], &want);
    }
}

/// Counts, whatever the type that they are stored in.
fn numbers(view: &safetensors::tensor::TensorView) -> Vec<f64> {
    match view.dtype() {
        safetensors::Dtype::F64 => support::f64s(view),
        safetensors::Dtype::I32 => view
            .data()
            .chunks_exact(4)
            .map(|bytes| f64::from(i32::from_le_bytes(bytes.try_into().unwrap())))
            .collect(),
        _ => support::f32s(view).into_iter().map(f64::from).collect(),
    }
}

fn close(what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-9 * want.abs() + 1e-12, "{what}: {got}, expected {want}");
    }
}
