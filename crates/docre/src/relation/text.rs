//! Plain text classification.

use burn::{
    module::Module,
    nn::Linear,
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, gather_rows};

use super::{DocumentTokens, PairFeatures, PairLayout, PairPass, PairScores};
use crate::{layers::linear, model::Initialiser};

/// A linear classifier of each text's `[CLS]` (NCRL, appendix A.1 on GoEmotions; with BERTs'
/// input also on DialogRE). It isn't a relational encoder, but takes the place of one where
/// documents are classified as wholes.
#[derive(Module, Debug)]
pub struct TextClassifier {
    /// `[hidden, classes]`
    output: Linear,
}

impl TextClassifier {
    /// A new classifier.
    pub fn new(hidden: usize, classes: usize, random: &mut Initialiser, device: &Device) -> Self {
        Self { output: random.linear(hidden, classes, device) }
    }

    /// The scores of all texts, `[texts, classes]`.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let texts: Tensor<2> = gather_rows(tokens.hidden, &layout.first_tokens());
        let logits = linear(&self.output, texts.clone(), Activation::None, pass.precision);
        PairScores { logits, features: pass.features.then_some(PairFeatures::Vector(texts)) }
    }
}
