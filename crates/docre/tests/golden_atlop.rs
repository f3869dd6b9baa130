//! ATLOP on MiniLM against its golden values: logits, loss and gradients.

#![cfg(feature = "model")]

mod support;

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Int, Tensor, TensorData},
};
use docre::{
    corpus,
    document::{Document, RelationSet},
    encoder::Encoder,
    loss::{Loss, LossKind, ScoredPairs, mean_over_pairs},
    model::Model,
    relation::{DocumentTokens, Initialiser, PairLayout, PairPass, RelationSettings},
    text::{EncodedBatch, Example, ExampleOptions, Tokenizer, tokenizer::TokenizerOptions},
};
use docre_kernels::Dropout;
use safetensors::SafeTensors;
use serde_json::Value;

const LOGITS: f64 = 5e-5;
const NORMS: f64 = 1e-3;

/// Gives the classifier's parameters their golden values.
struct Fill<'a> {
    path: Vec<String>,
    tensors: &'a SafeTensors<'a>,
    filled: usize,
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path[self.path.len() - 2..].join(".");
        let view = self.tensors.tensor(&format!("weights/{name}")).unwrap();
        let stored = TensorData::new(support::f32s(&view), view.shape());
        self.filled += 1;
        param.map(|old| {
            let device = old.device();
            let shape = old.shape();
            let stored = if D == 2 {
                Tensor::<2>::from_data(stored, &device).transpose().reshape(shape)
            } else {
                Tensor::from_data(stored, &device)
            };
            stored.set_require_grad(device.is_autodiff())
        })
    }
}

struct Golden {
    list: Value,
    documents: HashMap<String, Value>,
    bytes: Vec<u8>,
    encoder: Vec<u8>,
}

impl Golden {
    fn read() -> Self {
        let documents = support::golden_json("preprocess.json");
        let documents = documents["documents"].as_array().unwrap().iter();
        Self {
            list: support::golden_json("atlop.json"),
            documents: documents
                .map(|d| (d["name"].as_str().unwrap().to_string(), d.clone()))
                .collect(),
            bytes: std::fs::read(support::golden("atlop.safetensors")).unwrap(),
            encoder: std::fs::read(support::golden("encoder.safetensors")).unwrap(),
        }
    }

    fn model(&self, device: &Device) -> (Model, usize) {
        let number = |key: &str| self.list[key].as_u64().unwrap() as usize;
        let settings = RelationSettings::Atlop {
            width: number("emb_size"),
            block: number("block_size"),
            memory: None,
        };
        let (encoder, config) = Encoder::load(support::minilm(), device).unwrap();
        let mut random = Initialiser::new(1);
        let relation =
            settings.build(config.hidden_size, number("num_classes"), &mut random, device);
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let mut fill = Fill { path: Vec::new(), tensors: &tensors, filled: 0 };
        let relation = relation.map(&mut fill);
        assert_eq!(fill.filled, 6);
        (Model { encoder, relation, finder: None }, config.longest_input())
    }

    fn example(&self, name: &str, tokenizer: &Tokenizer) -> Example {
        let golden = &self.documents[name];
        let document = document(&golden["document"]);
        let max_length = golden["max_seq_length"].as_u64().map(|length| length as usize);
        let classes = self.list["num_classes"].as_u64().unwrap() as usize;
        let relations = relations(classes);
        let options =
            ExampleOptions { relations: Some(&relations), max_length, ..Default::default() };
        Example::new(&document, tokenizer, &options).unwrap().0
    }
}

fn document(json: &Value) -> Document {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.json");
    std::fs::write(&path, serde_json::to_string(&[json]).unwrap()).unwrap();
    corpus::read_all(&path).unwrap().remove(0)
}

fn relations(classes: usize) -> RelationSet {
    let relations = corpus::relations::read_rel2id(support::golden("metrics/rel2id.json")).unwrap();
    assert_eq!(relations.classes(), classes);
    relations
}

fn tokenizer() -> Tokenizer {
    Tokenizer::load(support::minilm(), TokenizerOptions::default()).unwrap()
}

#[test]
fn logits_and_loss_of_every_document() {
    let golden = Golden::read();
    let tensors = SafeTensors::deserialize(&golden.bytes).unwrap();
    let device = support::device();
    let (model, longest) = golden.model(&device);
    let tokenizer = tokenizer();
    for entry in golden.list["documents"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let example = golden.example(name, &tokenizer);
        let batch = EncodedBatch::new(&[&example], longest).unwrap();
        let logits = model.forward(&batch, Dropout::OFF);
        let want = support::f32s(&tensors.tensor(&format!("{name}/logits")).unwrap());
        let want: Vec<f64> = want.into_iter().map(f64::from).collect();
        let got = logits.to_data().try_into_vec::<f32>().unwrap();
        support::assert_close(&format!("{name} logits"), &got, &want, 0.0, LOGITS);

        let classes = logits.dims()[1];
        let labels = batch.labels(classes).unwrap();
        let want = support::f32s(&tensors.tensor(&format!("{name}/labels")).unwrap());
        assert_eq!(labels, want, "{name} labels");
        let labels = TensorData::new(labels, logits.dims());
        let pairs = ScoredPairs::new(logits, Tensor::from_data(labels, &device));
        let loss = LossKind::default();
        let per_pair = loss.per_pair(&pairs).into_data().try_into_vec::<f32>().unwrap();
        let want = support::f64s(&tensors.tensor(&format!("{name}/atl_per_pair")).unwrap());
        support::assert_close(&format!("{name} loss"), &per_pair, &want, 1e-5, 4.0 * LOGITS);
        let mean = mean_over_pairs(&loss, &pairs).into_scalar::<f32>();
        let want = entry["atl_loss"].as_f64().unwrap();
        support::assert_close(&format!("{name} mean loss"), &[mean], &[want], 0.0, LOGITS);
    }
}

#[test]
fn documents_score_the_same_together_as_alone() {
    let golden = Golden::read();
    let device = support::device();
    let (model, longest) = golden.model(&device);
    let tokenizer = tokenizer();
    // A short one, one of two windows, and one with entities beyond the cut.
    let examples = ["doc0", "doc2", "doc4"].map(|name| golden.example(name, &tokenizer));
    let score = |examples: &[&Example]| {
        let batch = EncodedBatch::new(examples, longest).unwrap();
        model.forward(&batch, Dropout::OFF).into_data().try_into_vec::<f32>().unwrap()
    };
    let together = score(&examples.each_ref());
    let alone: Vec<f64> =
        examples.iter().flat_map(|example| score(&[example])).map(f64::from).collect();
    support::assert_close("together", &together, &alone, 0.0, 2e-5);
}

#[test]
fn gradients_with_respect_to_what_the_encoder_gives() {
    let golden = Golden::read();
    let tensors = SafeTensors::deserialize(&golden.bytes).unwrap();
    let encoder = SafeTensors::deserialize(&golden.encoder).unwrap();
    let device = support::device().autodiff();
    let (model, longest) = golden.model(&device);
    let example = golden.example("doc0", &tokenizer());
    let batch = EncodedBatch::new(&[&example], longest).unwrap();
    let read = |name: &str| {
        let view = encoder.tensor(name).unwrap();
        TensorData::new(support::f32s(&view), view.shape())
    };
    let hidden = Tensor::<2>::from_data(read("doc0/last_hidden_state"), &device).require_grad();
    let attention = Tensor::<3>::from_data(read("doc0/attention"), &device).require_grad();
    let markers: Vec<i32> = batch.mentions.values.iter().map(|m| *m as i32).collect();
    let count = markers.len();
    let markers = Tensor::<1, Int>::from_data(TensorData::new(markers, [count]), &device);
    let tokens = DocumentTokens {
        hidden: hidden.clone(),
        attention: attention.clone().swap_dims(0, 1).select(0, markers),
    };
    let layout = PairLayout::new(&batch);
    let logits = model.relation.forward(tokens, &layout, PairPass::default()).logits;
    let grads = loss_of(&batch, logits, &device).backward();
    for (name, grad) in [
        ("last_hidden_state", values(hidden.grad(&grads).unwrap())),
        ("last_attention", values(attention.grad(&grads).unwrap())),
    ] {
        let want = support::f32s(&tensors.tensor(&format!("doc0/grad_{name}")).unwrap());
        let largest = want.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        let want: Vec<f64> = want.into_iter().map(f64::from).collect();
        support::assert_close(name, &grad, &want, NORMS, 1e-4 * f64::from(largest));
    }
}

#[test]
fn gradient_norms_of_the_classifier_and_through_the_encoder() {
    let golden = Golden::read();
    let device = support::device().autodiff();
    let (model, longest) = golden.model(&device);
    let tokenizer = tokenizer();
    for entry in golden.list["documents"].as_array().unwrap() {
        let Some(want) = entry.get("grad_l2_norms").and_then(Value::as_object) else { continue };
        let name = entry["name"].as_str().unwrap();
        let example = golden.example(name, &tokenizer);
        let batch = EncodedBatch::new(&[&example], longest).unwrap();
        let logits = model.forward(&batch, Dropout::OFF);
        let grads = loss_of(&batch, logits, &device).backward();
        let norms = norms(&model, &grads);
        let encoder = entry.get("encoder_grad_l2_norms").and_then(Value::as_object);
        let classifier = want.iter().filter(|(name, _)| !name.starts_with("last_"));
        let encoder = encoder.into_iter().flatten();
        let named = classifier
            .map(|(name, norm)| (format!("relation.Atlop.{name}"), norm))
            .chain(encoder.map(|(name, norm)| (format!("encoder.{}", our_name(name)), norm)));
        for (parameter, want) in named {
            let want = want.as_f64().unwrap();
            let got = *norms.get(&parameter).unwrap_or_else(|| panic!("no {parameter}"));
            let apart = (got - want).abs();
            assert!(apart <= NORMS * want + 1e-5, "{name} {parameter}: {got}, expected {want}");
        }
    }
}

fn our_name(name: &str) -> String {
    name.replace("attention.self.", "attention.self_attention.")
        .replace("LayerNorm.weight", "layer_norm.gamma")
        .replace("LayerNorm.bias", "layer_norm.beta")
}

fn loss_of(batch: &EncodedBatch, logits: Tensor<2>, device: &Device) -> Tensor<1> {
    let labels = TensorData::new(batch.labels(logits.dims()[1]).unwrap(), logits.dims());
    let pairs = ScoredPairs::new(logits, Tensor::from_data(labels, device));
    mean_over_pairs(&LossKind::default(), &pairs)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// The norm of each parameter's gradient, by path.
fn norms(model: &Model, grads: &Gradients) -> HashMap<String, f64> {
    struct Norms<'a> {
        path: Vec<String>,
        grads: &'a Gradients,
        norms: HashMap<String, f64>,
    }
    impl ModuleVisitor for Norms<'_> {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.into());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = param.val().grad(self.grads) {
                let squares: f64 = values(grad).iter().map(|g| f64::from(*g).powi(2)).sum();
                self.norms.insert(self.path.join("."), squares.sqrt());
            }
        }
    }
    let mut norms = Norms { path: Vec::new(), grads, norms: HashMap::new() };
    model.visit(&mut norms);
    norms.norms
}

#[test]
fn attention_is_shared_out_among_sentences() {
    let golden = Golden::read();
    let tensors = SafeTensors::deserialize(&golden.bytes).unwrap();
    let (model, longest) = golden.model(&support::device());
    let example = golden.example("doc0", &tokenizer());
    let batch = EncodedBatch::new(&[&example], longest).unwrap();
    let (logits, attention) = model.score_and_attend(&batch, Default::default());
    let alone = model.forward(&batch, Dropout::OFF).to_data().try_into_vec::<f32>().unwrap();
    assert_eq!(logits.to_data().try_into_vec::<f32>().unwrap(), alone);

    // What two entities attend to, summed over heads and over each sentence's tokens.
    let view = tensors.tensor("doc0/entity_attention").unwrap();
    let (values, [_, heads, length]) = (support::f32s(&view), view.shape()) else {
        panic!("entity_attention is [entities, heads, tokens]")
    };
    let at = |entity: usize, head: usize, token: usize| {
        f64::from(values[(entity * heads + head) * length + token])
    };
    for pair in [[0, 1], [1, 0], [2, 5]] {
        let both = |token| -> f64 {
            (0..*heads).map(|head| at(pair[0], head, token) * at(pair[1], head, token)).sum()
        };
        let sums: Vec<f64> = example
            .sentences
            .iter()
            .map(|sentence| sentence.clone().map(&both).sum::<f64>())
            .collect();
        let whole: f64 = sums.iter().sum();
        let want: Vec<f64> = sums.iter().map(|sum| sum / whole).collect();
        let got = attention.of_sentences(pair, &example.sentences);
        support::assert_close(&format!("shares of {pair:?}"), &got, &want, 0.0, 1e-4);
        assert!((got.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
