//! Attention that is supervised by evidence, and the decision on evidence, against their golden
//! values.

#![cfg(feature = "model")]

mod support;

use burn::tensor::{Device, Int, Tensor, TensorData};
use docre::{
    decision::EvidenceRule,
    loss::{EvidenceMean, EvidenceTerm, Loss, PairEvidence, ScoredPairs, mean_over_pairs},
    relation::{AttendedDocument, sentence_shares},
};
use safetensors::SafeTensors;
use serde_json::Value;

struct Case<'a> {
    case: &'a Value,
    tensors: &'a SafeTensors<'a>,
    device: Device,
}

impl Case<'_> {
    fn name(&self, part: &str, key: &str) -> &str {
        self.case[part][key].as_str().unwrap_or_else(|| panic!("{part}.{key}"))
    }

    fn shape(&self, key: &str) -> [usize; 2] {
        let view = self.tensors.tensor(self.name("inputs", key)).unwrap();
        let shape = view.shape();
        [shape[0], shape[1..].iter().product()]
    }

    fn floats(&self, key: &str) -> Vec<f32> {
        support::f32s(&self.tensors.tensor(self.name("inputs", key)).unwrap())
    }

    fn integers(&self, key: &str) -> Vec<i32> {
        let view = self.tensors.tensor(self.name("inputs", key)).unwrap();
        let bytes = view.data().chunks_exact(4);
        bytes.map(|bytes| i32::from_le_bytes(bytes.try_into().unwrap())).collect()
    }

    fn matrix(&self, values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    fn close(&self, output: &str, got: &[f32]) {
        let want = self.tensors.tensor(self.name("outputs", output)).unwrap();
        let tolerance = &self.case["tolerance"]["f32"];
        let prefix = if output == "grad" { "grad_" } else { "" };
        let number = |key: &str| tolerance[format!("{prefix}{key}")].as_f64().unwrap();
        let what = format!("{} {output}", self.case["set"].as_str().unwrap());
        let (rtol, atol) = (number("rtol"), number("atol"));
        support::assert_close(&what, got, &support::f64s(&want), rtol, atol);
    }

    /// The pairs of each document, in whose place their rows stand, and its sentences.
    fn documents(&self) -> Vec<AttendedDocument> {
        let [count, sentences] = self.shape("sentence_start");
        let of_pair = self.integers("doc_of_pair");
        let starts = self.integers("sentence_start");
        let ends = self.integers("sentence_end");
        let document = |document: usize| AttendedDocument {
            pairs: (0..of_pair.len())
                .filter(|pair| of_pair[*pair] as usize == document)
                .map(|pair| (pair, pair))
                .collect(),
            sentences: (document * sentences..(document + 1) * sentences)
                .map(|place| starts[place].max(0) as usize..ends[place].max(0) as usize)
                .collect(),
        };
        (0..count).map(document).collect()
    }
}

#[test]
fn every_case() {
    let list = support::golden_json("evidence.json");
    let bytes = std::fs::read(support::golden("evidence.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut checked = 0;
    for case in list["cases"].as_array().unwrap() {
        let device = support::device().autodiff();
        let case_of = Case { case, tensors: &tensors, device };
        match case["name"].as_str().unwrap() {
            "evidence_loss" => check_loss(&case_of),
            "evidence_decision" => check_decision(&case_of),
            _ => continue, // the teacher's attention of self-training, which docre doesn't have
        }
        checked += 1;
    }
    assert!(checked > 0);
}

fn check_loss(case: &Case) {
    let q = case.matrix(case.floats("q"), case.shape("q")).require_grad();
    let p = sentence_shares(q.clone(), &case.documents());
    case.close("p", &values(p.clone()));
    let shape @ [pairs, sentences] = case.shape("evidence");
    let counts = case.floats("evidence");
    let shares = counts.chunks(sentences).flat_map(|counts| {
        let sum = counts.iter().sum::<f32>().max(1.0);
        counts.iter().map(move |count| count / sum)
    });
    let labelled = case.matrix(shares.collect(), shape);
    case.close("v", &values(labelled.clone()));
    // One relation, which holds where any does.
    let holds = case.floats("has_relation");
    let labels = holds.iter().flat_map(|holds| [1.0 - holds, *holds]).collect();
    let labels = case.matrix(labels, [pairs, 2]);
    let with_evidence: Vec<i32> = (0..pairs)
        .filter(|pair| counts[pair * sentences..][..sentences].iter().sum::<f32>() > 0.0)
        .map(|pair| pair as i32)
        .collect();
    let rows = Tensor::<1, Int>::from_ints(with_evidence.as_slice(), &case.device);
    let evidence = (!with_evidence.is_empty()).then(|| PairEvidence {
        attended: p.select(0, rows.clone()),
        labelled: labelled.select(0, rows.clone()),
        rows,
    });
    let scored = ScoredPairs { evidence, ..ScoredPairs::new(labels.zeros_like(), labels) };
    let mean = |over| mean_over_pairs(&EvidenceTerm(over), &scored);
    let value = mean(EvidenceMean::Related);
    case.close("value", &values(value.clone()));
    case.close("value_over_pairs_with_evidence", &values(mean(EvidenceMean::WithEvidence)));
    // The golden pairs' values are those that the mean over related pairs is made of.
    let related = holds.iter().sum::<f32>().max(1.0);
    let per_pair = EvidenceTerm(EvidenceMean::Related).per_pair(&scored) * (related / pairs as f32);
    case.close("per_pair", &values(per_pair));
    // Without evidence nothing depends on the attention.
    let gradient = q.grad(&(value + q.clone().sum() * 0.0).backward()).unwrap();
    case.close("grad", &values(gradient));
}

fn check_decision(case: &Case) {
    let q = case.matrix(case.floats("q"), case.shape("q"));
    let p = sentence_shares(q, &case.documents());
    let [_, sentences] = p.dims();
    let threshold = case.case["hyperparameters"]["threshold"].as_f64().unwrap() as f32;
    let rule = EvidenceRule { threshold };
    let shares = values(p);
    let chosen = shares.chunks(sentences).flat_map(|shares| {
        let above = rule.above(shares);
        (0..sentences).map(move |place| f32::from(above.contains(&place)))
    });
    let chosen: Vec<f32> = chosen.collect();
    let want = case.tensors.tensor(case.name("outputs", "selected")).unwrap();
    let set = case.case["set"].as_str().unwrap();
    assert_eq!(chosen, support::f32s(&want), "{set} at {threshold}");
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}
