//! A tagger of words on an encoder's hidden states.

use std::ops::Range;

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor, TensorData},
};
use docre_kernels::{Activation, Precision};
use rayon::prelude::*;

use super::{
    Crf,
    bio::OUTSIDE,
    shapes::{SHAPE_WINDOW, SHAPES},
};
use crate::{
    initialiser::Initialiser,
    layers::{Linear, PackAs, linear, rows},
};

/// The width of a shape's embedding.
const SHAPE_WIDTH: usize = 16;

/// Labels words as typed BIO: a hidden layer on the word's first piece and on what it and its
/// neighbours look like, and a linear-chain CRF over each sentence.
#[derive(Module, Debug)]
pub struct MentionTagger {
    /// `[shapes, shape width]`.
    shapes: Param<Tensor<2>>,
    /// `[hidden + shapes of a word, width]`.
    dense: Linear,
    /// `[width, labels]`.
    emissions: Linear,
    /// `[labels, labels]`, from and to.
    transitions: Param<Tensor<2>>,
    /// `[labels]`.
    start: Param<Tensor<1>>,
    /// `[labels]`.
    end: Param<Tensor<1>>,
}

impl MentionTagger {
    /// A new tagger on hidden states of width `hidden`.
    pub(crate) fn new(
        hidden: usize,
        width: usize,
        labels: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        Self {
            shapes: random.uniform([SHAPES, SHAPE_WIDTH], 0.1, device),
            dense: random.linear(hidden + SHAPE_WINDOW * SHAPE_WIDTH, width, device),
            emissions: random.linear(width, labels, device),
            transitions: random.uniform([labels, labels], 0.1, device),
            start: random.uniform([labels], 0.1, device),
            end: random.uniform([labels], 0.1, device),
        }
    }

    /// Packs the hidden layer in eight bits.
    pub(crate) fn pack(&mut self) {
        self.dense.pack(PackAs::Whole);
    }

    /// The scores of each word's labels, `[words, labels]`, from hidden states `[words, hidden]`.
    pub(crate) fn emissions(
        &self,
        hidden: Tensor<2>,
        shapes: &[[usize; SHAPE_WINDOW]],
        precision: Precision,
    ) -> Tensor<2> {
        let words = shapes.len();
        let shapes = rows(&self.shapes.val(), shapes.iter().flatten().copied());
        let shapes = shapes.reshape([words, SHAPE_WINDOW * SHAPE_WIDTH]);
        let features = Tensor::cat(vec![hidden, shapes], 1);
        let features = linear(&self.dense, features, Activation::Gelu, precision);
        linear(&self.emissions, features, Activation::None, Precision::F32)
    }

    /// The negative log-likelihood of gold labels, a mean over the words. `sentences` are the
    /// words of each sentence.
    ///
    /// The sums run on the host ([`Crf`]); the gradients go back to the device as constants that
    /// the scores are multiplied by.
    pub(crate) fn loss(
        &self,
        emissions: Tensor<2>,
        sentences: &[Range<usize>],
        tags: &[usize],
    ) -> Tensor<1> {
        let device = emissions.device();
        let [words, labels] = emissions.dims();
        let crf = self.crf();
        let scores = values(&emissions);
        let of_sentence = |sentence: &Range<usize>| {
            let scores = &scores[sentence.start * labels..sentence.end * labels];
            crf.log_likelihood(scores, &tags[sentence.clone()])
        };
        let each: Vec<_> = sentences.par_iter().map(of_sentence).collect();
        let mut gradient = vec![0.0; words * labels];
        let mut transitions = vec![0.0; labels * labels];
        let (mut start, mut end, mut likelihood) = (vec![0.0; labels], vec![0.0; labels], 0.0);
        for (sentence, (value, gradients)) in sentences.iter().zip(each) {
            likelihood += value;
            gradient[sentence.start * labels..sentence.end * labels]
                .copy_from_slice(&gradients.emissions);
            add(&mut transitions, &gradients.transitions);
            add(&mut start, &gradients.start);
            add(&mut end, &gradients.end);
        }
        let scale = -1.0 / words.max(1) as f64;
        let constant = |values: Vec<f64>| -> Vec<f32> {
            values.into_iter().map(|value| (value * scale) as f32).collect()
        };
        let matrix = |values, shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(constant(values), shape), &device)
        };
        let row =
            |values| Tensor::<1>::from_data(TensorData::new(constant(values), [labels]), &device);
        let linear = (emissions * matrix(gradient, [words, labels])).sum()
            + (self.transitions.val() * matrix(transitions, [labels, labels])).sum()
            + (self.start.val() * row(start)).sum()
            + (self.end.val() * row(end)).sum();
        // The loss has the gradients of `linear`, and its own value.
        let value = Tensor::<1>::from_floats([(likelihood * scale) as f32], &device);
        linear.clone() - linear.detach() + value
    }

    /// The likeliest labels of each word.
    pub(crate) fn decode(&self, emissions: &Tensor<2>, sentences: &[Range<usize>]) -> Vec<usize> {
        let [words, labels] = emissions.dims();
        let (crf, scores) = (self.crf(), values(emissions));
        let best = |sentence: &Range<usize>| {
            crf.best_path(&scores[sentence.start * labels..sentence.end * labels]).0
        };
        let paths: Vec<Vec<usize>> = sentences.par_iter().map(best).collect();
        let mut tags = vec![OUTSIDE; words];
        for (sentence, path) in sentences.iter().zip(paths) {
            tags[sentence.clone()].copy_from_slice(&path);
        }
        tags
    }

    fn crf(&self) -> Crf {
        let [transitions, start, end] =
            [values(&self.transitions.val()), values(&self.start.val()), values(&self.end.val())];
        Crf::new(&transitions, &start, &end)
    }
}

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    let data = tensor.to_data();
    data.as_slice::<f32>().expect("scores are f32").iter().map(|value| (*value).into()).collect()
}

fn add(sums: &mut [f64], more: &[f64]) {
    sums.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
}
