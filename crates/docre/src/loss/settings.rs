//! The `[loss]` of a recipe.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    EvidenceSettings, Loss, LossKind, Threshold, contrast::ContrastSettings,
    distillation::DistillationSettings, prior::PriorSettings, sampling::NegativeSampling,
    shorthand,
};
use crate::{Error, Result};

/// The `[loss]` of a recipe: `kind` with that loss's own settings, and what is added to it.
///
/// ```
/// use docre::loss::{LossKind, LossSettings};
///
/// let settings: LossSettings =
///     toml::from_str("kind = 'ncrl'\nshift = 0.01\nprior = { level = 'pair', alpha = 1.5 }").unwrap();
/// assert!(matches!(settings.kind, LossKind::Ncrl(loss) if loss.shift == 0.01));
/// assert_eq!(settings.prior.unwrap().alpha, 1.5);
/// ```
///
/// Two names of papers stand for a combination: `arpdl` is `atl` with a `prior`, whose
/// settings stand beside `kind`; `pemscl` is `pmt` with `entropy = "counts"` and a
/// `contrast`, whose settings stand there likewise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct LossSettings {
    /// The loss itself.
    #[serde(flatten)]
    pub kind: LossKind,
    /// Which negatives of pairs without relation count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_sampling: Option<NegativeSampling>,
    /// ARPDL's relation prior.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorSettings>,
    /// PEMSCL's contrastive term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contrast: Option<ContrastSettings>,
    /// The distance from a teacher's scores, where the data has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distillation: Option<DistillationSettings>,
    /// Attention that is supervised by the labels' evidence (DREEAM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceSettings>,
}

impl From<LossKind> for LossSettings {
    fn from(kind: LossKind) -> Self {
        Self { kind, ..Self::default() }
    }
}

impl TryFrom<toml::Table> for LossSettings {
    type Error = String;

    fn try_from(mut table: toml::Table) -> Result<Self, String> {
        shorthand::expand(&mut table)?;
        Ok(Self {
            negative_sampling: part(&mut table, "negative_sampling")?,
            prior: part(&mut table, "prior")?,
            contrast: part(&mut table, "contrast")?,
            distillation: part(&mut table, "distillation")?,
            evidence: part(&mut table, "evidence")?,
            kind: kind(table)?,
        })
    }
}

fn kind(table: toml::Table) -> Result<LossKind, String> {
    serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
        let message = error.inner().message();
        // The names that stand for combinations aren't losses of their own.
        let message =
            message.replace("expected one of `bce`", "expected one of `arpdl`, `pemscl`, `bce`");
        at(&error.path().to_string(), &message)
    })
}

/// A message with the place that it is about, if that is known.
fn at(place: &str, message: &str) -> String {
    if place == "." { message.to_string() } else { format!("{place}: {message}") }
}

/// Takes a part out of the table, so that what is left is the loss's own.
fn part<T: DeserializeOwned>(table: &mut toml::Table, key: &str) -> Result<Option<T>, String> {
    let Some(value) = table.remove(key) else { return Ok(None) };
    serde_path_to_error::deserialize(value).map(Some).map_err(
        |error: serde_path_to_error::Error<toml::de::Error>| {
            let place = error.path().to_string();
            let place = if place == "." { key.to_string() } else { format!("{key}.{place}") };
            at(&place, error.inner().message())
        },
    )
}

impl LossSettings {
    /// Refuses values that no loss can have, and terms that don't fit the loss.
    pub fn check(&self) -> Result<()> {
        self.kind.check()?;
        self.negative_sampling.as_ref().map_or(Ok(()), NegativeSampling::check)?;
        self.contrast.as_ref().map_or(Ok(()), ContrastSettings::check)?;
        self.distillation.as_ref().map_or(Ok(()), DistillationSettings::check)?;
        self.evidence.as_ref().map_or(Ok(()), EvidenceSettings::check)?;
        let Some(prior) = &self.prior else { return Ok(()) };
        if self.kind.threshold() != Threshold::Class {
            let problem = "fits losses with a threshold class only, and this one has none: its \
                           softmax over all classes would teach the scores a scale that the \
                           loss doesn't know; take another loss.kind or leave the prior out";
            return Err(Error::setting("loss.prior", problem));
        }
        prior.check()
    }
}
