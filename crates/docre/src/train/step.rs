//! One pass forward and backward.

use burn::{
    optim::{GradientsAccumulator, GradientsParams},
    tensor::{Device, Tensor, TensorData},
};
use docre_kernels::on_pool;

use super::{feed::TrainBatch, optimizer::global_norm};
use crate::{
    encoder::Pass,
    loss::{Loss, Needs, ScoredPairs, mean_over_pairs},
    model::Model,
};

/// What turns labelled documents into gradients.
pub(crate) struct Gradients<'a> {
    pub loss: &'a dyn Loss,
    pub needs: Needs,
    pub device: &'a Device,
}

/// The mean of the batches' losses, and what a step is made of.
pub(crate) struct Computed {
    pub loss: f64,
    pub gradients: GradientsParams,
    /// The norm of all gradients together.
    pub norm: f64,
}

impl Gradients<'_> {
    /// The gradients of the mean of the batches' losses. Each batch has masks of its own.
    pub fn of(&self, model: &Model, batches: Vec<TrainBatch>, pass: Pass) -> Computed {
        on_pool(self.device, || {
            let (loss, gradients) = self.summed(model, batches, pass);
            let norm = global_norm(model, &gradients);
            Computed { loss, gradients, norm }
        })
    }

    fn summed(
        &self,
        model: &Model,
        batches: Vec<TrainBatch>,
        pass: Pass,
    ) -> (f64, GradientsParams) {
        let mut accumulator = GradientsAccumulator::new();
        let mut sum = 0.0;
        let count = batches.len() as f64;
        for (turn, batch) in (0..).zip(batches) {
            let pass = Pass { dropout: pass.dropout.at(turn), ..pass };
            let loss = self.loss_of(model, batch, pass) / count;
            sum += f64::from(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), model);
            accumulator.accumulate(model, gradients);
        }
        (sum, accumulator.grads())
    }

    fn loss_of(&self, model: &Model, batch: TrainBatch, pass: Pass) -> Tensor<1> {
        let TrainBatch { encoded, classes, labels, kept, type_pairs, teacher } = batch;
        let scores = model.score_pairs(&encoded, pass, self.needs.features);
        let pairs = encoded.rows;
        let matrix =
            |values| Tensor::<2>::from_data(TensorData::new(values, [pairs, classes]), self.device);
        let rows = |rows| Tensor::from_data(TensorData::new(rows, [pairs]), self.device);
        let scored = ScoredPairs {
            logits: scores.logits,
            labels: matrix(labels),
            kept: kept.map(matrix),
            type_pairs: type_pairs.map(rows),
            features: scores.features,
            teacher: teacher.map(matrix),
        };
        mean_over_pairs(self.loss, &scored)
    }
}
