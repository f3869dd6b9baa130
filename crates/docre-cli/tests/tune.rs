//! `docre tune`.

mod support;

use support::Place;

#[test]
fn a_model_is_tuned_for_f1_or_a_precision() {
    let place = Place::with_model();
    let tune = ["tune", "--model", "run/model", "--truth", "dev.json"];
    let scores = |more: &[&str]| place.run(&[&tune[..], more].concat()).succeeds().json();
    let best = scores(&["best", "--json"]);
    assert_eq!(best["decision"]["rule"], "tuned-margin");
    let before = place.run(&["evaluate", "--model", "run/model", "--truth", "dev.json", "--json"]);
    let f1 = |json: &serde_json::Value| json["f1"].as_f64().unwrap();
    let before = before.succeeds().json();
    assert!(f1(&best["scores"]) >= f1(&before) - 1e-6, "{best:#} {before:#}");

    // The tuned model gives what it was said to give.
    let after = place.run(&["evaluate", "--model", "best", "--truth", "dev.json", "--json"]);
    assert_eq!(f1(&after.succeeds().json()), f1(&best["scores"]));
    assert_eq!(place.bytes("best/model.safetensors"), place.bytes("run/model/model.safetensors"));

    let precise = scores(&["precise", "--for-precision", "0.99", "--json"]);
    let precision = |json: &serde_json::Value| json["scores"]["precision"].as_f64().unwrap();
    assert!(precision(&precise) >= precision(&best), "{precise:#}");
    let each = scores(&["each", "--rule", "per-label-margin", "--json"]);
    assert!(each["decision"]["thresholds"].is_array(), "{each:#}");
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let place = Place::with_model();
    let tune = ["tune", "--model", "run/model", "--truth", "dev.json"];
    let with = |more: &[&str]| place.run(&[&tune[..], more].concat());
    with(&["run/model"]).refuses(&["run/model", "is there already"]);
    with(&["out", "--for-precision", "1.5"]).refuses(&["decision.precision", "between 0 and 1"]);
    with(&["out", "--rule", "global-probability"])
        .refuses(&["decision.rule", "taught against a threshold class"]);
    assert!(!place.at("out").exists());
    with(&["out", "--rule", "threshold-class", "--for-precision", "0.9"])
        .refuses(&["for-precision", "leave --rule out"]);
    let other = place.read("dev.json").replace("\"P", "\"X");
    place.write_text("dev.json", &other);
    with(&["out"]).refuses(&["dev.json", "none of the model's relations"]);
}
