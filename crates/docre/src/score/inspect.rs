//! What a model does on labelled documents, for analysis.

use serde::Serialize;

use super::{
    SCORED,
    labelled::{Fit, Labelled, Scored},
    prepare::examples_of,
};
use crate::{
    Result,
    corpus::Prediction,
    decision::Calibration,
    document::RelationSet,
    eval::{
        Truth,
        average_precision::{MeanAveragePrecision, mean_average_precision},
        distribution_shift::MeanSoftmax,
        reliability::Reliability,
        score_profile::{MarginBar, PositiveScores, ScoreProfile},
    },
    model::Extractor,
    progress::Observer,
};

/// What a model predicts, and what its scores are like.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The predictions, document by document.
    pub predictions: Vec<Prediction>,
    /// What only scores can tell.
    pub scores: ScoreAnalysis,
}

/// What the scores of a model are like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreAnalysis {
    /// The none class ranking error (NCRL, Eq. 1); `None` without a threshold class.
    pub ncre: Option<f64>,
    /// The scores of labels that hold, by the number of relations of their pair.
    pub positives: Vec<PositiveScores>,
    /// The mean of the pairs' softmax over all classes without the threshold class, entry 0 for
    /// column 1 (ARPDL, Figure 5); `None` without a threshold class.
    #[serde(skip)]
    pub relation_shares: Option<Vec<f64>>,
    /// How far scores are from their thresholds.
    pub margins: Vec<MarginBar>,
    /// The model's temperature and offset.
    pub calibration: Calibration,
    /// Whether the scores of predictions say how often they are right; `None` without any.
    pub reliability: Option<Reliability>,
    /// The same of scores as the model gives them.
    pub uncalibrated: Option<Reliability>,
    /// How well margins rank all relations of all pairs.
    pub ranking: MeanAveragePrecision,
    /// The threshold above which a sentence is evidence.
    pub evidence_threshold: f32,
}

/// Runs a trained model over labelled documents.
pub fn inspect(
    extractor: &Extractor,
    truth: &Truth,
    observer: &mut dyn Observer,
) -> Result<Inspection> {
    let examples = examples_of(extractor, truth, observer)?;
    let labelled = Labelled { examples: &examples, truth, seen: None };
    let all = examples.len();
    let each = |done| observer.documents(SCORED, done, all);
    let (reader, settings) = (extractor.reader(), &extractor.config.decision);
    let decision = settings.build();
    let classes = extractor.relations.classes();
    let mut profile = ScoreProfile::default();
    let mut mean_softmax = MeanSoftmax::default();
    let (mut ranked, mut labels) = (Vec::new(), Vec::new());
    let scored = labelled.score_and_watch(
        &extractor.model,
        &reader,
        settings,
        Fit::Nothing,
        each,
        &mut |pair, holds| {
            let threshold = |column| decision.threshold(pair.scores, column);
            profile.add(pair.scores, threshold, holds);
            mean_softmax.add(pair.scores);
            for column in RelationSet::NONE + 1..classes {
                ranked.push(pair.scores[column] - threshold(column));
                labels.push(holds(column));
            }
        },
    )?;
    let Scored { scores, predictions, margins, evidence, calibration, .. } = scored;
    let reliability = |calibration: Calibration| {
        Reliability::new(margins.iter().map(|(margin, right)| (calibration.score(*margin), *right)))
    };
    let scores = ScoreAnalysis {
        ncre: scores.ncre,
        positives: profile.positives(),
        relation_shares: settings.has_threshold_class().then(|| mean_softmax.relations()),
        margins: profile.margins(),
        calibration,
        reliability: reliability(calibration),
        uncalibrated: reliability(Calibration::default()),
        ranking: mean_average_precision(&ranked, &labels, classes - 1),
        evidence_threshold: evidence.threshold,
    };
    Ok(Inspection { predictions, scores })
}
