//! One pass forward and backward.

use burn::{
    optim::{GradientsAccumulator, GradientsParams},
    tensor::{Device, Tensor, TensorData},
};

use crate::{
    Result,
    encoder::Pass,
    loss::{Loss, ScoredPairs, mean_over_pairs},
    model::Model,
    text::{EncodedBatch, Example},
};

/// What turns labelled examples into gradients.
pub(super) struct Gradients<'a> {
    pub loss: &'a dyn Loss,
    pub device: &'a Device,
    /// The encoder's longest input.
    pub longest_input: usize,
    /// The columns of scores and labels.
    pub classes: usize,
}

impl Gradients<'_> {
    /// The mean of the batches' losses, and its gradients. Each batch has masks of its own.
    pub fn of(
        &self,
        model: &Model,
        batches: &[Vec<&Example>],
        pass: Pass,
    ) -> Result<(f64, GradientsParams)> {
        let mut accumulator = GradientsAccumulator::new();
        let mut sum = 0.0;
        for (turn, batch) in (0..).zip(batches) {
            let loss = {
                let pass = Pass { dropout: pass.dropout.at(turn), ..pass };
                self.loss_of(model, batch, pass)?
            } / batches.len() as f64;
            sum += f64::from(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), model);
            accumulator.accumulate(model, gradients);
        }
        Ok((sum, accumulator.grads()))
    }

    fn loss_of(&self, model: &Model, examples: &[&Example], pass: Pass) -> Result<Tensor<1>> {
        let batch = EncodedBatch::new(examples, self.longest_input)?;
        let logits = model.forward(&batch, pass);
        let labels = batch.labels(self.classes).expect("training documents are labelled");
        let shape = [batch.ordered_pairs.len(), self.classes];
        let labels = Tensor::from_data(TensorData::new(labels, shape), self.device);
        Ok(mean_over_pairs(self.loss, &ScoredPairs { logits, labels }))
    }
}
