//! Where a model fails: every measure of its predictions and scores together, as one value
//! for programs and one page for people.

mod about;
mod facts;
mod files;
mod from_text;
mod relations;
mod scores;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use about::AnalysisAbout;
pub use files::PredictionFiles;

use files::{PredictionData, Training, refuse_texts};

use crate::{
    Error, Result,
    corpus::{LeftOut, Prediction, ReadOptions},
    document::{Fact, RelationSet},
    eval::{
        Breakdown, Truth, break_down, distribution_shift::DistributionShift,
        relation_shift::RelationShift,
    },
    model::{Extractor, Origin, model_folder},
    progress::Observer,
    report::{Browser, ReportPage},
    score::{FromText, Inspection, ScoreAnalysis, evaluate_from_text, inspect, read_truth},
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
    /// How far the relations that its scores speak for are from those of training (ARPDL, section
    /// 6.4); `None` for a file of predictions, and without a training file or threshold class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution_shift: Option<DistributionShift>,
    /// What the model's scores are like; `None` for a file of predictions.
    pub scores: Option<ScoreAnalysis>,
    /// What is found in the documents' text alone, by a model that finds entities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_text: Option<FromText>,
    /// The dev file's scores while the model was trained; empty where its run isn't there.
    pub training: Vec<DevScore>,
}

/// An analysis with what its page shows beside it.
///
/// ```no_run
/// use docre::analysis::{Analysed, PredictionFiles};
///
/// # fn main() -> docre::Result<()> {
/// let analysed = Analysed::of_predictions(&PredictionFiles {
///     predictions: "result.json".into(),
///     truth: "dev.json".into(),
///     ..PredictionFiles::default()
/// })?;
/// println!("{:.4}", analysed.analysis.facts.scores.facts.f1());
/// std::fs::write("report.html", analysed.page().to_html()?).expect("a page can be written");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Analysed {
    /// The numbers.
    pub analysis: Analysis,
    truth: Truth,
    predictions: Vec<Prediction>,
    relations: RelationSet,
    training: Option<(PathBuf, LeftOut)>,
}

/// How the dev file was scored while a model was trained, if its folder still lies in its run's:
/// the log tells of the very step and score of the model.
fn training_of(folder: &Path, origin: &Origin) -> Result<Vec<DevScore>> {
    let folder = &*model_folder(folder)?;
    let whole = std::fs::canonicalize(folder).map_err(Error::io(folder, "read"))?;
    let scores = whole.parent().map_or(Ok(Vec::new()), dev_scores)?;
    let is_kept = |at: &DevScore| at.step == origin.step && Some(at.f1) == origin.dev_f1;
    Ok(if scores.iter().any(is_kept) { scores } else { Vec::new() })
}

impl Analysed {
    /// Runs a model over the labelled documents of the file `truth` and analyses what it does.
    /// `folder` is the model's, `train` the training file, for Ign F1 and the frequency of
    /// relations; both files are read as `reading` says.
    pub fn of_model(
        folder: &Path,
        extractor: &Extractor,
        truth: &Path,
        train: Option<&Path>,
        reading: &ReadOptions,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        refuse_texts(folder, &extractor.input())?;
        let training = train.map(|path| Training::read(path, reading)).transpose()?;
        let truth = read_truth(extractor, truth, reading)?;
        let Inspection { predictions, scores } = inspect(extractor, &truth, observer)?;
        let about = AnalysisAbout::new(&truth, train).of_model(folder, &extractor.config);
        let relations = extractor.relations.clone();
        let mut analysed =
            Self::new(about, PredictionData { predictions, truth, training, relations });
        analysed.analysis.facts.scores.ncre = scores.ncre;
        analysed.analysis.distribution_shift = analysed.distribution_shift(&scores);
        analysed.analysis.scores = Some(scores);
        analysed.analysis.from_text = evaluate_from_text(extractor, &analysed.truth, observer)?;
        analysed.analysis.training = training_of(folder, &extractor.config.origin)?;
        Ok(analysed)
    }

    /// Analyses the predictions of a file.
    pub fn of_predictions(files: &PredictionFiles) -> Result<Self> {
        let data = files.read()?;
        let train = data.training.as_ref().map(|training| training.path.as_path());
        let about = AnalysisAbout::new(&data.truth, train).of_predictions(&files.predictions);
        Ok(Self::new(about, data))
    }

    /// The predictions.
    pub fn predictions(&self) -> &[Prediction] {
        &self.predictions
    }

    /// The training file with what a lenient reading left out of it.
    pub fn training(&self) -> Option<(&Path, &LeftOut)> {
        self.training.as_ref().map(|(path, left_out)| (path.as_path(), left_out))
    }

    /// The labelled documents.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    fn new(about: AnalysisAbout, data: PredictionData) -> Self {
        let PredictionData { predictions, truth, training, relations } = data;
        let train = training.as_ref().map(|training| &training.facts);
        let facts = break_down(&truth, &predictions, train, &relations);
        let relation_shift = RelationShift::new(&facts.relations);
        let analysis = Analysis {
            about,
            facts,
            relation_shift,
            distribution_shift: None,
            scores: None,
            from_text: None,
            training: Vec::new(),
        };
        let training =
            training.map(|training| (training.path, training.facts.seen().wrong().clone()));
        Self { analysis, truth, predictions, relations, training }
    }

    /// The shift of the scores' relations from the facts of the training file.
    fn distribution_shift(&self, scores: &ScoreAnalysis) -> Option<DistributionShift> {
        let predicted = scores.relation_shares.as_ref()?;
        let mut counts = vec![0.0; predicted.len()];
        for relation in &self.analysis.facts.relations {
            if let Some(column) = self.relations.column(&relation.id) {
                counts[column - 1] = relation.train_count? as f64;
            }
        }
        DistributionShift::new(predicted, &counts)
    }

    /// The page: tables, charts, and the documents to look through.
    pub fn page(&self) -> ReportPage {
        let Analysis { about, facts, relation_shift, scores, from_text, training, .. } =
            &self.analysis;
        let mut sections = vec![facts::overview(about, facts)];
        sections.push(facts::distance(facts));
        sections.extend(relations::splits(facts));
        sections.push(relations::each(facts));
        sections.push(facts::errors(facts));
        sections.push(facts::properties(facts));
        sections.extend(relation_shift.as_ref().map(relations::shift));
        sections.extend(self.analysis.distribution_shift.as_ref().map(relations::distribution));
        sections.extend(scores.iter().flat_map(scores::sections));
        sections.extend(from_text.iter().flat_map(from_text::sections));
        sections.extend(scores::training(training));
        ReportPage {
            title: about.title(),
            about: about.lines(),
            sections,
            browser: Some(self.browser()),
        }
    }

    fn browser(&self) -> Browser {
        let mut by_title: HashMap<&str, Vec<Fact>> = HashMap::new();
        for prediction in &self.predictions {
            by_title.entry(&prediction.title).or_default().push(prediction.fact());
        }
        let mut browser = Browser::new(&self.relations);
        for document in self.truth.documents() {
            let predicted = by_title.remove(document.title.as_str()).unwrap_or_default();
            browser.push(document, &predicted);
        }
        browser
    }
}
