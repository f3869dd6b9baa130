//! Every metric of the papers against golden values.

mod support;

use docre::corpus::{Prediction, predictions, read_all, relations::read_rel2id};
use docre::document::RelationSet;
use docre::eval::{
    Breakdown, Counts, TrainFacts, Truth,
    average_precision::mean_average_precision,
    break_down, judge,
    splits::{Group, Members, Split, by_split},
};
use serde_json::{Map, Value, json};

/// The files of the golden metrics.
struct Golden {
    truth: Truth,
    train: TrainFacts,
    predictions: Vec<Prediction>,
    relations: RelationSet,
}

impl Golden {
    fn read() -> Self {
        Self {
            truth: Truth::read(support::golden("metrics/truth.json")).unwrap(),
            train: TrainFacts::read(support::golden("metrics/train.json")).unwrap(),
            predictions: predictions::read(support::golden("metrics/predictions.json")).unwrap(),
            relations: read_rel2id(support::golden("metrics/rel2id.json")).unwrap(),
        }
    }

    fn breakdown(&self) -> Breakdown {
        break_down(&self.truth, &self.predictions, Some(&self.train), &self.relations)
    }

    /// What the key of a golden value stands for.
    fn value(&self, key: &str, breakdown: &Value) -> Value {
        match key {
            "re" => to_json(self.breakdown().scores.facts),
            "ign_without_epsilon" => breakdown["ign"]["without_epsilon"].clone(),
            "intra" | "inter" | "inter_long" => breakdown["distance"][key].clone(),
            "infer" => breakdown["infer"]["sides"].clone(),
            "infer_conclusions" => breakdown["infer"]["conclusions"].clone(),
            "infer_all_predictions" => breakdown["infer"]["all_predictions"].clone(),
            "relation_ranking" => self.ranking(breakdown),
            "errors_kd_table7" => breakdown["errors"].clone(),
            "errors_arpdl_table5" => breakdown["false_predictions"].clone(),
            "binary_kd_table8" => breakdown["binary_labels"]["binary"].clone(),
            "binary_kd_table8_original" => breakdown["binary_labels"]["original"].clone(),
            "counts" => self.counts(),
            _ => breakdown[key].clone(),
        }
    }

    fn ranking(&self, breakdown: &Value) -> Value {
        let relations = breakdown["relations"].as_array().unwrap();
        let ranked =
            |scores: &Value| json!({"r": scores["id"], "train_count": scores["train_count"]});
        relations.iter().map(ranked).collect()
    }

    fn counts(&self) -> Value {
        let judged = judge(&self.truth, &self.predictions);
        json!({
            "truth_documents": self.truth.documents().len(),
            "train_documents": read_all(support::golden("metrics/train.json")).unwrap().len(),
            "predictions_in_file": self.predictions.len(),
            "predictions_distinct": judged.len(),
            "predictions_distinct_known_titles":
                judged.iter().filter(|judged| judged.document.is_some()).count(),
            "train_facts": self.train.seen().fact_count(),
        })
    }

    /// The scores of some ranks, from 1.
    fn ranks(&self, first: usize, last: usize) -> Value {
        let members = Members::Frequent(first - 1..last);
        let groups = vec![Group { name: "ranks".into(), members }];
        let split = Split { name: "ranks".into(), groups };
        let judged = judge(&self.truth, &self.predictions);
        let scores = by_split(&self.truth, &judged, &self.train, &self.relations, &split);
        serde_json::to_value(&scores.groups[0]).unwrap()
    }
}

fn to_json(counts: Counts) -> Value {
    let mut value = serde_json::to_value(counts).unwrap();
    value["precision"] = counts.precision().into();
    value["recall"] = counts.recall().into();
    value["f1"] = counts.f1().into();
    value
}

/// Whether all that is expected is found; what is found besides doesn't matter.
fn assert_holds(found: &Value, expected: &Value, path: &str) {
    match expected {
        Value::Object(members) => {
            members.iter().for_each(|(k, v)| assert_holds(&found[k], v, &format!("{path}.{k}")));
        }
        Value::Array(items) => {
            let found = found.as_array().unwrap_or_else(|| panic!("{path} is no list"));
            assert_eq!(found.len(), items.len(), "{path}");
            let pairs = found.iter().zip(items).enumerate();
            pairs.for_each(|(place, (f, e))| assert_holds(f, e, &format!("{path}[{place}]")));
        }
        Value::Number(number) => {
            let found = found.as_f64().unwrap_or_else(|| panic!("{path} is not measured: {found}"));
            let expected = number.as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{path}: {found}, expected {expected}");
        }
        other => assert_eq!(found, other, "{path}"),
    }
}

#[test]
fn every_golden_metric_agrees() {
    let golden = Golden::read();
    let breakdown = serde_json::to_value(golden.breakdown()).unwrap();
    let expected = support::golden_json("metrics/expected.json");
    for (key, expected) in expected.as_object().unwrap() {
        match key.as_str() {
            "groups" => assert_groups(&golden, &breakdown, expected.as_object().unwrap()),
            _ => assert_holds(&golden.value(key, &breakdown), expected, key),
        }
    }
}

/// The keys are `head_10`, `mid_76_ranks_11_86`, `long_tail_86_fixed_list`: name and size,
/// and the ranks, or that the relations are listed.
fn assert_groups(golden: &Golden, breakdown: &Value, expected: &Map<String, Value>) {
    for (key, expected) in expected {
        let listed = key.ends_with("_fixed_list");
        let key = key.trim_end_matches("_fixed_list");
        let (name, ranks) =
            key.split_once("_ranks_").map_or((key, None), |(name, ranks)| (name, Some(ranks)));
        let label = name.replace('_', "-");
        let splits = breakdown["splits"].as_array().unwrap().iter();
        let of_kind =
            splits.filter(|split| split["name"].as_str().unwrap().contains("fixed list") == listed);
        let mut groups = of_kind.flat_map(|split| split["groups"].as_array().unwrap());
        let found = groups.find(|group| group["label"] == label.as_str());
        assert_holds(found.unwrap_or_else(|| panic!("no group {label}")), expected, key);
        if let Some((first, last)) = ranks.and_then(|ranks| ranks.split_once('_')) {
            let found = golden.ranks(first.parse().unwrap(), last.parse().unwrap());
            assert_holds(&found, expected, key);
        }
    }
}

#[test]
fn relations_groups_and_documents_add_up() {
    let golden = Golden::read();
    let breakdown = golden.breakdown();
    let sum: Counts = breakdown.relations.iter().map(|relation| relation.counts).sum();
    assert_eq!(sum, breakdown.scores.facts);
    let frequent_and_others = &breakdown.splits[0].groups;
    assert_eq!(frequent_and_others.iter().map(|group| group.counts).sum::<Counts>(), sum);
    let of_known_titles = breakdown.binary_labels.original;
    for property in &breakdown.properties {
        let sum: Counts = property.buckets.iter().map(|bucket| bucket.counts).sum();
        assert_eq!(sum, of_known_titles, "{}", property.name);
    }
    assert!(breakdown.f1_interval.low < sum.f1() && sum.f1() < breakdown.f1_interval.high);
}

#[test]
fn nothing_predicted_scores_zero_everywhere() {
    let golden = Golden { predictions: Vec::new(), ..Golden::read() };
    assert_zero(&serde_json::to_value(golden.breakdown()).unwrap(), "breakdown");
}

/// No rate or count of predictions but 0, and no number that JSON can't write.
fn assert_zero(value: &Value, path: &str) {
    let is_open = ["ncre", "to"].iter().any(|key| path.ends_with(&format!(".{key}")));
    let scored = ["precision", "recall", "f1", "correct", "predicted", "low", "high"];
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(k, v)| assert_zero(v, &format!("{path}.{k}")));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_zero(item, path)),
        Value::Null => assert!(is_open, "{path}"),
        Value::Number(number) if scored.iter().any(|k| path.ends_with(&format!(".{k}"))) => {
            assert_eq!(number.as_f64(), Some(0.0), "{path}");
        }
        _ => {}
    }
}

#[test]
fn mean_average_precision_agrees_with_the_golden_values() {
    let golden = support::golden_json("metrics/map.json");
    for case in golden["cases"].as_array().unwrap() {
        let rows =
            |name: &str| case[name].as_array().unwrap().iter().map(|row| row.as_array().unwrap());
        let scores: Vec<f32> =
            rows("scores").flatten().map(|score| score.as_f64().unwrap() as f32).collect();
        let labels: Vec<bool> =
            rows("labels").flatten().map(|label| label.as_f64().unwrap() > 0.0).collect();
        let classes = rows("scores").next().unwrap().len();
        let mut found =
            serde_json::to_value(mean_average_precision(&scores, &labels, classes)).unwrap();
        found["average_precision_per_class"] = found["per_class"].take();
        found["sample_map_over_rows_with_a_label"] = found["sample_map"].take();
        let inputs = ["name", "scores", "labels"];
        for (key, expected) in case.as_object().unwrap() {
            if !inputs.contains(&key.as_str()) {
                assert_holds(&found[key], expected, &format!("{}.{key}", case["name"]));
            }
        }
    }
}
