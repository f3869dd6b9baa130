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
    recipe::FinderSettings,
};

/// What turns labelled documents into gradients.
pub(crate) struct Gradients<'a> {
    pub loss: &'a dyn Loss,
    pub needs: Needs,
    pub device: &'a Device,
    /// How the finder's losses are weighed, if there is one.
    pub finder: Option<&'a FinderSettings>,
}

/// The turns of the finder's batches, whose masks are others than those of the relations'.
const FINDER_TURN: u64 = 1 << 32;

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
        for (turn, mut batch) in (0..).zip(batches) {
            let finder = batch.finder.take();
            let mut add = |loss: Tensor<1>| {
                let loss = loss / count;
                sum += f64::from(loss.clone().into_scalar::<f32>());
                let gradients = GradientsParams::from_grads(loss.backward(), model);
                accumulator.accumulate(model, gradients);
            };
            let turn_pass = |turn| Pass { dropout: pass.dropout.at(turn), ..pass };
            add(self.loss_of(model, batch, turn_pass(turn)));
            // With masks of its own, and after the other pass has given its memory back.
            if let Some((batch, settings)) = finder.zip(self.finder) {
                add(batch.loss(model, settings, turn_pass(turn + FINDER_TURN)));
            }
        }
        (sum, accumulator.grads())
    }

    fn loss_of(&self, model: &Model, batch: TrainBatch, pass: Pass) -> Tensor<1> {
        let TrainBatch { encoded, classes, labels, kept, type_pairs, teacher, evidence, .. } =
            batch;
        let attended = evidence.as_ref().map_or(&[][..], |evidence| &evidence.documents);
        let (scores, shares) = model.score_and_share(&encoded, pass, self.needs.features, attended);
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
            evidence: evidence
                .zip(shares)
                .map(|(evidence, shares)| evidence.with(shares, self.device)),
        };
        mean_over_pairs(self.loss, &scored)
    }
}
