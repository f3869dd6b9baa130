//! What a model finds in labelled documents from their text alone.

use std::path::Path;

use serde::Serialize;

use super::{SCORED, each_pair, labelled::Fit, prepare::prepare_and_warn};
use crate::{
    Result,
    decision::Calibration,
    document::{Document, Fact, FactScope},
    eval::{
        Counts, EndToEnd, Truth,
        end_to_end::{EndToEndErrors, exact_clusters, facts_that_hold},
    },
    model::{Extractor, FactReader, FinderPass, FoundMentions},
    progress::Observer,
    text::ExampleOptions,
};

/// What observers are told of documents whose entities are looked for.
const READ: &str = "documents read for their entities";

/// Documents that are read at a time.
const DOCUMENTS: usize = 64;

/// How good that is what a model finds in documents' text alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FromText {
    /// The scores of each stage.
    #[serde(flatten)]
    pub scores: EndToEnd,
    /// Where what is found goes wrong.
    pub errors: EndToEndErrors,
    /// The similarity above which clusters are joined.
    pub threshold: f64,
    /// How margins become scores.
    pub calibration: Calibration,
}

/// A model that finds entities and their relations.
#[derive(Clone, Copy)]
pub(crate) struct TextReader<'a> {
    pub finder: FinderPass<'a>,
    pub facts: &'a FactReader<'a>,
    pub options: ExampleOptions<'a>,
}

impl TextReader<'_> {
    /// Reads the text of labelled documents, and scores what is found by their labels.
    pub fn score(&self, truth: &Truth, fit: Fit, observer: &mut dyn Observer) -> Result<FromText> {
        let gold = truth.documents();
        let mut found = Vec::with_capacity(gold.len());
        for documents in gold.chunks(DOCUMENTS) {
            found.extend(self.finder.mentions(&documents.iter().collect::<Vec<_>>())?);
            observer.documents(READ, found.len(), gold.len());
        }
        let threshold = match fit {
            Fit::ToDocuments => best_threshold(gold, &found, &self.finder),
            Fit::Nothing => self.finder.config.threshold,
        };
        let both = gold.iter().zip(&found);
        let documents =
            both.map(|(gold, found)| self.finder.document(gold.clone(), found, threshold));
        let mut documents: Vec<Document> = documents.collect();
        self.find_facts(truth.path(), &mut documents, observer)?;
        let mut scores = EndToEnd::default();
        let calibration = match fit {
            Fit::ToDocuments => calibration(gold, &documents, truth.scope()),
            Fit::Nothing => self.finder.config.calibration,
        };
        let mut errors = EndToEndErrors::default();
        for (gold, found) in gold.iter().zip(&documents) {
            scores.add_within(gold, found, truth.scope());
            errors.add_within(gold, found, truth.scope());
        }
        Ok(FromText { scores, errors, threshold, calibration })
    }

    fn find_facts(
        &self,
        path: &Path,
        documents: &mut [Document],
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let tokenizer = self.finder.tokenizer;
        let examples = prepare_and_warn(path, documents, tokenizer, &self.options, observer)?;
        let mut facts = vec![Vec::new(); examples.len()];
        let done = |done| observer.documents(SCORED, done, examples.len());
        each_pair(self.finder.model, self.facts, &examples, done, |place, pair| {
            facts[place].extend(self.facts.facts_of(&pair));
        })?;
        let scope = self.facts.scope;
        for (document, facts) in documents.iter_mut().zip(facts) {
            // As extraction gives them.
            let mut facts = scope.once(facts);
            self.finder.config.keep_possible(document, scope, &mut facts);
            document.facts = Some(facts);
        }
        Ok(())
    }
}

/// The calibration of facts whose scores are those of the model, σ(margin).
fn calibration(gold: &[Document], found: &[Document], scope: &FactScope) -> Calibration {
    let margin = |fact: &Fact| {
        let score = fact.score.expect("the model's own").clamp(f32::EPSILON, 1.0 - f32::EPSILON);
        (score / (1.0 - score)).ln()
    };
    let of_document = |(gold, found): (&Document, &Document)| -> Vec<(f32, bool)> {
        let margins = found.labelled_facts().iter().map(margin);
        margins.zip(facts_that_hold(gold, found, scope)).collect()
    };
    let chosen: Vec<_> = gold.iter().zip(found).flat_map(of_document).collect();
    Calibration::fit(&chosen)
}

/// The threshold that gives the most exact clusters; the lowest of equally good ones.
fn best_threshold(gold: &[Document], found: &[FoundMentions], finder: &FinderPass) -> f64 {
    let quality = |threshold: f64| {
        let mut exact = Counts::default();
        for (gold, found) in gold.iter().zip(found) {
            exact += exact_clusters(gold, &finder.document(without_text(gold), found, threshold));
        }
        exact.f1()
    };
    let thresholds = (1..20).map(|step| f64::from(step) / 20.0);
    let rated = thresholds.map(|threshold| (threshold, quality(threshold)));
    let better = |best: (f64, f64), next: (f64, f64)| if next.1 > best.1 { next } else { best };
    rated.reduce(better).expect("there are thresholds").0
}

/// As much of a document as clusters are scored by.
fn without_text(document: &Document) -> Document {
    Document { facts: None, text: None, ..document.clone() }
}

/// Reads the text of labelled documents with a trained model that finds entities, and scores what
/// is found; `None` from a model that finds none.
pub fn evaluate_from_text(
    extractor: &Extractor,
    truth: &Truth,
    observer: &mut dyn Observer,
) -> Result<Option<FromText>> {
    let Some(finder) = extractor.finder_pass() else { return Ok(None) };
    let (facts, options) = (extractor.reader(), extractor.config.example_options());
    let reader = TextReader { finder, facts: &facts, options };
    reader.score(truth, Fit::Nothing, observer).map(Some)
}
