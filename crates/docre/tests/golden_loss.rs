//! Losses against their golden values: every case whose loss docre has, on every
//! set, in value, per pair and gradient.

#![cfg(feature = "model")]

mod support;

use burn::tensor::{Tensor, TensorData};
use docre::loss::{LossSettings, ScoredPairs, mean_over_pairs};
use safetensors::SafeTensors;
use serde_json::Value;

/// The loss of a golden case; `None` for those that docre doesn't have yet.
fn loss_of(name: &str, hyperparameters: &Value) -> Option<LossSettings> {
    let number = |key: &str| hyperparameters[key].as_f64().expect("a number");
    if name == "atl" {
        return Some(LossSettings::Atl);
    }
    let cmm = name.starts_with("cmm_");
    cmm.then(|| LossSettings::Cmm { gamma: number("gamma"), m: number("m") })
}

#[test]
fn values_and_gradients() {
    let list = support::golden_json("losses.json");
    let bytes = std::fs::read(support::golden("losses.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut checked = 0;
    for case in list["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some(settings) = loss_of(name, &case["hyperparameters"]) else { continue };
        check(case, &settings, &tensors);
        checked += 1;
    }
    assert!(checked >= 8, "only {checked} cases were checked");
}

fn check(case: &Value, settings: &LossSettings, tensors: &SafeTensors) {
    let name = format!("{}/{}", case["set"].as_str().unwrap(), case["name"].as_str().unwrap());
    let device = support::device().autodiff();
    let input = |key: &str| {
        let view = tensors.tensor(case["inputs"][key].as_str().unwrap()).unwrap();
        let shape = [view.shape()[0], view.shape()[1]];
        Tensor::<2>::from_data(TensorData::new(support::f32s(&view), shape), &device)
    };
    let output = |key: &str| {
        let view = tensors.tensor(case["outputs"][key].as_str().unwrap()).unwrap();
        support::f64s(&view)
    };
    let pairs = ScoredPairs { logits: input("logits").require_grad(), labels: input("labels") };
    let labels_before = pairs.labels.to_data();
    let loss = settings.build();
    let per_pair = loss.per_pair(&pairs).into_data().try_into_vec::<f32>().unwrap();
    let mean = mean_over_pairs(&*loss, &pairs);
    let value = mean.clone().into_data().try_into_vec::<f32>().unwrap();
    let grads = mean.backward();
    let grad = pairs.logits.grad(&grads).unwrap().into_data().try_into_vec::<f32>().unwrap();

    let tolerance = |key: &str| case["tolerance"]["f32"][key].as_f64().unwrap();
    let (rtol, atol) = (tolerance("rtol"), tolerance("atol"));
    support::assert_close(&format!("{name} value"), &value, &output("value"), rtol, atol);
    support::assert_close(&format!("{name} per pair"), &per_pair, &output("per_pair"), rtol, atol);
    let (rtol, atol) = (tolerance("grad_rtol"), tolerance("grad_atol"));
    support::assert_close(&format!("{name} gradient"), &grad, &output("grad"), rtol, atol);
    assert_eq!(labels_before, pairs.labels.to_data(), "{name} changed the labels");
}

#[test]
fn no_pair_costs_nothing() {
    let device = support::device();
    let nothing = || Tensor::<2>::zeros([0, 97], &device);
    let pairs = ScoredPairs { logits: nothing(), labels: nothing() };
    for settings in [LossSettings::Atl, LossSettings::Cmm { gamma: 1.0, m: 0.1 }] {
        let mean = mean_over_pairs(&*settings.build(), &pairs);
        assert_eq!(mean.into_scalar::<f32>(), 0.0);
    }
}

#[test]
fn a_margin_of_zero_stays_finite() {
    let device = support::device().autodiff();
    let logits = Tensor::<2>::from_floats([[80.0, -80.0, 80.0], [-80.0, 80.0, 80.0]], &device);
    let labels = Tensor::<2>::from_floats([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], &device);
    let pairs = ScoredPairs { logits: logits.require_grad(), labels };
    let mean = mean_over_pairs(&*LossSettings::Cmm { gamma: 2.0, m: 0.0 }.build(), &pairs);
    let grads = mean.clone().backward();
    assert!(mean.into_scalar::<f32>().is_finite());
    let grad = pairs.logits.grad(&grads).unwrap().into_data().try_into_vec::<f32>().unwrap();
    assert!(grad.iter().all(|g| g.is_finite()), "{grad:?}");
}
