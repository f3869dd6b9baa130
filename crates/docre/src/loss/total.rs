//! A loss with all that a recipe adds to it.

use burn::tensor::Tensor;

use super::{
    EvidenceTerm, Loss, LossSettings, ScoredPairs,
    contrast::ContrastTerm,
    distillation::DistillationTerm,
    prior::{PriorLevel, PriorTerm},
};
use crate::corpus::RelationPriors;

/// What a loss reads beside scores and labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// [`ScoredPairs::features`]
    pub features: bool,
    /// [`ScoredPairs::teacher`]
    pub teacher: bool,
    /// [`ScoredPairs::type_pairs`]
    pub type_pairs: bool,
    /// [`ScoredPairs::evidence`]
    pub evidence: bool,
}

/// A loss and the weighted terms beside it: `L + α L3 + λ L2 + L_KD`.
pub struct TotalLoss {
    loss: Box<dyn Loss>,
    terms: Vec<(f64, Box<dyn Loss>)>,
}

impl TotalLoss {
    /// The loss of a recipe, with the priors of its training file and its seed.
    pub fn new(settings: &LossSettings, priors: &RelationPriors, seed: u64) -> Self {
        let mut terms: Vec<(f64, Box<dyn Loss>)> = Vec::new();
        if let Some(prior) = &settings.prior {
            terms.push((prior.alpha, Box::new(PriorTerm::new(prior, priors, seed))));
        }
        if let Some(contrast) = &settings.contrast {
            terms.push((contrast.weight(), Box::new(ContrastTerm(contrast.clone()))));
        }
        if let Some(distillation) = &settings.distillation {
            let term = DistillationTerm(distillation.measure);
            terms.push((distillation.weight, Box::new(term)));
        }
        if let Some(evidence) = &settings.evidence {
            terms.push((evidence.lambda, Box::new(EvidenceTerm(evidence.over))));
        }
        let mut loss = settings.kind.clone();
        loss.count(priors);
        Self { loss: Box::new(loss), terms }
    }
}

impl Loss for TotalLoss {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let terms = self.terms.iter().map(|(weight, term)| term.per_pair(pairs) * *weight);
        terms.fold(self.loss.per_pair(pairs), |sum, term| sum + term)
    }
}

impl LossSettings {
    /// What the loss reads beside scores and labels.
    pub fn needs(&self) -> Needs {
        let by_types = |level: PriorLevel| level == PriorLevel::TypePair;
        Needs {
            features: self.contrast.is_some(),
            teacher: self.distillation.is_some(),
            evidence: self.evidence.is_some(),
            type_pairs: self.prior.as_ref().is_some_and(|prior| by_types(prior.level)),
        }
    }
}
