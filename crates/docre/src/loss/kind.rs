//! The losses that a recipe can name.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{
    AdaptiveFocal, AdaptiveHingeBalance, AdaptiveMargin, AdaptiveThresholding, BalancedSoftmax,
    BinaryCrossEntropy, ConcentratedMargin, LogSumExpPairwise, Loss, MeanSeparateThresholding,
    NoneClassRanking, PairwiseHinge, PairwiseMovingThreshold, PlainMargin, PositiveUnlabelled,
    ScoredPairs, SeparateThresholding, Threshold,
};
use crate::{Result, corpus::RelationPriors};

/// Makes the enum of the listed losses. A loss is its own settings.
macro_rules! losses {
    ($($(#[$doc:meta])* $name:ident($loss:ty),)*) => {
        /// A loss by its name in recipes, `kind`, with its settings.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum LossKind {
            $($(#[$doc])* $name($loss),)*
        }

        impl LossKind {
            fn loss(&self) -> &dyn Loss {
                match self {
                    $(Self::$name(loss) => loss,)*
                }
            }

            fn loss_mut(&mut self) -> &mut dyn Loss {
                match self {
                    $(Self::$name(loss) => loss,)*
                }
            }
        }
    };
}

losses! {
    /// `bce`: binary cross-entropy.
    Bce(BinaryCrossEntropy),
    /// `atl`: adaptive thresholding (ATLOP).
    Atl(AdaptiveThresholding),
    /// `balanced-softmax` (DocuNet).
    BalancedSoftmax(BalancedSoftmax),
    /// `aml`: adaptive margin (SagDRE).
    Aml(AdaptiveMargin),
    /// `afl`: adaptive focal loss (KD-DocRE).
    Afl(AdaptiveFocal),
    /// `ncrl`: none class ranking (NCRL).
    Ncrl(NoneClassRanking),
    /// `pmt`: pairwise moving threshold, with entropy minimisation (PEMSCL).
    Pmt(PairwiseMovingThreshold),
    /// `sat`: separate adaptive thresholding (HingeABL).
    Sat(SeparateThresholding),
    /// `mean-sat`: the same with means (HingeABL).
    MeanSat(MeanSeparateThresholding),
    /// `hinge-abl`: adaptive hinge balance (HingeABL).
    HingeAbl(AdaptiveHingeBalance),
    /// `cmm`: concentrated margin maximisation (COMM).
    Cmm(ConcentratedMargin),
    /// `margin`: the plain margin (COMM, Eq. 3).
    Margin(PlainMargin),
    /// `pairwise-hinge`: pairwise ranking (tested by NCRL).
    PairwiseHinge(PairwiseHinge),
    /// `lsep`: log-sum-exp pairwise (tested by NCRL).
    Lsep(LogSumExpPairwise),
    /// `ssr-pu`: positive-unlabelled learning (SSR-PU, TTM-RE).
    SsrPu(PositiveUnlabelled),
}

impl Default for LossKind {
    fn default() -> Self {
        Self::Atl(AdaptiveThresholding::default())
    }
}

impl Loss for LossKind {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        self.loss().per_pair(pairs)
    }

    fn count(&mut self, priors: &RelationPriors) {
        self.loss_mut().count(priors);
    }

    fn check(&self) -> Result<()> {
        self.loss().check()
    }

    fn threshold(&self) -> Threshold {
        self.loss().threshold()
    }
}
