//! The documents of a run, read and checked before anything else is done.

use std::{path::Path, sync::Arc};

use super::notes::{note_beside, note_doubts, note_names, note_wrong};
use super::{finder::FinderData, jitter::Jitter, result::Wrong, scope, setup};
use crate::{
    Error, Result,
    corpus::{self, Input, InputDocuments, RelationPriors, texts::no_none_class},
    document::{Fact, FactScope, RelationSet},
    eval::{SeenFacts, Truth},
    progress::{Event, Observer},
    random::mix,
    recipe::Recipe,
    score::{Labelled, prepare_and_warn},
    text::{
        Example, ExampleOptions, LabelledExamples, LabelledOptions, Rows, Tokenizer, UnknownPieces,
        read_labelled,
    },
};

/// The documents of a run, ready to be encoded.
pub(super) struct Data {
    /// The training examples, labelled. They are what a run keeps of the training file: some
    /// 3 kB a document. Label matrices are made a batch at a time.
    pub train: Arc<[Example]>,
    /// The dev examples with what they are scored against.
    pub dev: Option<Dev>,
    /// The relations.
    pub relations: RelationSet,
    /// The entity types of the training examples, by number; none of wholes.
    pub types: Vec<String>,
    /// What the finder of entities learns from, if there is one.
    pub finder: Option<FinderData>,
    /// What changes the mentions of training examples, if any are changed.
    pub jitter: Option<Arc<Jitter>>,
    /// Which facts count.
    pub scope: FactScope,
    /// What was wrong in the files and left out.
    pub wrong: Wrong,
}

/// The dev file.
pub(super) struct Dev {
    /// The examples, in the truth's order.
    pub examples: Vec<Example>,
    /// The labelled documents.
    pub truth: Truth,
    /// The facts of the whole training file, for Ign F1; `None` where wholes are classified.
    pub seen: Option<SeenFacts>,
}

/// Why the documents weren't read to their end.
pub(super) enum Unread {
    /// The observer asked to stop.
    Stopped,
    /// Something is wrong with them.
    Refused(Error),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Data {
    /// Reads and checks the files of a recipe, for the encoder or model of a folder.
    pub fn read(
        recipe: &Recipe,
        encoder: &Path,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self, Unread> {
        let options = setup::example_options(recipe, encoder)?;
        match recipe.input() {
            Input::Documents => {
                Self::read_documents(recipe, encoder, &options, tokenizer, observer)
            }
            input => Ok(Self::read_wholes(recipe, &input, &options, tokenizer, observer)?),
        }
    }

    fn read_wholes(
        recipe: &Recipe,
        input: &Input,
        options: &ExampleOptions,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let path = &recipe.data.train;
        let InputDocuments { mut documents, relations, ambiguous, doubts, .. } =
            input.read(path)?;
        note_doubts(path, &doubts, observer);
        let relations = relations.expect("files of wholes name their labels");
        check_none_class(path, input, &relations)?;
        documents.truncate(recipe.data.limit.unwrap_or(usize::MAX));
        if documents.iter().all(|document| document.labelled_facts().is_empty()) {
            return Err(Error::file(path, "holds no label to learn from"));
        }
        note_ambiguous(path, ambiguous.len(), observer);
        let labelled = ExampleOptions { relations: Some(&relations), ..*options };
        let refuse = |error: Error| error.within(path);
        let train =
            prepare_and_warn(path, &documents, tokenizer, &labelled, observer).map_err(refuse)?;
        let dev = match &recipe.data.dev {
            None => None,
            Some(path) => {
                let InputDocuments { documents, ambiguous, .. } = input.read(path)?;
                note_ambiguous(path, ambiguous.len(), observer);
                let truth = Truth::of_input(path, documents, input, FactScope::default())?;
                note_unknown_relations(&truth, &relations, observer);
                Some(Dev::read(truth, None, options, tokenizer, observer)?)
            }
        };
        let (scope, wrong) = (FactScope::default(), Wrong::default());
        let (train, types) = (train.into(), Vec::new());
        let (finder, jitter) = (None, None);
        Ok(Self { train, dev, relations, types, finder, jitter, scope, wrong })
    }

    fn read_documents(
        recipe: &Recipe,
        encoder: &Path,
        options: &ExampleOptions,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self, Unread> {
        let mut seen = recipe.data.dev.as_ref().map(|_| SeenFacts::default());
        let given = scope::given(&recipe.data);
        let known = recipe.relation.entity_types().filter(|types| !types.is_empty());
        let options = &ExampleOptions { scope: Some(&given), types: known, ..*options };
        let mut read = read_training_file(recipe, options, tokenizer, seen.as_mut(), observer)?;
        let scope = scope::settle(&recipe.data, given.clone(), &mut read)?;
        note_names(&recipe.data.train, read.names_elsewhere, observer);
        let LabelledExamples {
            mut examples, relations, types, warnings, documents, left_out, ..
        } = read;
        note_wrong(&recipe.data.train, &left_out, observer);
        let mut wrong = Wrong { train: left_out.count, dev: 0 };
        note_scope(&scope, observer);
        let known = recipe.relation.entity_types().map(|_| &types[..]);
        let options = &ExampleOptions { scope: Some(&scope), types: known, ..*options };
        warnings.iter().for_each(|warning| observer.tell(Event::Warning(warning)));
        let unknown = UnknownPieces::of(&examples, tokenizer);
        unknown.warning(&recipe.data.train).iter().for_each(|warning| observer.note(warning));
        let with_rows = examples.iter().zip(&documents).filter(|(e, _)| e.row_count() > 0);
        let with_rows = with_rows.map(|(_, document)| document.clone());
        let jitter = Jitter::of(recipe, encoder, with_rows, (&relations, &types, &scope))?;
        let all = examples.len();
        examples.retain(|example| example.row_count() > 0);
        let train: Arc<[Example]> = examples.into();
        if train.len() < all {
            let left_out = all - train.len();
            let without = match scope.pairs {
                None => "two entities, so without a pair to learn from",
                Some(_) => "a pair of the types that count",
            };
            observer.note(&format!("training documents without {without}: {left_out}"));
        }
        let dev = match (&recipe.data.dev, seen) {
            (Some(path), Some(seen)) => {
                let (input, reading) = (Input::Documents, recipe.data.reading());
                let truth = Truth::read_within(path, &input, scope.clone(), &reading)?;
                note_wrong(path, truth.wrong(), observer);
                wrong.dev = truth.wrong().count;
                note_outside("dev", truth.outside(), observer);
                let dev = Dev::read(truth, Some(seen), options, tokenizer, observer)?;
                note_unknown_relations(&dev.truth, &relations, observer);
                Some(dev)
            }
            _ => None,
        };
        let read = |settings| {
            FinderData::read(documents, &recipe.data, settings, tokenizer, &mut *observer)
        };
        let finder = recipe.finder.as_ref().map(read).transpose()?;
        Ok(Self {
            train,
            dev,
            relations,
            types,
            finder,
            jitter: jitter.map(Arc::new),
            scope,
            wrong,
        })
    }

    /// How often each relation holds in the training examples.
    pub fn priors(&self) -> RelationPriors {
        let mut priors = RelationPriors::new(self.relations.classes());
        for example in self.train.iter() {
            priors.add_pairs(example.row_count());
            // Entities of wholes have no types; all count as of one.
            let kind = |entity: usize| example.types.get(entity).copied().unwrap_or_default();
            for label in example.labels.iter().flatten() {
                priors.add(kind(label.head), kind(label.tail), label.column);
            }
        }
        priors
    }

    /// A number that other documents, labels or relations would very likely change: a
    /// resumed run has to have the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0;
        let mut add = |number: usize| hash = mix(hash ^ mix(number as u64));
        let dev = self.dev.iter().flat_map(|dev| &dev.examples);
        for example in self.train.iter().chain(dev) {
            add(example.ids.len());
            example.ids.iter().for_each(|id| add(*id as usize));
            example.entities.values.iter().for_each(|marker| add(*marker));
            example.types.iter().for_each(|number| add(*number as usize));
            if let Rows::Pairs(pairs) = &example.rows {
                pairs.iter().flat_map(|(head, tail)| [*head, *tail]).for_each(&mut add);
            }
            let labels = example.labels.iter().flatten();
            for label in labels {
                [label.head, label.tail, label.column].into_iter().for_each(&mut add);
            }
            for label in &example.evidence {
                let numbers = [label.head, label.tail, label.column, label.sentence];
                numbers.into_iter().for_each(&mut add);
            }
        }
        for relation in self.relations.relations() {
            relation.id.bytes().for_each(|byte| add(byte.into()));
        }
        hash = self.finder.as_ref().map_or(hash, |finder| mix(hash ^ finder.fingerprint()));
        format!("{hash:016x}")
    }
}

impl Dev {
    /// What a model is scored on.
    pub fn labelled(&self) -> Labelled<'_> {
        Labelled { examples: &self.examples, truth: &self.truth, seen: self.seen.as_ref() }
    }

    fn read(
        truth: Truth,
        seen: Option<SeenFacts>,
        options: &ExampleOptions,
        tokenizer: &Tokenizer,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let examples =
            prepare_and_warn(truth.path(), truth.documents(), tokenizer, options, observer)
                .map_err(|error| error.within(truth.path()))?;
        Ok(Self { examples, truth, seen })
    }
}

/// Refuses training texts of which none has the none class that the recipe names.
fn check_none_class(path: &Path, input: &Input, relations: &RelationSet) -> Result<()> {
    match input.none_class() {
        Some(none) if none != relations.none_id() => {
            Err(Error::file(path, no_none_class(relations, none)))
        }
        _ => Ok(()),
    }
}

/// Says how many texts were left out because it isn't sure what they say.
fn note_ambiguous(path: &Path, count: usize, observer: &mut dyn Observer) {
    if count > 0 {
        observer.note(&format!(
            "{}: texts left out because they have the none class and another label: {count}",
            path.display()
        ));
    }
}

/// Reads the training file, with its facts into `seen` if Ign F1 will need them.
fn read_training_file(
    recipe: &Recipe,
    options: &ExampleOptions,
    tokenizer: &Tokenizer,
    mut seen: Option<&mut SeenFacts>,
    observer: &mut dyn Observer,
) -> Result<LabelledExamples, Unread> {
    let settings = &recipe.data;
    let relations = settings.relations.as_ref().map(corpus::relations::read_rel2id).transpose()?;
    let names = settings.names.as_ref().map(corpus::relations::read_names).transpose()?;
    let mut documents = corpus::read(&settings.train)?.with_options(settings.reading());
    note_beside(&settings.train, documents.beside(), observer);
    if let (None, Some(limit)) = (&seen, settings.limit) {
        documents = documents.limit(limit);
    }
    let options = LabelledOptions {
        example: ExampleOptions { relations: relations.as_ref(), ..*options },
        limit: settings.limit,
        keep_documents: recipe.finder.is_some(),
    };
    let scope = options.example.scope.cloned().unwrap_or_default();
    let mut outside = 0;
    let mut read = read_labelled(documents, tokenizer, &options, |entities, facts| {
        outside += facts.iter().filter(|fact| !scope.has_fact(entities, fact)).count();
        if let Some(seen) = &mut seen {
            seen.add(entities, facts);
        }
        if observer.should_stop() { Err(Unread::Stopped) } else { Ok(()) }
    })?;
    note_outside("training", outside, observer);
    if let Some(names) = names {
        read.relations = read.relations.with_names(&names);
    }
    Ok(read)
}

/// Says which pairs count, where not all do.
fn note_scope(scope: &FactScope, observer: &mut dyn Observer) {
    if let Some(pairs) = &scope.pairs {
        observer.note(&format!("pairs of entities that count: {pairs}"));
    }
}

/// Says how many labelled facts don't count.
fn note_outside(file: &str, outside: usize, observer: &mut dyn Observer) {
    if outside > 0 {
        observer.note(&format!(
            "{file} facts between other types than those of data.pairs, left out: {outside}"
        ));
    }
}

/// Says how many labelled facts of the dev file no model of this run can find.
fn note_unknown_relations(truth: &Truth, relations: &RelationSet, observer: &mut dyn Observer) {
    let unknown = |fact: &&Fact| relations.column(&fact.relation).is_none();
    let facts: Vec<&Fact> = truth.facts().map(|(_, fact)| fact).filter(unknown).collect();
    if let Some(first) = facts.first() {
        observer.note(&format!(
            "dev facts of relations that training doesn't know: {} (\"{}\" first); they count as \
             missed (data.relations can name all relations)",
            facts.len(),
            first.relation
        ));
    }
}
