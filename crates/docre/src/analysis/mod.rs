//! Where a model fails: every measure of its predictions and scores together, as one value
//! for programs and one page for people.

mod about;
mod facts;
mod from_text;
mod relations;
mod scores;

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

pub use about::AnalysisAbout;

use crate::{
    Error, Result,
    corpus::Prediction,
    document::{Fact, RelationSet},
    eval::{Breakdown, RelationShift, TrainFacts, Truth, break_down},
    model::{Extractor, Origin},
    progress::Observer,
    report::{Browser, ReportPage},
    score::{FromText, Inspection, ScoreAnalysis, evaluate_from_text, inspect},
    train::{DevScore, dev_scores},
};

/// All that is measured of one model, or of one file of predictions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Where the numbers come from.
    pub about: AnalysisAbout,
    /// What the predictions are like.
    pub facts: Breakdown,
    /// How far the predicted relations are from those of training; `None` where the training
    /// file isn't known.
    pub relation_shift: Option<RelationShift>,
    /// What the model's scores are like; `None` for a file of predictions.
    pub scores: Option<ScoreAnalysis>,
    /// What is found in the documents' text alone, by a model that finds entities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_text: Option<FromText>,
    /// The dev file's scores while the model was trained; empty where its run isn't there.
    pub training: Vec<DevScore>,
}

/// An analysis with what its page shows beside it.
#[derive(Debug, Clone)]
pub struct Analysed {
    /// The numbers.
    pub analysis: Analysis,
    predictions: Vec<Prediction>,
    relations: RelationSet,
}

/// How the dev file was scored while a model was trained, if its folder still lies in its run's:
/// the log tells of the very step and score of the model.
fn training_of(folder: &Path, origin: &Origin) -> Result<Vec<DevScore>> {
    let whole = std::fs::canonicalize(folder).map_err(Error::io(folder, "read"))?;
    let scores = whole.parent().map_or(Ok(Vec::new()), dev_scores)?;
    let is_kept = |at: &DevScore| at.step == origin.step && Some(at.f1) == origin.dev_f1;
    Ok(if scores.iter().any(is_kept) { scores } else { Vec::new() })
}

impl Analysed {
    /// Runs a model over labelled documents and analyses what it does. `folder` is the
    /// model's.
    pub fn model(
        folder: &Path,
        extractor: &Extractor,
        truth: &Truth,
        train: Option<(&Path, &TrainFacts)>,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let Inspection { predictions, scores } = inspect(extractor, truth, observer)?;
        let about = AnalysisAbout::new(truth, train.map(|(path, _)| path))
            .of_model(folder, &extractor.config);
        let train = train.map(|(_, facts)| facts);
        let mut analysed = Self::new(about, truth, predictions, train, extractor.relations.clone());
        analysed.analysis.facts.scores.ncre = scores.ncre;
        analysed.analysis.scores = Some(scores);
        analysed.analysis.from_text = evaluate_from_text(extractor, truth, observer)?;
        analysed.analysis.training = training_of(folder, &extractor.config.origin)?;
        Ok(analysed)
    }

    /// Analyses the predictions of a file.
    pub fn predictions(
        path: &Path,
        predictions: Vec<Prediction>,
        truth: &Truth,
        train: Option<(&Path, &TrainFacts)>,
        relations: RelationSet,
    ) -> Self {
        let about = AnalysisAbout::new(truth, train.map(|(path, _)| path)).of_predictions(path);
        Self::new(about, truth, predictions, train.map(|(_, facts)| facts), relations)
    }

    fn new(
        about: AnalysisAbout,
        truth: &Truth,
        predictions: Vec<Prediction>,
        train: Option<&TrainFacts>,
        relations: RelationSet,
    ) -> Self {
        let facts = break_down(truth, &predictions, train, &relations);
        let relation_shift = RelationShift::new(&facts.relations);
        let analysis = Analysis {
            about,
            facts,
            relation_shift,
            scores: None,
            from_text: None,
            training: Vec::new(),
        };
        Self { analysis, predictions, relations }
    }

    /// The page: tables, charts, and the documents to look through.
    pub fn page(&self, truth: &Truth) -> ReportPage {
        let Analysis { about, facts, relation_shift, scores, from_text, training } = &self.analysis;
        let mut sections = vec![facts::overview(about, facts)];
        sections.push(facts::distance(facts));
        sections.extend(relations::splits(facts));
        sections.push(relations::each(facts));
        sections.push(facts::errors(facts));
        sections.push(facts::properties(facts));
        sections.extend(relation_shift.as_ref().map(relations::shift));
        sections.extend(scores.iter().flat_map(scores::sections));
        sections.extend(from_text.iter().flat_map(from_text::sections));
        sections.extend(scores::training(training));
        ReportPage {
            title: about.title(),
            about: about.lines(),
            sections,
            browser: Some(self.browser(truth)),
        }
    }

    fn browser(&self, truth: &Truth) -> Browser {
        let mut by_title: HashMap<&str, Vec<Fact>> = HashMap::new();
        for prediction in &self.predictions {
            by_title.entry(&prediction.title).or_default().push(prediction.fact());
        }
        let mut browser = Browser::new(&self.relations);
        for document in truth.documents() {
            let predicted = by_title.remove(document.title.as_str()).unwrap_or_default();
            browser.push(document, &predicted);
        }
        browser
    }
}
