//! Plain text classification.

use burn::{module::Module, tensor::Device};
use docre_kernels::Activation;

use super::{DocumentTokens, Initialiser, PairFeatures, PairPass, PairScores};
use crate::layers::{Linear, linear};

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

    /// The scores of all texts, `[texts, classes]`. The tokens are their first alone.
    pub fn forward(&self, tokens: DocumentTokens, pass: PairPass) -> PairScores {
        let texts = tokens.hidden;
        let logits = linear(&self.output, texts.clone(), Activation::None, pass.precision);
        PairScores { logits, features: pass.features.then_some(PairFeatures::Vector(texts)) }
    }
}
