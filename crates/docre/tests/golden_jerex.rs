//! JEREX's classifiers of relations, spans, mention pairs and entity types against golden values,
//! in value and gradient.

#![cfg(feature = "model")]

mod support;

use std::ops::Range;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData, activation},
};
use docre::{
    coref::{EditScorer, TypeClassifier},
    mention::{SpanClassifier, SpanSizes},
    relation::{
        DocumentTokens, Initialiser, PairLayout, PairPass, PairScores, RelationEncoder,
        RelationSettings,
    },
    text::{EncodedBatch, Example, MentionSpan, Ragged, Rows},
};
use docre_kernels::{Dropout, Precision};
use safetensors::SafeTensors;
use serde_json::Value;

/// The golden values of one classifier.
struct Golden {
    case: &'static str,
    bytes: Vec<u8>,
    json: Value,
}

impl Golden {
    fn read(case: &'static str) -> Self {
        let bytes = std::fs::read(support::golden("jerex.safetensors")).unwrap();
        Self { case, bytes, json: support::golden_json("jerex.json") }
    }

    fn shape(&self, name: &str) -> Vec<usize> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        tensors.tensor(&format!("{}/{name}", self.case)).unwrap().shape().to_vec()
    }

    fn values(&self, name: &str) -> Vec<f64> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = tensors.tensor(&format!("{}/{name}", self.case)).unwrap();
        match view.dtype() {
            safetensors::Dtype::F64 => support::f64s(&view),
            _ => support::f32s(&view).into_iter().map(f64::from).collect(),
        }
    }

    fn matrix(&self, name: &str, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = self.values(name).into_iter().map(|value| value as f32).collect();
        let [rows, columns] = self.shape(name)[..] else { panic!("{name} is no matrix") };
        Tensor::from_data(TensorData::new(values, [rows, columns]), device)
    }

    fn numbers(&self, name: &str) -> Vec<usize> {
        let list = self.json[name].as_array().unwrap().iter();
        list.map(|number| number.as_u64().unwrap() as usize).collect()
    }

    /// Some inputs of a layer whose weight is stored as `[outputs, inputs]`, as `[inputs, outputs]`.
    fn inputs(&self, weight: &str, inputs: &[Range<usize>]) -> Vec<f64> {
        let [outputs, all] = self.shape(weight)[..] else { panic!("{weight} is no matrix") };
        let stored = self.values(weight);
        let chosen = inputs.iter().flat_map(Clone::clone);
        chosen.flat_map(|i| (0..outputs).map(move |o| o * all + i)).map(|at| stored[at]).collect()
    }

    /// The same of inputs that follow each other.
    fn input(&self, weight: &str, inputs: Range<usize>) -> Vec<f64> {
        self.inputs(weight, std::slice::from_ref(&inputs))
    }
}

/// What is stored for a parameter, by its path; `None` if nothing is.
type Stored<'a> = dyn Fn(&str) -> Option<Vec<f64>> + 'a;

/// Gives each parameter its golden values.
struct Fill<'a> {
    path: Vec<String>,
    stored: &'a Stored<'a>,
    device: Device,
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let values = (self.stored)(&name).unwrap_or_else(|| panic!("nothing for {name}"));
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        param.map(|old| {
            let data = TensorData::new(values, old.shape());
            Tensor::from_data(data, &self.device).require_grad()
        })
    }
}

/// Compares each parameter's gradient with the golden one, where there is one.
struct Compare<'a> {
    path: Vec<String>,
    stored: &'a Stored<'a>,
    gradients: &'a Gradients,
    compared: usize,
}

impl ModuleVisitor for Compare<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let Some(wanted) = (self.stored)(&name) else { return };
        let gradient = param.val().grad(self.gradients).unwrap_or_else(|| panic!("no {name}"));
        support::assert_close(&name, &values(gradient), &wanted, 1e-4, 2e-5);
        self.compared += 1;
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn filled<M: Module>(module: M, stored: &Stored, device: &Device) -> M {
    module.map(&mut Fill { path: Vec::new(), stored, device: device.clone() })
}

fn compare<M: Module>(module: &M, stored: &Stored, gradients: &Gradients, wanted: usize) {
    let mut compare = Compare { path: Vec::new(), stored, gradients, compared: 0 };
    module.visit(&mut compare);
    assert_eq!(compare.compared, wanted, "parameters compared");
}

/// The golden document as a batch.
fn batch(golden: &Golden) -> EncodedBatch {
    let document = &golden.json["document"];
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    let range = |value: &Value| number(&value[0])..number(&value[1]);
    let mentions: Vec<MentionSpan> = document["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mention| MentionSpan {
            pieces: range(&mention["pieces"]),
            words: range(&mention["words"]),
            sentence: number(&mention["sentence"]),
        })
        .collect();
    let of_entity = |entity: &Value| entity.as_array().unwrap().iter().map(number).collect();
    let entities: Vec<Vec<usize>> =
        document["entities"].as_array().unwrap().iter().map(of_entity).collect();
    let starts = entities.iter().map(|of| of.iter().map(|m| mentions[*m].pieces.start));
    let types = document["types"].as_array().unwrap().iter();
    let example = Example {
        title: String::new(),
        ids: vec![1; number(&document["tokens"])],
        entities: Ragged::from_iter(starts),
        spans: entities.iter().flatten().map(|mention| mentions[*mention].clone()).collect(),
        types: types.map(|kind| number(kind) as u32).collect(),
        sentences: Vec::new(),
        rows: Rows::default(),
        labels: None,
        evidence: Vec::new(),
    };
    EncodedBatch::new(&[&example], 512).unwrap()
}

/// Compares the scores of a relation classifier, and the gradients of hidden states.
fn compare_scores(
    golden: &Golden,
    forward: impl Fn(DocumentTokens, &PairLayout, PairPass) -> PairScores,
    device: &Device,
) -> Gradients {
    let hidden = golden.matrix("hidden", device).require_grad();
    let tokens =
        DocumentTokens { hidden: hidden.clone(), attention: Tensor::zeros([0, 0, 0], device) };
    let pass = PairPass { precision: Precision::F32, ..PairPass::default() };
    let logits = forward(tokens, &PairLayout::new(&batch(golden)), pass).logits;
    let wanted = golden.values("logits");
    support::assert_close(golden.case, &values(logits.clone()), &wanted, 1e-5, 2e-5);
    let gradients = (logits * golden.matrix("factors", device)).sum().backward();
    let of_hidden = values(hidden.grad(&gradients).unwrap());
    support::assert_close("hidden", &of_hidden, &golden.values("grad/hidden"), 1e-4, 2e-5);
    gradients
}

fn relation(classifier: &str, golden: &Golden, device: &Device) -> RelationEncoder {
    let settings = serde_json::json!({
        "kind": "jerex", "classifier": classifier, "types": ["PER", "LOC", "ORG"],
        "embedding": golden.shape("types")[1]
    });
    let settings: RelationSettings = serde_json::from_value(settings).unwrap();
    let (hidden, classes) = (golden.shape("hidden")[1], golden.shape("logits")[1]);
    settings.build(hidden, classes, &mut Initialiser::new(1), device)
}

#[test]
fn global_relation_classifier() {
    let golden = Golden::read("global");
    let device = support::device().autodiff();
    let (h, e) = (golden.shape("hidden")[1], golden.shape("types")[1]);
    let of = |prefix: &str, path: &str| {
        let pair =
            |inputs: &[Range<usize>]| golden.inputs(&format!("{prefix}entity_pair.weight"), inputs);
        Some(match path {
            "types.weight" => golden.values(&format!("{prefix}types")),
            "head.weight" => pair(&[0..h, 2 * h..2 * h + e]),
            "tail.weight" => pair(&[h..2 * h, 2 * h + e..2 * h + 2 * e]),
            "head.bias" => golden.values(&format!("{prefix}entity_pair.bias")),
            "output.weight" => golden.input(&format!("{prefix}output.weight"), 0..h),
            "output.bias" => golden.values(&format!("{prefix}output.bias")),
            _ => return None,
        })
    };
    let RelationEncoder::Global(classifier) = relation("global", &golden, &device) else {
        panic!("the global classifier");
    };
    let classifier = filled(classifier, &|path| of("", path), &device);
    let gradients = compare_scores(&golden, |t, l, p| classifier.forward(t, l, p), &device);
    compare(&classifier, &|path| of("grad/", path), &gradients, 6);
}

#[test]
fn multi_instance_relation_classifier() {
    let golden = Golden::read("multi_instance");
    let device = support::device().autodiff();
    let (h, e) = (golden.shape("hidden")[1], golden.shape("types")[1]);
    let of = |prefix: &str, path: &str| {
        let named = |name: &str| golden.values(&format!("{prefix}{name}"));
        let local = |inputs: &[Range<usize>]| {
            golden.inputs(&format!("{prefix}mention_pair.weight"), inputs)
        };
        let distances = ["token_distances.weight", "sentence_distances.weight"];
        if distances.contains(&path) {
            let table = path.trim_end_matches(".weight");
            return prefix.is_empty().then(|| golden.values(table));
        }
        Some(match path {
            "types.weight" => named("types"),
            "context.weight" => local(std::slice::from_ref(&(0..h))),
            "head.weight" => local(&[h..2 * h, 3 * h..4 * h]),
            "tail.weight" => local(&[2 * h..3 * h, 4 * h..5 * h]),
            "distance.weight" => local(std::slice::from_ref(&(5 * h..5 * h + 2 * e))),
            "head.bias" => named("mention_pair.bias"),
            "pair.weight" => golden.input(&format!("{prefix}entity_pair.weight"), 0..h + 2 * e),
            "pair.bias" => named("entity_pair.bias"),
            "output.weight" => golden.input(&format!("{prefix}output.weight"), 0..h),
            "output.bias" => named("output.bias"),
            _ => return None,
        })
    };
    let RelationEncoder::MultiInstance(classifier) = relation("multi-instance", &golden, &device)
    else {
        panic!("the multi-instance classifier");
    };
    let classifier = filled(classifier, &|path| of("", path), &device);
    let gradients = compare_scores(&golden, |t, l, p| classifier.forward(t, l, p), &device);
    compare(&classifier, &|path| of("grad/", path), &gradients, 10);
}

/// Sizes of the golden classifiers of a finder, whose first hidden layer is `dense`.
fn sizes(golden: &Golden, dense: &str) -> SpanSizes {
    let (hidden, width) = (golden.shape("states")[1], golden.shape(&format!("{dense}.bias"))[0]);
    SpanSizes { hidden, width, embedding: 3, dropout: 0.1 }
}

/// The binary cross-entropy, written out.
fn binary_loss(logits: Tensor<1>, holds: &[usize], device: &Device) -> Tensor<1> {
    let holds: Vec<f32> = holds.iter().map(|value| *value as f32).collect();
    let count = holds.len();
    let holds = Tensor::<1>::from_data(TensorData::new(holds, [count]), device);
    let right = activation::log_sigmoid(logits.clone()) * holds.clone();
    let wrong = activation::log_sigmoid(-logits) * (1.0 - holds);
    let likelihood: Tensor<1> = right + wrong;
    -likelihood.mean()
}

fn compare_loss(golden: &Golden, states: &Tensor<2>, loss: Tensor<1>) -> Gradients {
    support::assert_close("loss", &values(loss.clone()), &golden.values("loss"), 1e-5, 1e-6);
    let gradients = loss.backward();
    let of_states = values(states.grad(&gradients).unwrap());
    support::assert_close("states", &of_states, &golden.values("grad/states"), 1e-4, 2e-5);
    gradients
}

#[test]
fn spans_that_are_mentions() {
    let golden = Golden::read("mentions");
    let device = support::device().autodiff();
    let widths = golden.numbers("widths");
    let spans: Vec<Range<usize>> = widths.iter().map(|width| 10..10 + width).collect();
    let sizes = sizes(&golden, "span");
    let of = |prefix: &str, path: &str| {
        let named = |name: &str| golden.values(&format!("{prefix}{name}"));
        let weight = |name: &str, inputs| golden.input(&format!("{prefix}{name}"), 0..inputs);
        Some(match path {
            "widths.weight" if prefix.is_empty() => named("widths"),
            "dense.weight" => weight("span.weight", sizes.hidden + sizes.embedding),
            "dense.bias" => named("span.bias"),
            "score.weight" => weight("score.weight", sizes.width),
            "score.bias" => named("score.bias"),
            _ => return None,
        })
    };
    let longest = golden.shape("widths")[0];
    let classifier = SpanClassifier::new(sizes, longest, &mut Initialiser::new(1), &device);
    let classifier = filled(classifier, &|path| of("", path), &device);
    let states = golden.matrix("states", &device).require_grad();
    let logits = classifier.logits(states.clone(), &spans, Dropout::OFF, Precision::F32);
    let wanted = golden.values("logits");
    support::assert_close("logits", &values(logits.clone()), &wanted, 1e-5, 2e-5);
    let loss = binary_loss(logits, &golden.numbers("is_mention"), &device);
    let gradients = compare_loss(&golden, &states, loss);
    compare(&classifier, &|path| of("grad/", path), &gradients, 4);
}

#[test]
fn mentions_that_are_one_entity() {
    let golden = Golden::read("coreference");
    let device = support::device().autodiff();
    let sizes = sizes(&golden, "pair");
    let h = sizes.hidden;
    let of = |prefix: &str, path: &str| {
        let named = |name: &str| golden.values(&format!("{prefix}{name}"));
        let pair = |inputs: Range<usize>| golden.input(&format!("{prefix}pair.weight"), inputs);
        Some(match path {
            "distances.weight" if prefix.is_empty() => named("distances"),
            "first.weight" => pair(0..h),
            "first.bias" => named("pair.bias"),
            "second.weight" => pair(h..2 * h),
            "distance.weight" => pair(2 * h..2 * h + sizes.embedding),
            "score.weight" => golden.input(&format!("{prefix}score.weight"), 0..sizes.width),
            "score.bias" => named("score.bias"),
            _ => return None,
        })
    };
    let scorer = EditScorer::new(sizes, &mut Initialiser::new(1), &device);
    let scorer = filled(scorer, &|path| of("", path), &device);
    let states = golden.matrix("states", &device).require_grad();
    let place = |value: &Value| value.as_u64().unwrap() as usize;
    let pairs: Vec<(usize, usize)> = golden.json["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (place(&pair[0]), place(&pair[1])))
        .collect();
    let distances = golden.numbers("edit_distances");
    let logits = scorer.logits(&states, &pairs, &distances, Dropout::OFF, Precision::F32);
    let wanted = golden.values("logits");
    support::assert_close("logits", &values(logits.clone()), &wanted, 1e-5, 2e-5);
    let loss = binary_loss(logits, &golden.numbers("same"), &device);
    let gradients = compare_loss(&golden, &states, loss);
    compare(&scorer, &|path| of("grad/", path), &gradients, 6);
}

#[test]
fn types_of_entities() {
    let golden = Golden::read("entity_types");
    let device = support::device().autodiff();
    let sizes = sizes(&golden, "entity");
    let of = |prefix: &str, path: &str| {
        let named = |name: &str| golden.values(&format!("{prefix}{name}"));
        let weight = |name: &str, inputs| golden.input(&format!("{prefix}{name}"), 0..inputs);
        Some(match path {
            "dense.weight" => weight("entity.weight", sizes.hidden),
            "dense.bias" => named("entity.bias"),
            "output.weight" => weight("output.weight", sizes.width),
            "output.bias" => named("output.bias"),
            _ => return None,
        })
    };
    let kinds = golden.shape("output.bias")[0];
    let classifier = TypeClassifier::new(sizes, kinds, &mut Initialiser::new(1), &device);
    let classifier = filled(classifier, &|path| of("", path), &device);
    let states = golden.matrix("states", &device).require_grad();
    let logits = classifier.logits(states.clone(), Dropout::OFF, Precision::F32);
    let wanted = golden.values("logits");
    support::assert_close("logits", &values(logits.clone()), &wanted, 1e-5, 2e-5);
    let loss = TypeClassifier::loss(logits, &golden.numbers("entity_types"));
    let gradients = compare_loss(&golden, &states, loss);
    compare(&classifier, &|path| of("grad/", path), &gradients, 4);
}
