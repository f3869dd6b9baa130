//! What of a trained model is fitted to labelled documents, fitted anew.

use serde::Serialize;

use super::{
    FromText, SCORED, TextReader,
    labelled::{Fit, Labelled, Scored},
    prepare::examples_of,
};
use crate::{
    Error, Result,
    decision::{Calibration, DecisionSettings},
    eval::{Scores, Truth},
    model::{Extractor, FactReader},
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
    let config = &mut extractor.config;
    (config.decision, config.evidence, config.calibration) =
        (decision.clone(), evidence, calibration);
    let from_text = from_text(extractor, truth, observer)?;
    if let (Some(finder), Some(found)) = (&mut extractor.config.finder, &from_text) {
        (finder.threshold, finder.calibration) = (found.threshold, found.calibration);
    }
    Ok(Tuned { decision, scores, from_text })
}

fn from_text(
    extractor: &Extractor,
    truth: &Truth,
    observer: &mut dyn Observer,
) -> Result<Option<FromText>> {
    let Some(finder) = extractor.finder_pass() else { return Ok(None) };
    // Fitted to the scores that the model gives by itself.
    let facts = FactReader { calibration: Calibration::default(), ..extractor.reader() };
    let reader = TextReader { finder, facts: &facts, options: extractor.config.example_options() };
    reader.score(truth, Fit::ToDocuments, observer).map(Some)
}
