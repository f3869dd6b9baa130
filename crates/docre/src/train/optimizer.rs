//! AdamW over the encoder and the new layers, each with its own learning rate,
//! after clipping by the norm of all gradients together.

use std::collections::{BTreeMap, BTreeSet};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};
use docre_kernels::{AdamWState, AdamWStep, adamw, is_flex, on_pool, sum_of_squares};
use replace_with::replace_with_or_abort;

use super::{feed::TrainBatch, word_embeddings::WordEmbeddings};
use crate::{model::Model, recipe::OptimizerSettings};

/// The running means of one parameter, `[values]` each.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    /// Of the gradients.
    pub mean: Tensor<1>,
    /// Of their squares.
    pub mean_square: Tensor<1>,
}

/// AdamW with the means of every parameter, by the parameter's path in the model.
#[derive(Debug)]
pub(crate) struct AdamW {
    settings: OptimizerSettings,
    /// The running means, which a checkpoint holds.
    pub moments: BTreeMap<String, Moments>,
    /// The word embeddings, while the model has but some of their rows.
    words: Option<WordEmbeddings>,
}

/// The path of the word embeddings.
const WORDS: &str = "encoder.embeddings.word_embeddings.weight";

/// The path of what attends from entity pair to entity pair.
const PAIR_ATTENTION: [&str; 3] = ["relation", "Axial", "attention"];

impl AdamW {
    pub fn new(settings: OptimizerSettings) -> Self {
        Self { settings, moments: BTreeMap::new(), words: None }
    }

    /// Readies the model for a step on these batches: on the CPU it keeps but the word embeddings
    /// that they read, and their ids are numbered anew. [`AdamW::settle`] makes it whole again.
    pub fn ready(&mut self, model: &mut Model, batches: &mut [TrainBatch]) {
        let table = model.encoder.word_embeddings();
        let device = table.device().inner();
        if !is_flex(&device) {
            return;
        }
        let width = table.dims()[1];
        let moments = self.moments.remove(WORDS);
        let words = self.words.get_or_insert_with(|| {
            let parameter = flat(table.val().inner());
            WordEmbeddings::new(state(parameter, moments), width)
        });
        let rows = words.lend(number_anew(batches), &device);
        self.put(table, rows);
    }

    /// Makes the model and the running means whole and up to date.
    pub fn settle(&mut self, model: &mut Model) {
        let Some(words) = self.words.take() else { return };
        let table = model.encoder.word_embeddings();
        let device = table.device().inner();
        self.put(table, words.whole(&device));
    }

    /// Makes rows the model's word embeddings.
    fn put(&mut self, table: &mut Param<Tensor<2>>, rows: AdamWState) {
        let AdamWState { parameter, mean, mean_square } = rows;
        let shape = [parameter.dims()[0] / table.dims()[1], table.dims()[1]];
        let rows = Tensor::from_inner(parameter.reshape(shape)).require_grad();
        *table = Param::initialized(table.id, rows);
        self.moments.insert(WORDS.to_string(), Moments { mean, mean_square });
    }

    /// The parameter and the value of a running mean that isn't finite.
    pub fn first_not_finite(&self) -> Option<(String, f32)> {
        self.moments.iter().find_map(|(name, moments)| {
            Some((
                name.clone(),
                not_finite(&moments.mean).or_else(|| not_finite(&moments.mean_square))?,
            ))
        })
    }

    /// Takes step `number` (from 1) at `factor` times the full learning rates, with
    /// gradients whose [`global_norm`] is `norm`.
    pub fn step(
        &mut self,
        model: &mut Model,
        mut gradients: GradientsParams,
        norm: f64,
        number: u64,
        factor: f64,
    ) {
        let settings = &self.settings;
        let step = |rate: f64, weight_decay: f64| AdamWStep {
            rate: (rate * factor) as f32,
            beta_1: settings.beta_1 as f32,
            beta_2: settings.beta_2 as f32,
            epsilon: settings.epsilon as f32,
            weight_decay: weight_decay as f32,
            number,
            gradient_scale: (settings.clip / (norm + 1e-6)).min(1.0) as f32,
        };
        let mut update = Update {
            path: Vec::new(),
            encoder: step(settings.encoder_rate, settings.weight_decay),
            head: step(settings.head_rate, settings.head_weight_decay()),
            attention: step(settings.attention_rate(), settings.head_weight_decay()),
            gradients: &mut gradients,
            moments: &mut self.moments,
        };
        let words_step = update.encoder;
        // The model is moved through, not cloned, so that its weights change in place.
        let device = model.encoder.device();
        on_pool(&device, || replace_with_or_abort(model, |model| model.map(&mut update)));
        if let Some(words) = &mut self.words {
            let rows = flat(model.encoder.word_embeddings().val().inner());
            words.take_back(state(rows, self.moments.remove(WORDS)), words_step);
        }
    }
}

/// The norm of all gradients together, which `torch.nn.utils.clip_grad_norm_` clips by.
pub(crate) fn global_norm(model: &Model, gradients: &GradientsParams) -> f64 {
    struct Norm<'a> {
        gradients: &'a GradientsParams,
        all: Vec<Tensor<1>>,
    }
    impl ModuleVisitor for Norm<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.all.extend(self.gradients.get::<D>(param.id).map(flat));
        }
    }
    let mut norm = Norm { gradients, all: Vec::new() };
    model.visit(&mut norm);
    sum_of_squares(norm.all).sqrt()
}

/// Replaces each parameter that has a gradient by its next value.
struct Update<'a> {
    path: Vec<String>,
    encoder: AdamWStep,
    head: AdamWStep,
    /// For attention between entity pairs.
    attention: AdamWStep,
    gradients: &'a mut GradientsParams,
    moments: &'a mut BTreeMap<String, Moments>,
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return param };
        let step = match self.path.first().map(String::as_str) {
            Some("encoder") => &self.encoder,
            _ if self.path.starts_with(&PAIR_ATTENTION.map(String::from)) => &self.attention,
            _ => &self.head,
        };
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.shape();
        let state = state(flat(tensor.inner()), self.moments.remove(&self.path.join(".")));
        let AdamWState { parameter, mean, mean_square } = adamw(state, flat(gradient), step);
        self.moments.insert(self.path.join("."), Moments { mean, mean_square });
        let tensor = Tensor::from_inner(parameter.reshape(shape)).require_grad();
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// The first value that isn't finite.
fn not_finite(values: &Tensor<1>) -> Option<f32> {
    let data = values.to_data();
    let values = data.as_slice::<f32>().expect("running means are f32");
    values.iter().copied().find(|value| !value.is_finite())
}

/// A parameter with its running means, which are 0 before the first step.
fn state(parameter: Tensor<1>, moments: Option<Moments>) -> AdamWState {
    let none = || Moments { mean: parameter.zeros_like(), mean_square: parameter.zeros_like() };
    let Moments { mean, mean_square } = moments.unwrap_or_else(none);
    AdamWState { parameter, mean, mean_square }
}

/// Numbers the ids of batches through, and returns what they were, in ascending order.
fn number_anew(batches: &mut [TrainBatch]) -> Vec<u32> {
    let known: BTreeSet<u32> = batches.iter_mut().flat_map(TrainBatch::ids).map(|id| *id).collect();
    let known: Vec<u32> = known.into_iter().collect();
    for id in batches.iter_mut().flat_map(TrainBatch::ids) {
        *id = known.binary_search(id).expect("it was collected") as u32;
    }
    known
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}
