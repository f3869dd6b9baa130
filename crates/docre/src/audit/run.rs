//! The audit itself: which models judge which documents, one after another.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    AuditData, Findings, Folds, auditor::Auditor, findings::collect, further::FurtherTails,
    state::State,
};
use crate::{
    Error, Result,
    corpus::{self, DocumentWriter, LeftOut},
    document::{Document, RelationSet},
    experiment::{Pieces, Plan},
    files::FolderLock,
    progress::Outcome,
    recipe::Recipe,
    train::{FOLDS, Holds, OF_FOLD, OwnFolder, Session},
};

/// An audit of a file of labelled documents.
#[derive(Debug, Clone)]
pub struct Audit {
    data: AuditData,
    /// What was wrong in it and left out.
    wrong: LeftOut,
    /// What trains the models that judge each document: every recipe with every seed.
    recipes: Vec<Recipe>,
    folds: Folds,
    fold_seed: u64,
    labels: Labels,
    /// The files and folders that the recipes name, the audited file among them.
    reads: Vec<PathBuf>,
}

/// What the labels of the audited file are.
#[derive(Debug, Clone)]
struct Labels {
    count: usize,
    relations: RelationSet,
    further: FurtherTails,
}

/// What trains a model of an audit, once a fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditModel {
    /// The recipe's name.
    pub recipe: String,
    /// The seed.
    pub seed: u64,
    /// What the recipe says of how it was chosen; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Audit {
    /// An audit by models of each recipe with each seed (its own, where none is given), one a
    /// fold. Reads the file through and refuses documents without labels, and recipes
    /// whose models would know the documents already.
    ///
    /// The recipes' own training and dev files play no part: models are trained on the other
    /// folds, for all epochs.
    pub fn new(
        data: impl Into<AuditData>,
        plans: &[Plan],
        seeds: &[u64],
        folds: usize,
        fold_seed: u64,
    ) -> Result<Self> {
        let data = data.into();
        let mut reads = vec![data.path().to_path_buf()];
        for plan in plans {
            reads.extend(plan.recipes().flat_map(|recipe| recipe.reads()));
        }
        let recipes = recipes(plans, seeds)?;
        let (documents, wrong) = data.check()?;
        let folds = Folds::new(documents, folds, fold_seed)?;
        let mut labels = Labels::read(&data)?;
        if let Some(names) = recipes.iter().find_map(|recipe| recipe.data.names.as_ref()) {
            let names = corpus::relations::read_names(names)?;
            labels.relations = labels.relations.with_names(&names);
        }
        Ok(Self { data, wrong, recipes, folds, fold_seed, labels, reads })
    }

    /// The audited file.
    pub fn data(&self) -> &AuditData {
        &self.data
    }

    /// What was wrong in it, and left out by a lenient reading.
    pub fn wrong(&self) -> &LeftOut {
        &self.wrong
    }

    /// The files and folders that an audit in a folder reads or is kept in: nothing else may be
    /// written there.
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let folds = (0..self.folds.count()).map(|fold| fold_folder(folder, fold));
        self.reads.iter().cloned().chain([State::path(folder)]).chain(folds).collect()
    }

    /// The documents of the audited file.
    pub fn documents(&self) -> usize {
        self.folds.documents()
    }

    /// The labelled facts of the audited file.
    pub fn labels(&self) -> usize {
        self.labels.count
    }

    /// The relations of its labels, with names where a recipe names them.
    pub fn relations(&self) -> &RelationSet {
        &self.labels.relations
    }

    /// The number of folds.
    pub fn folds(&self) -> usize {
        self.folds.count()
    }

    /// What trains the models that judge each document.
    pub fn models(&self) -> Vec<AuditModel> {
        let model = |recipe: &Recipe| {
            let note = recipe.about.as_ref().map_or(String::new(), |about| about.note.clone());
            AuditModel { recipe: recipe.name.clone(), seed: recipe.seed, note }
        };
        self.recipes.iter().map(model).collect()
    }

    /// Trains the models, has them rate their folds, and ranks what they say. What was begun in
    /// the folder goes on; what is done isn't done again.
    pub fn run(&self, folder: &Path, session: &mut Session) -> Result<Outcome<Findings>> {
        let state = State::of(&self.data, self.folds.count(), self.fold_seed)?;
        let begun = state.is_begun(folder)?;
        if !begun {
            OwnFolder::find(folder, Holds::Audit)?;
        }
        let auditors = Pieces::check("model", self.auditors(folder)?, session)?;
        let mut lock = FolderLock::take(folder, "is being audited")?;
        if !begun {
            OwnFolder::new(Holds::Audit, None).write(folder)?;
            lock.keep();
            self.write_folds(folder)?;
            state.write(folder)?; // last: its presence says that the folds are whole
        }
        auditors.done().for_each(Auditor::remove_checkpoint);
        if let Outcome::Stopped(stopped) = auditors.run(session)? {
            return Ok(Outcome::Stopped(stopped));
        }
        let findings = collect(auditors.all(), self.folds.count(), &self.labels.further)?;
        Ok(Outcome::Finished(findings))
    }

    /// All models, those of one recipe and seed together.
    fn auditors(&self, folder: &Path) -> Result<Vec<Auditor<'_>>> {
        let of_folds = |recipe| (0..self.folds.count()).map(move |fold| (recipe, fold));
        let auditor = |(recipe, fold): (&Recipe, usize)| {
            let fold_folder = fold_folder(folder, fold);
            let folder = fold_folder.join(format!("{}-seed-{}", recipe.name, recipe.seed));
            let train = as_begun(&folder, training_file(&fold_folder));
            let plan = Plan::single(recipe.changed(|recipe| recipe.data.train = train)?);
            Ok(Auditor { data: &self.data, folds: &self.folds, fold, plan, folder })
        };
        self.recipes.iter().flat_map(of_folds).map(auditor).collect()
    }

    /// Writes each fold's training file, in one pass over the documents.
    fn write_folds(&self, folder: &Path) -> Result<()> {
        let mut writers = Vec::new();
        for fold in 0..self.folds.count() {
            let folder = fold_folder(folder, fold);
            fs::create_dir_all(&folder).map_err(Error::io(&folder, "create"))?;
            writers.push(DocumentWriter::create(training_file(&folder))?);
        }
        for (place, document) in self.data.documents()?.enumerate() {
            let document = document?;
            let others = writers.iter_mut().enumerate();
            for (_, writer) in others.filter(|(fold, _)| *fold != self.folds.of(place)) {
                writer.push(&document)?;
            }
        }
        writers.into_iter().try_for_each(DocumentWriter::finish)
    }
}

fn fold_folder(folder: &Path, fold: usize) -> PathBuf {
    folder.join(format!("{FOLDS}{}", fold + 1))
}

fn training_file(fold: &Path) -> PathBuf {
    fold.join(OF_FOLD)
}

/// A fold's training file as the run that was begun with it names it: the audit's folder may be
/// written in another way now.
fn as_begun(run: &Path, train: PathBuf) -> PathBuf {
    let begun = Recipe::read(run.join("recipe.toml"), &[]).map(|recipe| recipe.data.train.clone());
    match (begun, fs::canonicalize(&train)) {
        (Ok(begun), Ok(now)) if fs::canonicalize(&begun).is_ok_and(|then| then == now) => begun,
        _ => train,
    }
}

/// Each recipe with each seed, without a dev file.
fn recipes(plans: &[Plan], seeds: &[u64]) -> Result<Vec<Recipe>> {
    let mut all = Vec::new();
    for plan in plans {
        if !plan.is_single() {
            let problem = "make this a plan of several runs; an audit takes recipes of one run";
            return Err(Error::setting("stages", problem));
        }
        let recipe = plan.last();
        check(recipe)?;
        let own = [recipe.seed];
        for seed in if seeds.is_empty() { &own } else { seeds } {
            all.push(recipe.changed(|recipe| {
                recipe.data.dev = None;
                recipe.seed = *seed;
            })?);
        }
    }
    let mut names = HashSet::new();
    if !all.iter().all(|recipe| names.insert((recipe.name.clone(), recipe.seed))) {
        let problem = "must differ, and so must the names of several recipes: they name the \
                       folders of models";
        return Err(Error::setting("seeds", problem));
    }
    Ok(all)
}

/// Refuses what would let a model know the documents that it is to judge, or leave it without
/// what it needs.
fn check(recipe: &Recipe) -> Result<()> {
    recipe.relation.check_pairs()?;
    let known = "can't be used in an audit: that model may have learned the audited labels; \
                 leave it out";
    if recipe.start.is_some() {
        return Err(Error::setting("start", known));
    }
    if recipe.teacher.is_some() {
        return Err(Error::setting("teacher", known));
    }
    if recipe.data.limit.is_some() {
        let problem = "can't be used in an audit, which trains on all documents of the other folds";
        return Err(Error::setting("data.limit", problem));
    }
    if recipe.decision().is_untuned() {
        let problem = "is tuned on a dev file, of which an audit has none: set \
                       decision.threshold (for per-label-probability decision.thresholds)";
        return Err(Error::setting("decision.rule", problem));
    }
    Ok(())
}

impl Labels {
    /// Reads a file; refuses documents without labels, and a file without a fact.
    fn read(data: &AuditData) -> Result<Self> {
        let path = data.path();
        let (mut count, mut relations) = (0, HashSet::new());
        let mut further = FurtherTails::default();
        for (index, document) in data.documents()?.enumerate() {
            let Document { title, facts, .. } = document?;
            let Some(facts) = facts else {
                let problem = "has no labels, so there is nothing to audit".into();
                return Err(Error::Document { path: path.to_path_buf(), index, title, problem });
            };
            count += facts.len();
            further.add(&facts);
            relations.extend(facts.into_iter().map(|fact| fact.relation));
        }
        let relations = corpus::relations::in_natural_order(relations).map_err(|_| {
            Error::file(path, "holds no labelled fact, so there is nothing to learn from")
        })?;
        Ok(Self { count, relations, further })
    }
}
