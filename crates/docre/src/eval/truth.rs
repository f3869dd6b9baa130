//! The labelled documents that predictions are measured against.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::corpus::{Input, InputDocuments, LeftOut, Prediction, ReadOptions, check_unique_titles};
use crate::document::{Document, Fact, FactScope};
use crate::{Error, Result};

/// Labelled documents with different titles, and what is needed to look facts up.
#[derive(Debug, Clone)]
pub struct Truth {
    path: PathBuf,
    documents: Vec<Document>,
    by_title: HashMap<String, usize>,
    /// For each document, the places of its facts by head and tail.
    of_pairs: Vec<HashMap<(usize, usize), Vec<usize>>>,
    relations: HashSet<String>,
    fact_count: usize,
    /// Titles that were left out of the documents: what is predicted for them isn't judged.
    left_out: HashSet<String>,
    /// What of the documents is classified; to predict its none class is to predict nothing.
    input: Input,
    /// Which facts count.
    scope: FactScope,
    /// How many labelled facts don't.
    outside: usize,
    /// What was wrong in the file and left out.
    wrong: LeftOut,
}

impl Truth {
    /// Takes the documents of the file `path` as the truth. Refuses a document without
    /// labels, for which every prediction would count as wrong, and repeated titles.
    pub fn new(path: impl AsRef<Path>, documents: Vec<Document>) -> Result<Self> {
        Self::within(path, documents, FactScope::default())
    }

    /// [`Truth::new`] of the facts that count by `scope`. Refuses documents of which none does.
    pub fn within(
        path: impl AsRef<Path>,
        documents: Vec<Document>,
        scope: FactScope,
    ) -> Result<Self> {
        Self::of_input(path, documents, &Input::Documents, scope)
    }

    /// [`Truth::within`] of what `input` has read.
    pub fn of_input(
        path: impl AsRef<Path>,
        mut documents: Vec<Document>,
        input: &Input,
        scope: FactScope,
    ) -> Result<Self> {
        check_labelled(path.as_ref(), &documents)?;
        check_unique_titles(&path, &documents)?;
        let outside = drop_outside(path.as_ref(), &mut documents, &scope)?;
        let titles = documents.iter().map(|document| document.title.clone());
        let by_title = titles.enumerate().map(|(index, title)| (title, index)).collect();
        let of_pairs: Vec<_> = documents.iter().map(|d| facts_of_pairs(d, &scope)).collect();
        let facts = documents.iter().flat_map(Document::labelled_facts);
        let relations = facts.map(|fact| fact.relation.clone()).collect();
        let fact_count = of_pairs.iter().flat_map(HashMap::values).map(Vec::len).sum();
        let path = path.as_ref().to_path_buf();
        Ok(Self {
            path,
            documents,
            by_title,
            of_pairs,
            relations,
            fact_count,
            left_out: HashSet::new(),
            input: input.clone(),
            scope,
            outside,
            wrong: LeftOut::default(),
        })
    }

    /// Reads the truth from a file of documents.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_as(path, &Input::Documents)
    }

    /// Reads the truth from a file of what a model classifies.
    pub fn read_as(path: impl AsRef<Path>, input: &Input) -> Result<Self> {
        Self::read_within(path, input, FactScope::default(), &ReadOptions::default())
    }

    /// [`Truth::read_as`] of the facts that count by `scope`, read in this way.
    pub fn read_within(
        path: impl AsRef<Path>,
        input: &Input,
        scope: FactScope,
        options: &ReadOptions,
    ) -> Result<Self> {
        let InputDocuments { documents, ambiguous, left_out: wrong, .. } =
            input.read_with(&path, options)?;
        let left_out = ambiguous.into_iter().collect();
        Ok(Self { left_out, wrong, ..Self::of_input(path, documents, input, scope)? })
    }

    /// Whether a prediction is judged: it isn't for a text that is left out because its labels
    /// contradict each other, nor where it says that no relation holds, nor for a pair that
    /// doesn't count.
    pub fn judges(&self, prediction: &Prediction) -> bool {
        let Prediction { title, relation, head, tail, .. } = prediction;
        let counts = || match self.index(title).map(|index| &self.documents[index]) {
            Some(document) if document.has_pair(*head, *tail) => {
                self.scope.has_relation_of(&document.entities, *head, relation, *tail)
            }
            _ => true, // it can't be right, which is another thing
        };
        !self.left_out.contains(title)
            && self.input.none_class() != Some(relation.as_str())
            && counts()
    }

    /// What of the documents is classified.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Whether a document can have facts from one entity to another; those of a text are about
    /// itself.
    pub fn has_pair(&self, index: usize, head: usize, tail: usize) -> bool {
        self.input.has_pair(&self.documents[index], head, tail)
    }

    /// What was wrong in the file, and left out by a lenient reading.
    pub fn wrong(&self) -> &LeftOut {
        &self.wrong
    }

    /// Which facts count.
    pub fn scope(&self) -> &FactScope {
        &self.scope
    }

    /// How many labelled facts don't count by the scope.
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The documents, in file order.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The place of the document with this title.
    pub fn index(&self, title: &str) -> Option<usize> {
        self.by_title.get(title).copied()
    }

    /// The labelled fact with these three parts, if it holds; one of a symmetric relation holds in
    /// both directions.
    pub fn fact(&self, index: usize, head: usize, relation: &str, tail: usize) -> Option<&Fact> {
        let facts = self.documents.get(index)?.labelled_facts();
        let find = |pair: (usize, usize)| {
            let places = self.of_pairs[index].get(&pair)?;
            places.iter().map(|&place| &facts[place]).find(|fact| fact.relation == relation)
        };
        let turned = || self.scope.is_symmetric(relation).then(|| find((tail, head))).flatten();
        find((head, tail)).or_else(turned)
    }

    /// How many relations hold for a pair of a document's entities.
    pub fn relation_count(&self, index: usize, head: usize, tail: usize) -> usize {
        self.of_pairs[index].get(&(head, tail)).map_or(0, Vec::len)
    }

    /// All labelled facts, each once, with the place of their document.
    pub fn facts(&self) -> impl Iterator<Item = (usize, &Fact)> {
        self.of_pairs.iter().zip(&self.documents).enumerate().flat_map(
            |(index, (of_pairs, document))| {
                let facts = document.labelled_facts();
                of_pairs.values().flatten().map(move |&place| (index, &facts[place]))
            },
        )
    }

    /// The number of labelled facts, each counted once.
    pub fn fact_count(&self) -> usize {
        self.fact_count
    }

    /// The relations that some fact has, in no order.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        self.relations.iter().map(String::as_str)
    }

    /// Whether some labelled fact has this relation.
    pub fn has_relation(&self, relation: &str) -> bool {
        self.relations.contains(relation)
    }
}

fn check_labelled(path: &Path, documents: &[Document]) -> Result<()> {
    let unlabelled = |(_, document): &(usize, &Document)| document.facts.is_none();
    match documents.iter().enumerate().find(unlabelled) {
        None if documents.iter().all(|document| document.labelled_facts().is_empty()) => {
            Err(Error::file(path, "holds no labelled fact, so nothing can be measured against it"))
        }
        None => Ok(()),
        Some((index, document)) => Err(Error::Document {
            path: path.to_path_buf(),
            index,
            title: document.title.clone(),
            problem: "has no labels, so nothing can be measured against it".into(),
        }),
    }
}

/// Drops the facts that don't count, and says how many there are.
fn drop_outside(path: &Path, documents: &mut [Document], scope: &FactScope) -> Result<usize> {
    let Some(pairs) = &scope.pairs else { return Ok(0) };
    let (mut kept, mut outside) = (0, 0);
    for document in documents {
        let Document { entities, facts: Some(facts), .. } = document else { continue };
        let before = facts.len();
        facts.retain(|fact| scope.has_fact(entities, fact));
        kept += facts.len();
        outside += before - facts.len();
    }
    if kept == 0 {
        let problem = format!(
            "holds no labelled fact between the types of entities that count ({pairs}), so nothing \
             can be measured against it"
        );
        return Err(Error::file(path, problem));
    }
    Ok(outside)
}

/// The places of a document's facts by head and tail; of equal facts only the first.
fn facts_of_pairs(document: &Document, scope: &FactScope) -> HashMap<(usize, usize), Vec<usize>> {
    let facts = document.labelled_facts();
    let mut of_pairs: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, fact) in facts.iter().enumerate() {
        let turned = of_pairs.get(&(fact.tail, fact.head)).into_iter().flatten();
        if scope.is_symmetric(&fact.relation) && { turned }
            .any(|&earlier: &usize| facts[earlier].relation == fact.relation)
        {
            continue; // it was given in the other direction
        }
        let places = of_pairs.entry((fact.head, fact.tail)).or_default();
        if places.iter().all(|&earlier| facts[earlier].relation != fact.relation) {
            places.push(place);
        }
    }
    of_pairs
}
