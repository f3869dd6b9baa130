//! What of a trained model is fitted to labelled documents, fitted anew.

use serde::Serialize;

use super::{
    FromText, SCORED, TextReader,
    labelled::{Fit, Labelled, Scored},
    prepare::examples_of,
};
use crate::{
    Error, Result,
    decision::{Calibration, DecisionSettings, EvidenceRule},
    eval::{Scores, Truth},
    model::{Extractor, FactReader, Model, ModelConfig},
    progress::Observer,
};

/// How good a model is on the documents that its thresholds were fitted to.
#[derive(Debug, Serialize)]
pub struct Tuned {
    /// The rule, with its thresholds.
    pub decision: DecisionSettings,
    /// With the entities given.
    pub scores: Scores,
    /// From the text alone, where the model finds entities.
    pub from_text: Option<FromText>,
}

/// Fits to labelled documents how a model decides, from which scores on a sentence is evidence, how
/// margins become scores and, where it finds entities, above which similarity clusters are joined.
/// The weights stay.
///
/// # Errors
///
/// If the rule reads scores in another way than the model's own does.
pub fn tune(
    extractor: &mut Extractor,
    truth: &Truth,
    decision: &DecisionSettings,
    observer: &mut dyn Observer,
) -> Result<Tuned> {
    let own = &extractor.config.decision;
    if own.has_threshold_class() != decision.has_threshold_class() {
        let problem = match own.has_threshold_class() {
            true => {
                "reads each score by itself, but the model's are taught against a threshold class"
            }
            false => "compares with a threshold class, which the model wasn't taught",
        };
        return Err(Error::setting("decision.rule", problem));
    }
    decision.check()?;
    if !truth.relations().any(|relation| extractor.relations.column(relation).is_some()) {
        let problem = "has none of the model's relations, so there is nothing to fit it to";
        return Err(Error::file(truth.path(), problem));
    }
    let examples = examples_of(extractor, truth, observer)?;
    let labelled = Labelled { examples: &examples, truth, seen: None };
    let each = |done| observer.documents(SCORED, done, examples.len());
    let decision = decision.untuned();
    let reader = FactReader { decision: decision.build(), ..extractor.reader() };
    let scored = labelled.score(&extractor.model, &reader, &decision, Fit::ToDocuments, each)?;
    let Scored { scores, decision, evidence, calibration, .. } = scored;
    let from_text = fit_from_text(extractor, &extractor.model, &decision, truth, observer)?;
    let fitted = Fitted { decision: decision.clone(), evidence, calibration };
    fitted.keep_in(&mut extractor.config, from_text.as_ref());
    Ok(Tuned { decision, scores, from_text })
}

/// What is fitted to labelled documents, with their entities given.
pub(crate) struct Fitted {
    pub decision: DecisionSettings,
    pub evidence: EvidenceRule,
    pub calibration: Calibration,
}

impl Fitted {
    /// Makes it a model's own, with what is fitted to what it finds in the documents' text.
    pub fn keep_in(self, config: &mut ModelConfig, from_text: Option<&FromText>) {
        config.decision = self.decision;
        config.evidence = self.evidence;
        config.calibration = self.calibration;
        if let (Some(finder), Some(found)) = (&mut config.finder, from_text) {
            (finder.threshold, finder.calibration) = (found.threshold, found.calibration);
        }
    }
}

/// What a model finds in the text of labelled documents by this decision, with what of its finder is
/// fitted to them; `None` from a model that finds no entities. `model` is the extractor's own, or the
/// same without gradients.
pub(crate) fn fit_from_text(
    extractor: &Extractor,
    model: &Model,
    decision: &DecisionSettings,
    truth: &Truth,
    observer: &mut dyn Observer,
) -> Result<Option<FromText>> {
    let Some(finder) = extractor.finder_pass_of(model) else { return Ok(None) };
    let calibration = Calibration::default(); // fitted to what is found
    let facts = FactReader { decision: decision.build(), calibration, ..extractor.reader() };
    let reader = TextReader { finder, facts: &facts, options: extractor.config.example_options() };
    reader.score(truth, Fit::ToDocuments, observer).map(Some)
}
